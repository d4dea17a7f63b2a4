/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Writing reports. */
#include "report.h"

#include <err.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <cenalloc/format.h>

void report_print_plan(const struct cen_plan *plan)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout layout;
	const char *source, *text;
	char format[8], modifier[64];

	cen_plan_get_info(plan, &info);
	cen_modifier_to_string(info.modifier, modifier, sizeof(modifier));
	printf("Plan: %u buffers of %ux%u %s %s, %" PRIu64 " bytes each in %u dma-buf%s, from %s (%s).\n", info.count,
	       info.width, info.height, cen_format_to_string(info.fourcc, format), modifier, info.total_bytes,
	       info.object_count, info.object_count == 1 ? "" : "s", info.source, info.backend);
	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++)
		printf("  plane %u: object %u, offset %" PRIu64 ", stride %" PRIu64 "\n", i, layout.object,
		       layout.offset, layout.stride);
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		printf("  because: %s\n", cen_plan_get_reason(plan, i));
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++)
		printf("  ruled out: %s: %s\n", source, text);
}

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

/* A JSON string: quotes, backslashes and control characters escaped. */
static void write_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < 0x20)
			fprintf(file, "\\u%04x", c);
		else
			fputc(c, file);
	}
	fputc('"', file);
}

static void write_member(FILE *file, const char *name, const char *text)
{
	fprintf(file, "\"%s\": ", name);
	write_string(file, text);
	fputs(", ", file);
}

static const char *separator(uint64_t index)
{
	return index == 0 ? "" : ", ";
}

static void write_plan(FILE *file, const struct cen_plan *plan)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_plane_layout layout;
	const char *source, *text;
	char format[8], modifier[64];

	cen_plan_get_info(plan, &info);
	cen_modifier_to_string(info.modifier, modifier, sizeof(modifier));
	fputs("  \"plan\": {", file);
	write_member(file, "format", cen_format_to_string(info.fourcc, format));
	write_member(file, "modifier", modifier);
	write_member(file, "source", info.source);
	write_member(file, "backend", info.backend);
	fprintf(file,
		"\"width\": %u, \"height\": %u, \"count\": %u, \"objects\": %u, \"bytes\": %" PRIu64
		", \"contiguous\": %s, \"copies\": %u,\n    \"planes\": [",
		info.width, info.height, info.count, info.object_count, info.total_bytes,
		info.segments == 1 ? "true" : "false", info.copies);
	for (uint32_t i = 0; cen_plan_get_plane(plan, i, &layout) == 0; i++)
		fprintf(file, "%s{\"object\": %u, \"offset\": %" PRIu64 ", \"stride\": %" PRIu64 "}", separator(i),
			layout.object, layout.offset, layout.stride);
	fputs("],\n    \"reasons\": [", file);
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++) {
		fputs(separator(i), file);
		write_string(file, cen_plan_get_reason(plan, i));
	}
	fputs("],\n    \"rejections\": [", file);
	for (size_t i = 0; cen_plan_get_rejection(plan, i, &source, &text) == 0; i++) {
		fprintf(file, "%s{", separator(i));
		write_member(file, "source", source);
		fputs("\"text\": ", file);
		write_string(file, text);
		fputs("}", file);
	}
	fputs("]},\n", file);
}

static void write_identities(FILE *file, const struct outcome *outcome)
{
	fputs("  \"buffers\": [", file);
	for (uint32_t i = 0; i < outcome->buffer_count; i++) {
		fprintf(file, "%s[", separator(i));
		for (uint32_t p = 0; p < outcome->plane_count; p++)
			fprintf(file, "%s{\"queued\": %ju, \"shown\": %ju}", separator(p),
				(uintmax_t)outcome->identities[i][p].queued,
				(uintmax_t)outcome->identities[i][p].shown);
		fputs("]", file);
	}
	fprintf(file, "],\n  \"same_objects\": %s", report_is_zero_copy(outcome) ? "true" : "false");
}

static void write_comparison(FILE *file, const struct comparison *comparison)
{
	fprintf(file,
		",\n  \"comparison\": {\"match\": %s, \"mean_error\": %.6f, \"max_error\": %u, "
		"\"pixels_different\": %" PRIu64 ", \"psnr\": ",
		comparison->is_match ? "true" : "false", comparison->mean_error, comparison->max_error,
		comparison->pixels_different);
	/* JSON has no infinity. */
	if (isfinite(comparison->psnr))
		fprintf(file, "%.2f}", comparison->psnr);
	else
		fputs("null}", file);
}

static int finish(FILE *file, const char *path)
{
	if (fflush(file) == 0 && !ferror(file))
		return 0;
	warnx("%s: could not be written", path);
	return -EIO;
}

int report_write(const char *path, const struct cen_plan *plan, const struct outcome *outcome)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	if (!file) {
		warn("%s", path);
		return -EIO;
	}
	fputs("{\n  ", file);
	write_member(file, "camera", outcome->camera);
	write_member(file, "display", outcome->display);
	write_member(file, "mode", outcome->mode);
	fprintf(file, "\"is_user_mode\": %s,\n", outcome->is_user_mode ? "true" : "false");
	write_plan(file, plan);
	fprintf(file,
		"  \"frames\": {\"captured\": %u, \"shown\": %u, \"dropped\": %u, \"missed\": %u},\n"
		"  \"seconds\": %.3f, \"fps\": %.2f,\n",
		outcome->captured, outcome->shown, outcome->dropped, outcome->missed, outcome->seconds,
		get_fps(outcome));
	write_identities(file, outcome);
	if (outcome->is_compared)
		write_comparison(file, &outcome->comparison);
	fputs("\n}\n", file);
	return finish(file, path);
}

int report_write_conflict(const char *path, const struct cen_conflict *conflict)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	if (!file) {
		warn("%s", path);
		return -EIO;
	}
	fputs("{\n  \"conflict\": {", file);
	write_member(file, "dimension", cen_dimension_get_name(cen_conflict_get_dimension(conflict)));
	write_member(file, "text", cen_conflict_get_text(conflict));
	fputs("\"relaxations\": [", file);
	for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++) {
		fputs(separator(i), file);
		write_string(file, cen_conflict_get_relaxation(conflict, i));
	}
	fputs("]}\n}\n", file);
	return finish(file, path);
}
