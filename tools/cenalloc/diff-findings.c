/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "diff-findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

void diff_findings_finish(struct diff_findings *findings)
{
	for (size_t i = 0; i < findings->pair_count; i++) {
		free(findings->pairs[i].a);
		free(findings->pairs[i].b);
	}
	for (size_t i = 0; i < findings->count; i++)
		free((char *)(uintptr_t)findings->items[i].what);
	free(findings->pairs);
	free(findings->items);
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* 1 + the index of the pair, 0 without memory. Each is kept once. */
static size_t keep_pair(struct diff_findings *findings, const char *a, const char *b)
{
	struct diff_pair *grown, *pair;

	for (size_t i = findings->pair_count; i-- > 0;) {
		if (text_equal(findings->pairs[i].a, a) && text_equal(findings->pairs[i].b, b))
			return i + 1;
	}
	grown = reallocarray(findings->pairs, findings->pair_count + 1, sizeof(*grown));
	if (!grown)
		return 0;
	findings->pairs = grown;
	pair = &grown[findings->pair_count++];
	*pair = (struct diff_pair){a ? strdup(a) : NULL, b ? strdup(b) : NULL};
	return (a && !pair->a) || (b && !pair->b) ? 0 : findings->pair_count;
}

static bool is_same_place(const struct diff_finding *finding, const struct diff_finding *where)
{
	return finding->fourcc == where->fourcc && finding->modifier == where->modifier &&
	       finding->order == where->order && strcmp(finding->what, where->what) == 0;
}

int diff_findings_add(struct diff_findings *findings, const struct diff_finding *where, size_t size, const char *a,
		      const char *b)
{
	size_t pair = keep_pair(findings, a, b), i = findings->count;
	struct diff_finding *grown;

	if (!pair)
		return -ENOMEM;
	while (i > 0 && !is_same_place(&findings->items[i - 1], where))
		i--;
	if (i == 0) {
		grown = reallocarray(findings->items, findings->count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		findings->items = grown;
		grown[findings->count] = (struct diff_finding){.what = strdup(where->what),
							       .fourcc = where->fourcc,
							       .modifier = where->modifier,
							       .order = where->order};
		if (!grown[findings->count].what)
			return -ENOMEM;
		i = ++findings->count;
	}
	findings->items[i - 1].pairs[size] = pair;
	return 0;
}

/* By what differs and how, then by format and modifier. */
static int compare(const void *left, const void *right)
{
	const struct diff_finding *a = left, *b = right;
	int order;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	order = strcmp(a->what, b->what);
	if (order)
		return order;
	order = memcmp(a->pairs, b->pairs, sizeof(a->pairs));
	if (order)
		return order;
	if (a->fourcc != b->fourcc)
		return a->fourcc < b->fourcc ? -1 : 1;
	return a->modifier < b->modifier ? -1 : a->modifier > b->modifier;
}

static bool is_same_difference(const struct diff_finding *a, const struct diff_finding *b)
{
	return a->order == b->order && strcmp(a->what, b->what) == 0 &&
	       memcmp(a->pairs, b->pairs, sizeof(a->pairs)) == 0;
}

/* The modifiers of the format that begins here. */
static size_t count_modifiers(const struct diff_finding *items, size_t count)
{
	size_t n = 1;

	while (n < count && items[n].fourcc == items->fourcc && is_same_difference(items, &items[n]))
		n++;
	return n;
}

static bool has_same_modifiers(const struct diff_finding *a, size_t a_count, const struct diff_finding *b,
			       size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		if (a[i].modifier != b[i].modifier)
			return false;
	}
	return true;
}

static void write_values(struct diff *diff, const struct diff_findings *findings, const struct diff_finding *finding,
			 struct json_object *to)
{
	struct json_object *values = diff_add(diff, to, "values", json_object_new_array());

	for (size_t s = 0; s < diff->size_count; s++) {
		struct json_object *value;
		char size[32];

		if (!finding->pairs[s])
			continue;
		snprintf(size, sizeof(size), "%" PRIu32 "x%" PRIu32, diff->sizes[s].width, diff->sizes[s].height);
		value = diff_add(diff, values, NULL, json_object_new_object());
		diff_add_text(diff, value, "size", size);
		diff_add_text(diff, value, "a", findings->pairs[finding->pairs[s] - 1].a);
		diff_add_text(diff, value, "b", findings->pairs[finding->pairs[s] - 1].b);
	}
}

static void write_modifiers(struct diff *diff, const struct diff_finding *items, size_t count, struct json_object *to)
{
	struct json_object *list = diff_add(diff, to, "modifiers", json_object_new_array());
	char name[WORDS_MODIFIER_SIZE];

	for (size_t i = 0; i < count; i++)
		diff_add_text(diff, list, NULL, words_modifier(items[i].modifier, name));
}

/* From here on: the formats that differ in this way and with these modifiers. Those that are written are marked. */
static void write_line(struct diff *diff, struct diff_findings *findings, size_t first, struct json_object *list)
{
	const struct diff_finding *items = &findings->items[first];
	size_t left = findings->count - first, own = count_modifiers(items, left), step;
	struct json_object *line = diff_add(diff, list, NULL, json_object_new_object()), *formats;
	char name[8];

	diff_add_text(diff, line, "what", items->what);
	formats = diff_add(diff, line, "formats", json_object_new_array());
	write_modifiers(diff, items, own, line);
	write_values(diff, findings, items, line);
	for (size_t i = 0; i < left && is_same_difference(items, &items[i]); i += step) {
		step = count_modifiers(&items[i], left - i);
		if (!items[i].fourcc || !has_same_modifiers(items, own, &items[i], step))
			continue;
		diff_add_text(diff, formats, NULL, words_format(items[i].fourcc, name));
	}
}

/* Whether a format before this one, which differs in the same way, took it along. */
static bool is_written(const struct diff_findings *findings, size_t at, size_t count)
{
	size_t begin = at, step;

	while (begin > 0 && is_same_difference(&findings->items[begin - 1], &findings->items[at]))
		begin--;
	for (; begin < at; begin += step) {
		step = count_modifiers(&findings->items[begin], findings->count - begin);
		if (has_same_modifiers(&findings->items[begin], step, &findings->items[at], count))
			return true;
	}
	return false;
}

void diff_findings_write(struct diff *diff, struct diff_findings *findings, struct json_object *to)
{
	struct json_object *list;
	size_t step;

	if (!findings->count)
		return;
	list = diff_add(diff, to, "differences", json_object_new_array());
	qsort(findings->items, findings->count, sizeof(*findings->items), compare);
	for (size_t i = 0; i < findings->count; i += step) {
		step = count_modifiers(&findings->items[i], findings->count - i);
		if (!is_written(findings, i, step))
			write_line(diff, findings, i, list);
	}
}
