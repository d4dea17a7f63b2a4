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

static int compare(const void *left, const void *right)
{
	const struct file_piece *a = left, *b = right;

	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->usage != b->usage)
		return a->usage < b->usage ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	if (a->rules != b->rules)
		return a->rules < b->rules ? -1 : 1;
	if (a->fourcc != b->fourcc)
		return a->fourcc < b->fourcc ? -1 : 1;
	return compare_liking(a, b);
}

static bool is_same_block(const struct file_piece *a, const struct file_piece *b)
{
	return a->layer == b->layer && a->usage == b->usage && a->size == b->size && a->rules == b->rules;
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
		if (alternative->modifiers[i] != pieces[i].modifier ||
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

static int add_alternative(struct file_gathering *gathering, const struct file_piece *pieces, size_t count)
{
	const struct cen_record_size *size = pieces->size ? &gathering->sizes[pieces->size - 1] : NULL;
	struct file_alternative *alternative;

	if (_cen_grow(&gathering->alternatives, &gathering->alternative_capacity, gathering->alternative_count,
		      sizeof(*alternative)) < 0)
		return -ENOMEM;
	alternative = &gathering->alternatives[gathering->alternative_count];
	*alternative = (struct file_alternative){
		.usages = CEN_USAGE_BIT(pieces->usage),
		.width = size ? size->width : 0,
		.height = size ? size->height : 0,
		.fourccs = _cen_arena_alloc(gathering->arena, FILE_MAX_FORMATS, sizeof(uint32_t)),
		.modifiers = _cen_arena_alloc(gathering->arena, count, sizeof(uint64_t)),
		.preferences = _cen_arena_alloc(gathering->arena, count, sizeof(uint32_t)),
		.modifier_count = count,
		.rules = gathering->rules[pieces->rules],
	};
	if (!alternative->fourccs || !alternative->modifiers || !alternative->preferences)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		alternative->modifiers[i] = pieces[i].modifier;
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

static bool differ_in_usage_only(const struct file_alternative *a, const struct file_alternative *b)
{
	return a->width == b->width && a->height == b->height && a->rules.items == b->rules.items &&
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

	if (gathering->piece_count)
		qsort(gathering->pieces, gathering->piece_count, sizeof(*pieces), compare);
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
