/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Alternatives of machine files from single formats and modifiers: as few as say the same. */
#include "file-record.h"

#include <errno.h>

#include "arena.h"
#include "util.h"

static int compare_liking(const struct file_piece *a, const struct file_piece *b)
{
	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return a->modifier < b->modifier ? -1 : a->modifier > b->modifier;
}

static int compare_place(const struct file_piece *a, const struct file_piece *b)
{
	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->usage != b->usage)
		return a->usage < b->usage ? -1 : 1;
	/* What holds in general comes before the exceptions. */
	if (a->is_except != b->is_except)
		return a->is_except ? -1 : 1;
	return 0;
}

static int compare_format(const struct file_piece *a, const struct file_piece *b)
{
	if (a->fourcc != b->fourcc)
		return a->fourcc < b->fourcc ? -1 : 1;
	return compare_liking(a, b);
}

/* Pieces that differ in their sizes alone are neighbours. */
static int compare_all_but_sizes(const void *left, const void *right)
{
	const struct file_piece *a = left, *b = right;
	int order = compare_place(a, b);

	if (order)
		return order;
	if (a->rules != b->rules)
		return a->rules < b->rules ? -1 : 1;
	return compare_format(a, b);
}

static int compare(const void *left, const void *right)
{
	const struct file_piece *a = left, *b = right;
	int order = compare_place(a, b);

	if (order)
		return order;
	if (a->sizes != b->sizes)
		return a->sizes < b->sizes ? -1 : 1;
	if (a->rules != b->rules)
		return a->rules < b->rules ? -1 : 1;
	return compare_format(a, b);
}

/* What is the same at several sizes is one piece. */
static void join_sizes(struct file_gathering *gathering)
{
	struct file_piece *pieces = gathering->pieces;
	size_t kept = 0;

	qsort(pieces, gathering->piece_count, sizeof(*pieces), compare_all_but_sizes);
	for (size_t i = 1; i < gathering->piece_count; i++) {
		if (compare_all_but_sizes(&pieces[kept], &pieces[i]) == 0 && !pieces[i].is_except)
			pieces[kept].sizes |= pieces[i].sizes;
		else
			pieces[++kept] = pieces[i];
	}
	gathering->piece_count = kept + 1;
}

static bool is_same_block(const struct file_piece *a, const struct file_piece *b)
{
	return compare_place(a, b) == 0 && a->sizes == b->sizes && a->rules == b->rules;
}

/* How many pieces from here on are one format with several modifiers. */
static size_t count_modifiers(const struct file_piece *pieces, size_t count)
{
	size_t n = 1;

	while (n < count && n < FILE_MAX_MODIFIERS && is_same_block(pieces, &pieces[n]) &&
	       pieces[n].fourcc == pieces->fourcc)
		n++;
	return n;
}

/* The alternative has exactly these modifiers, liked as much. */
static bool has_modifiers(const struct file_alternative *alternative, const struct file_piece *pieces, size_t count)
{
	if (alternative->modifier_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (alternative->modifiers[i].modifier != pieces[i].modifier ||
		    alternative->preferences[i] != pieces[i].preference)
			return false;
	}
	return true;
}

static struct file_alternative *find(struct file_gathering *gathering, size_t first, const struct file_piece *pieces,
				     size_t count)
{
	for (size_t i = first; i < gathering->alternative_count; i++) {
		struct file_alternative *alternative = &gathering->alternatives[i];

		if (has_modifiers(alternative, pieces, count) && alternative->fourcc_count < FILE_MAX_FORMATS)
			return alternative;
	}
	return NULL;
}

int _cen_file_list_sizes(const struct file_gathering *gathering, uint32_t bits, struct file_sizes *sizes)
{
	sizes->items = _cen_arena_alloc(gathering->arena, CEN_RECORD_MAX_SIZES, sizeof(*sizes->items));
	if (!sizes->items)
		return -ENOMEM;
	for (size_t i = 0; i < gathering->size_count; i++) {
		if (bits >> i & 1)
			sizes->items[sizes->count++] =
				(struct file_size){gathering->sizes[i].width, gathering->sizes[i].height};
	}
	return 0;
}

static int add_alternative(struct file_gathering *gathering, const struct file_piece *pieces, size_t count)
{
	struct file_alternative *alternative;

	if (_cen_grow(&gathering->alternatives, &gathering->alternative_capacity, gathering->alternative_count,
		      sizeof(*alternative)) < 0)
		return -ENOMEM;
	alternative = &gathering->alternatives[gathering->alternative_count];
	*alternative = (struct file_alternative){
		.usages = CEN_USAGE_BIT(pieces->usage),
		.sizes = {.is_except = pieces->is_except},
		.fourccs = _cen_arena_alloc(gathering->arena, FILE_MAX_FORMATS, sizeof(uint32_t)),
		.modifiers = _cen_arena_alloc(gathering->arena, count, sizeof(struct file_modifier)),
		.preferences = _cen_arena_alloc(gathering->arena, count, sizeof(uint32_t)),
		.modifier_count = count,
		.rules = gathering->rules[pieces->rules],
	};
	if (!alternative->fourccs || !alternative->modifiers || !alternative->preferences ||
	    _cen_file_list_sizes(gathering, pieces->sizes, &alternative->sizes) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		alternative->modifiers[i].modifier = pieces[i].modifier;
		alternative->preferences[i] = pieces[i].preference;
	}
	alternative->fourccs[alternative->fourcc_count++] = pieces->fourcc;
	gathering->alternative_count++;
	return 0;
}

/* first: of the alternatives of this block. */
static int place(struct file_gathering *gathering, size_t first, const struct file_piece *pieces, size_t count)
{
	struct file_alternative *alternative = find(gathering, first, pieces, count);

	if (!alternative)
		return add_alternative(gathering, pieces, count);
	alternative->fourccs[alternative->fourcc_count++] = pieces->fourcc;
	return 0;
}

static bool has_same_sizes(const struct file_sizes *a, const struct file_sizes *b)
{
	return a->count == b->count && a->is_except == b->is_except &&
	       memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0;
}

static bool differ_in_usage_only(const struct file_alternative *a, const struct file_alternative *b)
{
	return has_same_sizes(&a->sizes, &b->sizes) && a->rules.items == b->rules.items &&
	       a->fourcc_count == b->fourcc_count && a->modifier_count == b->modifier_count &&
	       memcmp(a->fourccs, b->fourccs, a->fourcc_count * sizeof(*a->fourccs)) == 0 &&
	       memcmp(a->modifiers, b->modifiers, a->modifier_count * sizeof(*a->modifiers)) == 0 &&
	       memcmp(a->preferences, b->preferences, a->modifier_count * sizeof(*a->preferences)) == 0;
}

/* Alternatives from first on, which are of one layer: those that differ in the usage alone become one. */
static void join_usages(struct file_gathering *gathering, size_t first)
{
	size_t kept = first;

	for (size_t i = first; i < gathering->alternative_count; i++) {
		size_t same = first;

		while (same < kept &&
		       !differ_in_usage_only(&gathering->alternatives[same], &gathering->alternatives[i]))
			same++;
		if (same < kept)
			gathering->alternatives[same].usages |= gathering->alternatives[i].usages;
		else
			gathering->alternatives[kept++] = gathering->alternatives[i];
	}
	gathering->alternative_count = kept;
}

static bool has_rule(const struct file_rules *rules, const struct file_rule *rule)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (_cen_file_rule_equal(&rules->items[i], rule))
			return true;
	}
	return false;
}

static bool is_common(const struct file_gathering *gathering, const struct file_rule *rule)
{
	for (size_t i = 0; i < gathering->alternative_count; i++) {
		if (!has_rule(&gathering->alternatives[i].rules, rule))
			return false;
	}
	return true;
}

/* What is left of a set without what is common. */
static int strip(struct file_gathering *gathering, struct file_rules *rules)
{
	struct file_rules rest = {.items = _cen_arena_alloc(gathering->arena, rules->count, sizeof(*rest.items))};

	if (!rest.items)
		return -ENOMEM;
	for (size_t i = 0; i < rules->count; i++) {
		if (!has_rule(&gathering->common, &rules->items[i]))
			rest.items[rest.count++] = rules->items[i];
	}
	*rules = rest;
	return 0;
}

static int find_common(struct file_gathering *gathering)
{
	struct file_rules *common = &gathering->common;
	const struct file_rules *first;
	int ret = 0;

	if (!gathering->alternative_count)
		return 0;
	first = &gathering->alternatives[0].rules;
	common->items = _cen_arena_alloc(gathering->arena, first->count, sizeof(*common->items));
	if (!common->items)
		return -ENOMEM;
	for (size_t i = 0; i < first->count; i++) {
		if (is_common(gathering, &first->items[i]))
			common->items[common->count++] = first->items[i];
	}
	for (size_t i = 0; ret == 0 && i < gathering->alternative_count; i++)
		ret = strip(gathering, &gathering->alternatives[i].rules);
	return ret;
}

int _cen_file_group(struct file_gathering *gathering)
{
	const struct file_piece *pieces = gathering->pieces;
	size_t block = 0, layer = 0, count;
	int ret = 0;

	if (gathering->piece_count) {
		join_sizes(gathering);
		qsort(gathering->pieces, gathering->piece_count, sizeof(*pieces), compare);
	}
	for (size_t i = 0; ret == 0 && i < gathering->piece_count; i += count) {
		if (i && pieces[i].layer != pieces[i - 1].layer) {
			join_usages(gathering, layer);
			layer = block = gathering->alternative_count;
		}
		if (i && !is_same_block(&pieces[i - 1], &pieces[i]))
			block = gathering->alternative_count;
		count = count_modifiers(&pieces[i], gathering->piece_count - i);
		ret = place(gathering, block, &pieces[i], count);
	}
	if (ret < 0)
		return ret;
	join_usages(gathering, layer);
	return find_common(gathering);
}
