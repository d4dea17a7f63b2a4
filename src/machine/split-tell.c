/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A split in words: who copies, and why nobody else does. */
#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "error.h"
#include "split.h"
#include "util.h"

#define NAME_SIZE 64

/* The two groups of a copy. */
struct sides {
	struct split_part left, right;
};

/* "NV12 LINEAR": of the first plan. */
static void name_format(const struct cen_solution *solution, char name[NAME_SIZE])
{
	struct cen_plan_info info = {.size = sizeof(info)};
	char modifier[NAME_SIZE - 8];
	char fourcc[8];

	cen_plan_get_info(cen_solution_get_plan(solution, 0), &info);
	cen_modifier_to_string(info.modifier, modifier, sizeof(modifier));
	snprintf(name, NAME_SIZE, "%s %s", cen_format_to_string(info.fourcc, fourcc), modifier);
}

/* text with another line behind it, indented, and each line of that with it. NULL when there is no memory. */
static char *append_line(struct arena *arena, const char *text, const char *line)
{
	char *joined = text ? _cen_arena_printf(arena, "%s\n  ", text) : NULL;

	while (joined && line) {
		const char *end = strchr(line, '\n');
		int length = end ? (int)(end - line) : (int)strlen(line);

		joined = _cen_arena_printf(arena, "%s%.*s%s", joined, length, line, end ? "\n  " : "");
		line = end ? end + 1 : NULL;
	}
	return joined;
}

/* Why a part has no plan, or 1 where it has one. */
static int try_part(const struct split_search *search, struct split_part part, struct cen_solution **out,
		    struct cen_error **err)
{
	struct cen_request view;
	int ret;

	_cen_split_view_part(search, &part, &view);
	ret = cen_solve(&view, CEN_SOLVE_NO_RELAXATIONS, out, err);
	return ret < 0 ? ret : cen_solution_get_conflict(*out) == NULL;
}

static int set_text(char *text, char **out, struct cen_error **err)
{
	*out = text;
	return text ? 0 : _cen_error_no_memory(err);
}

/* Whether somebody can read and write; the neighbours of the cut alone come first, since their conflict is shorter. */
static int try_end(const struct split_search *search, struct arena *arena, const struct sides *sides,
		   struct split_end by, uint64_t *bytes, char **why, struct cen_error **err)
{
	size_t at = sides->right.first;
	const struct split_part tries[] = {
		{.first = at - 1, .end = at, .back = by},
		{.first = sides->left.first, .end = at, .front = sides->left.front, .back = by},
		{.first = at, .end = at + 1, .front = by},
		{.first = at, .end = sides->right.end, .front = by, .back = sides->right.back},
	};

	*bytes = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(tries); i++) {
		const struct split_part *part = &tries[i];
		_cleanup_solution_ struct cen_solution *solution = NULL;
		int ret;

		if (part->front.fourcc && part->back.fourcc && part->front.fourcc != part->back.fourcc)
			return set_text(_cen_arena_printf(arena, "the CPU copies the other end in another format"), why,
					err);
		ret = try_part(search, *part, &solution, err);
		if (ret < 0)
			return ret;
		if (ret == 0)
			return set_text(_cen_arena_printf(arena, "cannot %s it: %s", i < 2 ? "read" : "write",
							  cen_conflict_get_text(cen_solution_get_conflict(solution))),
					why, err);
		if (i % 2)
			*bytes += _cen_split_moved_bytes(search->request, part, solution);
	}
	return 1;
}

/* It could copy: why another does. Costs are those of both groups, which may be read and written at their other ends. */
static int tell_able(struct arena *arena, const struct split_copier *copier, const struct split_copy *copy,
		     uint64_t more, char **why, struct cen_error **err)
{
	const char *chosen = cen_copier_get_name(copy->info.copier);

	if (copier->kind == CEN_COPIER_CPU)
		return set_text(_cen_arena_printf(arena, "could copy; a %s comes before the CPU", chosen), why, err);
	if (more)
		return set_text(
			_cen_arena_printf(
				arena, "could copy; %" PRIu64 " bytes per frame more would be read and written", more),
			why, err);
	if (copier->kind != copy->info.copier)
		return set_text(_cen_arena_printf(arena, "could copy; for as many bytes a %s comes first", chosen), why,
				err);
	return set_text(_cen_arena_printf(arena, "could copy as well; %s comes first in the list of devices",
					  cen_device_get_path(copy->info.device)),
			why, err);
}

/* The CPU has a try for each format; why the first does not do is told. */
static int try_cpu(const struct split_search *search, struct arena *arena, const struct sides *sides,
		   const struct split_copier *copier, char **why, struct cen_error **err)
{
	size_t at = sides->right.first, index = 0;
	uint64_t bytes;
	char *first = NULL;
	uint32_t fourcc;

	while ((fourcc = _cen_split_next_linear(search, at, &index))) {
		const struct split_end by = {.copier = copier, .fourcc = fourcc};
		int ret = try_end(search, arena, sides, by, &bytes, why, err);

		if (ret != 0)
			return ret;
		first = first ? first : *why;
	}
	if (!first)
		first = _cen_arena_printf(arena,
					  "copies only between LINEAR layouts of one format; %s and %s have none in "
					  "common that is asked for",
					  search->usages[at - 1].name, search->usages[at].name);
	return set_text(first, why, err);
}

/* spent: bytes of both groups as they are; 0 where nobody copies. */
static int tell_copier(const struct split_search *search, struct arena *arena, const struct sides *sides,
		       const struct split_copier *copier, const struct split_copy *copy, uint64_t spent, char **why,
		       struct cen_error **err)
{
	const struct split_end by = {.copier = copier};
	uint64_t bytes = 0;
	int ret;

	if (copier->refusal)
		return set_text(_cen_arena_strdup(arena, copier->refusal), why, err);
	if (copier->kind == CEN_COPIER_CPU)
		ret = try_cpu(search, arena, sides, copier, why, err);
	else
		ret = try_end(search, arena, sides, by, &bytes, why, err);
	return ret > 0 ? tell_able(arena, copier, copy, bytes > spent ? bytes - spent : 0, why, err) : ret;
}

/* All copiers but the one that was chosen, which may be NULL. */
static int tell_rejections(const struct split_search *search, struct arena *arena, const struct sides *sides,
			   const struct split_copier *chosen, uint64_t spent, struct split_copy *copy,
			   struct cen_error **err)
{
	copy->rejections = _cen_arena_alloc(arena, search->copier_count + 1, sizeof(*copy->rejections));
	if (!copy->rejections)
		return _cen_error_no_memory(err);
	for (size_t i = 0; i < search->copier_count; i++) {
		const struct split_copier *copier = &search->copiers[i];
		char *why = NULL;
		int ret;

		if (copier == chosen)
			continue;
		ret = tell_copier(search, arena, sides, copier, copy, spent, &why, err);
		if (ret < 0)
			return ret;
		copy->rejections[copy->rejection_count++] =
			(struct split_rejection){.device = copier->device, .text = why};
	}
	return 0;
}

static int tell_copy(const struct split_search *search, struct cen_split *split, const struct split_part *parts,
		     size_t n, struct cen_error **err)
{
	const struct sides sides = {.left = parts[n], .right = parts[n + 1]};
	const struct split_copier *copier = sides.left.back.copier;
	struct split_copy *copy = &split->copies[n];
	char read[NAME_SIZE], written[NAME_SIZE];
	uint64_t spent;

	copy->info = (struct cen_split_copy){
		.size = sizeof(copy->info),
		.copier = copier->kind,
		.read_usage = copier->reads,
		.write_usage = copier->writes,
		.device = copier->device,
		.bytes_read = _cen_split_picture_bytes(search->request, split->groups[n].solution),
		.bytes_written = _cen_split_picture_bytes(search->request, split->groups[n + 1].solution),
	};
	name_format(split->groups[n].solution, read);
	name_format(split->groups[n + 1].solution, written);
	copy->info.reason = _cen_arena_printf(
		split->arena, "the %s reads %s and writes %s%s", cen_copier_get_name(copier->kind), read, written,
		copier->kind == CEN_COPIER_CPU ? "; no 2D engine and no GPU can in its place with so few groups" : "");
	if (!copy->info.reason)
		return _cen_error_no_memory(err);
	split->bytes += copy->info.bytes_read + copy->info.bytes_written;
	spent = _cen_split_moved_bytes(search->request, &sides.left, split->groups[n].solution) +
		_cen_split_moved_bytes(search->request, &sides.right, split->groups[n + 1].solution);
	return tell_rejections(search, split->arena, &sides, copier, spent, copy, err);
}

/* "/dev/video0 (capture), /dev/dri/card0 (scanout)" */
static char *list_usages(const struct split_search *search, struct arena *arena, size_t first, size_t end)
{
	char *text = _cen_arena_strdup(arena, "");

	for (size_t i = first; i < end && text; i++)
		text = _cen_arena_printf(arena, "%s%s%s (%s)", text, i > first ? ", " : "", search->usages[i].name,
					 cen_usage_get_name(search->usages[i].usage));
	return text;
}

/* A line for each group and each copy. */
static char *write_lines(const struct split_search *search, const struct cen_split *split, char *text)
{
	for (size_t n = 0; n < split->group_count && text; n++) {
		const struct cen_split_group *group = &split->groups[n];
		const struct cen_split_copy *copy = &split->copies[n].info;
		const char *usages = list_usages(search, split->arena, group->first, group->first + group->count);
		char format[NAME_SIZE];

		if (!usages)
			return NULL;
		name_format(group->solution, format);
		text = _cen_arena_printf(split->arena, "%s\n  %s: %s", text, usages, format);
		if (text && n + 1 < split->group_count)
			text = _cen_arena_printf(
				split->arena, "%s\n  copy by %s (%s): %" PRIu64 " + %" PRIu64 " bytes per frame", text,
				cen_device_get_path(copy->device), cen_copier_get_name(copy->copier), copy->bytes_read,
				copy->bytes_written);
	}
	return text;
}

int _cen_split_tell_groups(const struct split_search *search, struct cen_split *split, const struct split_part *parts,
			   struct cen_error **err)
{
	const struct cen_request *request = search->request;
	char *text;

	split->copies = _cen_arena_alloc(split->arena, split->group_count, sizeof(*split->copies));
	if (!split->copies)
		return _cen_error_no_memory(err);
	for (size_t n = 0; n + 1 < split->group_count; n++) {
		int ret = tell_copy(search, split, parts, n, err);

		if (ret < 0)
			return ret;
		split->copy_count++;
	}
	if (split->group_count == 1)
		text = _cen_arena_printf(split->arena, "one buffer of %" PRIu32 "x%" PRIu32 " suits all: no copy",
					 request->width, request->height);
	else
		text = _cen_arena_printf(
			split->arena, "%zu buffers of %" PRIu32 "x%" PRIu32 ", %zu cop%s, %" PRIu64 " bytes per frame",
			split->group_count, request->width, request->height, split->copy_count,
			split->copy_count == 1 ? "y" : "ies", split->bytes);
	split->text = write_lines(search, split, text);
	return split->text ? 0 : _cen_error_no_memory(err);
}

int _cen_split_tell_missing(const struct split_search *search, struct cen_split *split, const struct split_part *last,
			    struct cen_error **err)
{
	const struct sides sides = {.left = *last, .right = {.first = last->end, .end = last->end + 1}};
	const char *before = list_usages(search, split->arena, last->end - 1, last->end);
	const char *behind = list_usages(search, split->arena, last->end, last->end + 1);
	char *text;
	int ret;

	split->failed = last->end;
	split->copies = _cen_arena_alloc(split->arena, 1, sizeof(*split->copies));
	if (!before || !behind || !split->copies)
		return _cen_error_no_memory(err);
	split->copy_count = 1;
	ret = tell_rejections(search, split->arena, &sides, NULL, 0, split->copies, err);
	if (ret < 0)
		return ret;
	text = _cen_arena_printf(split->arena, "no single buffer, and nothing copies from %s to %s%s", before, behind,
				 split->copies->rejection_count ? "" : ": no 2D engine, no GPU, no CPU");
	for (size_t i = 0; i < split->copies->rejection_count && text; i++) {
		const struct split_rejection *rejection = &split->copies->rejections[i];
		char *line = _cen_arena_printf(split->arena, "%s (%s): %s", cen_device_get_path(rejection->device),
					       cen_device_get_backend(rejection->device), rejection->text);

		text = line ? append_line(split->arena, text, line) : NULL;
	}
	split->text = text;
	return text ? 0 : _cen_error_no_memory(err);
}

int _cen_split_tell_alone(const struct split_search *search, struct cen_split *split, struct cen_error **err)
{
	const char *usage = list_usages(search, split->arena, split->failed, split->failed + 1);
	char *text =
		usage ? _cen_arena_printf(split->arena, "no copy helps: %s has no buffer even alone", usage) : NULL;

	split->text = append_line(split->arena, text, cen_conflict_get_text(cen_solution_get_conflict(split->alone)));
	return split->text ? 0 : _cen_error_no_memory(err);
}
