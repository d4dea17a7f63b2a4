/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writing reports. */
#include "report.h"

#include <err.h>
#include <inttypes.h>

#include "util.h"

void report_print_conflict(const char *what, const struct cen_conflict *conflict)
{
	printf("No plan for %s.\n%s\n", what, conflict ? cen_conflict_get_text(conflict) : "");
	for (size_t i = 0; conflict && i < cen_conflict_get_relaxation_count(conflict); i++)
		printf("  would help: %s\n", cen_conflict_get_relaxation(conflict, i));
}

/* More buffers than were asked for, and who needs them. */
static void print_count(const struct cen_plan *plan, uint32_t count, uint32_t asked)
{
	struct cen_plan_constraint item = {.size = sizeof(item)};

	for (size_t i = 0; count > asked && cen_plan_get_constraint(plan, i, &item) == 0; i++)
		if (item.constraint.kind == CEN_CONSTRAINT_COUNT_MIN)
			printf("  because: %u buffers, not %u: required by %s (%s: %s)\n", count, asked,
			       item.decided_by, cen_provenance_get_name(item.constraint.provenance),
			       item.constraint.note ? item.constraint.note : "no note");
}

void report_print_plan(const char *what, const struct cen_plan *plan, const char *wish, uint32_t asked)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout layout;
	const char *source, *text;
	char format[8], modifier[64];

	cen_plan_get_info(plan, &info);
	cen_modifier_to_string(info.modifier, modifier, sizeof(modifier));
	printf("%s: %u buffers of %ux%u %s %s, %" PRIu64 " bytes each in %u dma-buf%s, from %s (%s), for %s.\n", what,
	       info.count, info.width, info.height, cen_format_to_string(info.fourcc, format), modifier,
	       info.total_bytes, info.object_count, info.object_count == 1 ? "" : "s", info.source, info.backend, wish);
	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++)
		printf("  plane %u: object %u, offset %" PRIu64 ", stride %" PRIu64 "\n", i, layout.object,
		       layout.offset, layout.stride);
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		printf("  because: %s\n", cen_plan_get_reason(plan, i));
	print_count(plan, info.count, asked);
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++)
		printf("  ruled out: %s: %s\n", source, text);
	fflush(stdout);
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

static void write_plan(struct json *json, const char *name, const struct cen_plan *plan)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout layout;
	const char *source, *text;
	char format[8], modifier[64];

	cen_plan_get_info(plan, &info);
	cen_modifier_to_string(info.modifier, modifier, sizeof(modifier));
	json_open(json, name, '{');
	json_string(json, "format", cen_format_to_string(info.fourcc, format));
	json_string(json, "modifier", modifier);
	json_string(json, "source", info.source);
	json_string(json, "backend", info.backend);
	json_number(json, "width", info.width);
	json_number(json, "height", info.height);
	json_number(json, "count", info.count);
	json_number(json, "objects", info.object_count);
	json_number(json, "bytes", info.total_bytes);
	json_bool(json, "contiguous", info.segments == 1);
	json_number(json, "copies", info.copies);
	json_open(json, "planes", '[');
	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++) {
		json_open(json, NULL, '{');
		json_number(json, "object", layout.object);
		json_number(json, "offset", layout.offset);
		json_number(json, "stride", layout.stride);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_open(json, "reasons", '[');
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		json_string(json, NULL, cen_plan_get_reason(plan, i));
	json_close(json, ']');
	json_open(json, "rejections", '[');
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++) {
		json_open(json, NULL, '{');
		json_string(json, "source", source);
		json_string(json, "text", text);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void write_feedback(struct json *json, const struct report *report)
{
	const struct cen_feedback *feedback = report->feedback;
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche)};

	json_open(json, "compositor", '{');
	json_number(json, "dmabuf_version", report->dmabuf_version);
	json_number(json, "main_device", feedback ? cen_feedback_get_main_device(feedback) : 0);
	json_open(json, "tranches", '[');
	for (size_t i = 0; feedback && cen_feedback_get_tranche(feedback, i, &tranche) == 0; i++) {
		json_open(json, NULL, '{');
		json_number(json, "device", tranche.device);
		json_bool(json, "scanout", tranche.flags & CEN_TRANCHE_SCANOUT);
		json_number(json, "pairs", tranche.pair_count);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void write_stats(struct json *json, const struct stats *stats)
{
	json_open(json, "frames", '{');
	json_number(json, "captured", stats->captured);
	json_number(json, "damaged", stats->damaged);
	json_number(json, "missed", stats->missed);
	json_number(json, "committed", stats->committed);
	json_number(json, "shown", stats->shown);
	json_number(json, "dropped", stats->dropped);
	json_number(json, "discarded", stats->discarded);
	json_number(json, "scanned_out", stats->zero_copy);
	json_close(json, '}');
	json_open(json, "latency_ms", '{');
	json_number(json, "count", stats->latency_count);
	json_decimal(json, "min", stats_get_latency(stats, 0));
	json_decimal(json, "median", stats_get_latency(stats, 500));
	json_decimal(json, "p95", stats_get_latency(stats, 950));
	json_decimal(json, "max", stats_get_latency(stats, 1000));
	json_close(json, '}');
	json_number(json, "copies", stats->copied);
	json_number(json, "feedback_rounds", stats->rounds);
	json_number(json, "replans", stats->replans);
	json_number(json, "camera_restarts", stats->restarts);
	json_number(json, "resizes", stats->resizes);
	json_decimal(json, "seconds", stats_get_seconds(stats));
	json_decimal(json, "cpu_ms_per_frame", stats_get_cpu(stats));
}

static void write_inodes(struct json *json, const char *name, const ino_t *inodes, uint32_t count)
{
	json_open(json, name, '[');
	for (uint32_t i = 0; i < count; i++)
		if (inodes[i])
			json_number(json, NULL, inodes[i]);
	json_close(json, ']');
}

static int finish(struct json *json, const char *path)
{
	fputc('\n', json->file);
	if (fflush(json->file) == 0 && !ferror(json->file))
		return 0;
	warnx("%s: could not be written", path);
	return -EIO;
}

static void json_cleanup(struct json *json)
{
	fclose_cleanup(&json->file);
}

static int start(struct json *json, const char *path, const char *program)
{
	*json = (struct json){.file = fopen(path, "we")};
	if (!json->file) {
		warn("%s", path);
		return -EIO;
	}
	json_open(json, NULL, '{');
	json_string(json, "program", program);
	return 0;
}

int report_write(const char *path, const struct report *report)
{
	_cleanup_(json_cleanup) struct json json;
	int ret;

	ret = start(&json, path, report->program);
	if (ret < 0)
		return ret;
	json_string(&json, "camera", report->camera);
	json_number(&json, "status", (uint64_t)report->status);
	json_string(&json, "path", report->path);
	json_string(&json, "wish", report->wish);
	json_string(&json, "device", report->device);
	json_number(&json, "buffers_asked", report->buffers_asked);
	write_feedback(&json, report);
	if (report->input)
		write_plan(&json, "input", report->input);
	if (report->plan)
		write_plan(&json, "plan", report->plan);
	write_stats(&json, report->stats);
	json_open(&json, "buffers", '[');
	for (uint32_t i = 0; i < report->identity_count; i++) {
		json_open(&json, NULL, '{');
		write_inodes(&json, report->device ? "drawn" : "camera", report->identities[i].camera,
			     report->identities[i].count);
		write_inodes(&json, "compositor", report->identities[i].compositor, report->identities[i].count);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_bool(&json, "same_objects", report_is_same(report));
	json_close(&json, '}');
	return finish(&json, path);
}

int report_write_conflict(const char *path, const char *program, const struct cen_conflict *conflict)
{
	_cleanup_(json_cleanup) struct json json;
	int ret;

	ret = start(&json, path, program);
	if (ret < 0)
		return ret;
	json_open(&json, "conflict", '{');
	json_string(&json, "dimension", conflict ? cen_dimension_get_name(cen_conflict_get_dimension(conflict)) : NULL);
	json_string(&json, "text", conflict ? cen_conflict_get_text(conflict) : NULL);
	json_open(&json, "relaxations", '[');
	for (size_t i = 0; conflict && i < cen_conflict_get_relaxation_count(conflict); i++)
		json_string(&json, NULL, cen_conflict_get_relaxation(conflict, i));
	json_close(&json, ']');
	json_close(&json, '}');
	json_close(&json, '}');
	return finish(&json, path);
}
