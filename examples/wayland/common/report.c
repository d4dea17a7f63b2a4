/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writing reports. */
#include "report.h"

#include "json.h"
#include "plan-report.h"

void report_print_conflict(const char *what, const struct cen_conflict *conflict)
{
	printf("No plan for %s.\n%s\n", what, conflict ? cen_conflict_get_text(conflict) : "");
	for (size_t i = 0; conflict && i < cen_conflict_get_relaxation_count(conflict); i++)
		printf("  would help: %s\n", cen_conflict_get_relaxation(conflict, i));
}

bool report_is_same(const struct report *report)
{
	for (uint32_t i = 0; i < report->identity_count; i++)
		for (uint32_t p = 0; p < report->identities[i].count; p++)
			if (report->identities[i].camera[p] &&
			    report->identities[i].camera[p] != report->identities[i].compositor[p])
				return false;
	return report->identity_count > 0;
}

void report_print(const struct report *report)
{
	stats_print(report->stats, stdout);
	if (report_is_same(report))
		printf("Every buffer that the compositor was given is a dma-buf that the %s filled.\n",
		       report->device ? "GPU" : "camera");
	else
		printf("The compositor was given copies, through %s.\n", report->path);
}

static struct json_object *feedback_to_json(const struct report *report)
{
	struct json_object *object = json_object_new_object(), *list, *item;
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche)};
	const struct cen_feedback *feedback = report->feedback;

	json_add_number(object, "dmabuf_version", report->dmabuf_version);
	json_add_number(object, "main_device", feedback ? cen_feedback_get_main_device(feedback) : 0);
	list = json_add(object, "tranches", json_object_new_array());
	for (size_t i = 0; feedback && cen_feedback_get_tranche(feedback, i, &tranche) == 0; i++) {
		item = json_object_new_object();
		json_add_number(item, "device", tranche.device);
		json_add_bool(item, "scanout", tranche.flags & CEN_TRANCHE_SCANOUT);
		json_add_number(item, "pairs", tranche.pair_count);
		json_object_array_add(list, item);
	}
	return object;
}

static struct json_object *frames_to_json(const struct stats *stats)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "captured", stats->captured);
	json_add_number(object, "damaged", stats->damaged);
	json_add_number(object, "missed", stats->missed);
	json_add_number(object, "committed", stats->committed);
	json_add_number(object, "shown", stats->shown);
	json_add_number(object, "dropped", stats->dropped);
	json_add_number(object, "discarded", stats->discarded);
	json_add_number(object, "scanned_out", stats->zero_copy);
	return object;
}

static struct json_object *latency_to_json(const struct stats *stats)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "count", stats->latency_count);
	json_add_decimal(object, "min", stats_get_latency(stats, 0), 3);
	json_add_decimal(object, "median", stats_get_latency(stats, 500), 3);
	json_add_decimal(object, "p95", stats_get_latency(stats, 950), 3);
	json_add_decimal(object, "max", stats_get_latency(stats, 1000), 3);
	return object;
}

static void add_stats(struct json_object *object, const struct stats *stats)
{
	json_add(object, "frames", frames_to_json(stats));
	json_add(object, "latency_ms", latency_to_json(stats));
	json_add_number(object, "copies", stats->copied);
	json_add_number(object, "feedback_rounds", stats->rounds);
	json_add_number(object, "replans", stats->replans);
	json_add_number(object, "camera_restarts", stats->restarts);
	json_add_number(object, "resizes", stats->resizes);
	json_add_decimal(object, "seconds", stats_get_seconds(stats), 3);
	json_add_decimal(object, "cpu_ms_per_frame", stats_get_cpu(stats), 3);
}

static struct json_object *inodes_to_json(const ino_t *inodes, uint32_t count)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < count; i++)
		if (inodes[i])
			json_object_array_add(list, json_object_new_uint64(inodes[i]));
	return list;
}

static struct json_object *buffers_to_json(const struct report *report)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < report->identity_count; i++) {
		const struct identity *identity = &report->identities[i];
		struct json_object *item = json_object_new_object();

		json_add(item, report->device ? "drawn" : "camera", inodes_to_json(identity->camera, identity->count));
		json_add(item, "compositor", inodes_to_json(identity->compositor, identity->count));
		json_object_array_add(list, item);
	}
	return list;
}

int report_write(const char *path, const struct report *report)
{
	_cleanup_json_ struct json_object *document = json_object_new_object();

	json_add_text(document, "program", report->program);
	json_add_text(document, "camera", report->camera);
	json_add_number(document, "status", (uint64_t)report->status);
	json_add_text(document, "path", report->path);
	json_add_text(document, "wish", report->wish);
	json_add_text(document, "device", report->device);
	json_add_number(document, "buffers_asked", report->buffers_asked);
	json_add(document, "compositor", feedback_to_json(report));
	if (report->input)
		json_add(document, "input", plan_to_json(report->input));
	if (report->plan)
		json_add(document, "plan", plan_to_json(report->plan));
	add_stats(document, report->stats);
	json_add(document, "buffers", buffers_to_json(report));
	json_add_bool(document, "same_objects", report_is_same(report));
	return json_write(path, document);
}

int report_write_conflict(const char *path, const char *program, const struct cen_conflict *conflict)
{
	_cleanup_json_ struct json_object *document = json_object_new_object();

	json_add_text(document, "program", program);
	json_add(document, "conflict", conflict_to_json(conflict));
	return json_write(path, document);
}
