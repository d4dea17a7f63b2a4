/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writing reports. */
#include "report.h"

#include "json.h"
#include "plan-report.h"

bool report_is_zero_copy(const struct outcome *outcome)
{
	for (uint32_t i = 0; i < outcome->buffer_count; i++)
		for (uint32_t p = 0; p < outcome->plane_count; p++)
			if (outcome->identities[i][p].queued != outcome->identities[i][p].shown)
				return false;
	return outcome->buffer_count > 0;
}

static double get_fps(const struct outcome *outcome)
{
	return outcome->seconds > 0 ? outcome->shown / outcome->seconds : 0;
}

void report_print_outcome(const struct outcome *outcome)
{
	printf("%s to %s: %u frames captured, %u shown, %u dropped, %u missed, in %.1f s (%.1f per second), mode "
	       "%s%s\n",
	       outcome->camera, outcome->display, outcome->captured, outcome->shown, outcome->dropped, outcome->missed,
	       outcome->seconds, get_fps(outcome), outcome->mode, outcome->is_user_mode ? " (made to fit)" : "");
	printf("Every framebuffer is%s the dma-buf that the camera filled.\n",
	       report_is_zero_copy(outcome) ? "" : " NOT");
	if (outcome->is_compared)
		printf("The picture shown %s the camera's: mean difference %.3f, largest %u of 255.\n",
		       outcome->comparison.is_match ? "is" : "is NOT", outcome->comparison.mean_error,
		       outcome->comparison.max_error);
}

static struct json_object *identities_to_json(const struct outcome *outcome)
{
	struct json_object *buffers = json_object_new_array();

	for (uint32_t i = 0; i < outcome->buffer_count; i++) {
		struct json_object *planes = json_object_new_array();

		for (uint32_t p = 0; p < outcome->plane_count; p++) {
			struct json_object *plane = json_object_new_object();

			json_add_number(plane, "queued", outcome->identities[i][p].queued);
			json_add_number(plane, "shown", outcome->identities[i][p].shown);
			json_object_array_add(planes, plane);
		}
		json_object_array_add(buffers, planes);
	}
	return buffers;
}

static struct json_object *comparison_to_json(const struct comparison *comparison)
{
	struct json_object *object = json_object_new_object();

	json_add_bool(object, "match", comparison->is_match);
	json_add_decimal(object, "mean_error", comparison->mean_error, 6);
	json_add_number(object, "max_error", comparison->max_error);
	json_add_number(object, "pixels_different", comparison->pixels_different);
	json_add_decimal(object, "psnr", comparison->psnr, 2);
	return object;
}

int report_write(const char *path, const struct cen_plan *plan, const struct outcome *outcome)
{
	_cleanup_json_ struct json_object *report = json_object_new_object();
	struct json_object *frames;

	json_add_text(report, "camera", outcome->camera);
	json_add_text(report, "display", outcome->display);
	json_add_text(report, "mode", outcome->mode);
	json_add_bool(report, "is_user_mode", outcome->is_user_mode);
	json_add(report, "plan", plan_to_json(plan));
	frames = json_add(report, "frames", json_object_new_object());
	json_add_number(frames, "captured", outcome->captured);
	json_add_number(frames, "shown", outcome->shown);
	json_add_number(frames, "dropped", outcome->dropped);
	json_add_number(frames, "missed", outcome->missed);
	json_add_decimal(report, "seconds", outcome->seconds, 3);
	json_add_decimal(report, "fps", get_fps(outcome), 2);
	json_add(report, "buffers", identities_to_json(outcome));
	json_add_bool(report, "same_objects", report_is_zero_copy(outcome));
	if (outcome->is_compared)
		json_add(report, "comparison", comparison_to_json(&outcome->comparison));
	return json_write(path, report);
}

int report_write_conflict(const char *path, const struct cen_conflict *conflict)
{
	_cleanup_json_ struct json_object *report = json_object_new_object();

	json_add(report, "conflict", conflict_to_json(conflict));
	return json_write(path, report);
}
