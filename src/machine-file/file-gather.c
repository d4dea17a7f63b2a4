/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a usage answered at each size, format by format: once where it is the same or follows from the size by a rule,
 * size by size where not.
 */
#include "file-record.h"

#include <errno.h>

#include "arena.h"
#include "capability.h"
#include "file-infer.h"
#include "util.h"

/* An alternative at a size. */
struct seen {
	uint32_t fourcc, preference;
	uint64_t modifier;
	size_t layer;
	uint32_t size; /* index */
	const struct constraint_set *set;
};

/* The same alternative at all sizes where it is. */
struct cell {
	const struct seen *items; /* by size */
	size_t count;
	const struct cen_format_info *format;
};

/* How many cells a candidate fits, by slot: what fits most formats groups best. */
struct votes {
	uint32_t *of[CEN_SLOT_COUNT]; /* NULL: none was cast */
};

static void votes_cleanup(struct votes *votes)
{
	for (size_t i = 0; i < CEN_SLOT_COUNT; i++)
		free(votes->of[i]);
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool _cen_file_rule_equal(const struct file_rule *a, const struct file_rule *b)
{
	return a->constraint.kind == b->constraint.kind && a->constraint.plane == b->constraint.plane &&
	       a->constraint.value == b->constraint.value && a->constraint.provenance == b->constraint.provenance &&
	       text_equal(a->constraint.note, b->constraint.note) && a->form == b->form && a->step == b->step &&
	       a->width_step == b->width_step && a->align == b->align && a->more == b->more;
}

static bool rules_equal(const struct file_rules *a, const struct file_rules *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!_cen_file_rule_equal(&a->items[i], &b->items[i]))
			return false;
	}
	return true;
}

/* Each set of rules is kept once. Returns 0 or -ENOMEM. */
static int intern(struct file_gathering *gathering, const struct file_rules *rules, size_t *index)
{
	struct file_rules *kept;

	/* Neighbours ask for the same more often than not. */
	for (size_t i = gathering->rules_count; i-- > 0;) {
		if (rules_equal(&gathering->rules[i], rules)) {
			*index = i;
			return 0;
		}
	}
	if (_cen_grow(&gathering->rules, &gathering->rules_capacity, gathering->rules_count, sizeof(*kept)) < 0)
		return -ENOMEM;
	kept = &gathering->rules[gathering->rules_count];
	kept->items = _cen_arena_alloc(gathering->arena, rules->count, sizeof(*rules->items));
	if (!kept->items)
		return -ENOMEM;
	if (rules->count)
		memcpy(kept->items, rules->items, rules->count * sizeof(*rules->items));
	kept->count = rules->count;
	*index = gathering->rules_count++;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct seen *a = left, *b = right;

	if (a->fourcc != b->fourcc)
		return a->fourcc < b->fourcc ? -1 : 1;
	if (a->modifier != b->modifier)
		return a->modifier < b->modifier ? -1 : 1;
	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	return a->size < b->size ? -1 : a->size > b->size;
}

/* The alternatives of a set, in its order: by format, modifier, then as the device said them. Returns how many. */
static size_t list(const struct cen_capabilities *caps, uint32_t size, struct seen *out)
{
	for (size_t i = 0; i < caps->count; i++) {
		const struct capability_entry *entry = &caps->entries[i];

		out[i] = (struct seen){.fourcc = entry->fourcc,
				       .preference = entry->preference,
				       .modifier = entry->modifier,
				       .size = size,
				       .set = entry->set};
		if (i && out[i - 1].fourcc == entry->fourcc && out[i - 1].modifier == entry->modifier)
			out[i].layer = out[i - 1].layer + 1;
	}
	return caps->count;
}

static bool is_one_cell(const struct seen *a, const struct seen *b)
{
	return a->fourcc == b->fourcc && a->modifier == b->modifier && a->layer == b->layer;
}

/* The cell that begins here. */
static struct cell take_cell(const struct seen *items, size_t count)
{
	struct cell cell = {.items = items, .count = 1, .format = cen_format_get_info(items->fourcc)};

	while (cell.count < count && is_one_cell(items, &items[cell.count]))
		cell.count++;
	return cell;
}

/* It is liked as much and asks for the same kinds of things, known in the same way. */
static bool is_alike(const struct seen *a, const struct seen *b)
{
	if (a->preference != b->preference || a->set->slots != b->set->slots)
		return false;
	for (size_t i = 0; i < a->set->count; i++) {
		if (a->set->items[i].provenance != b->set->items[i].provenance ||
		    !text_equal(a->set->items[i].note, b->set->items[i].note))
			return false;
	}
	return true;
}

/*
 * The sizes at which the alternative is alike, into items: more than half of those described, and two at least. The others
 * are exceptions, such as sizes that are too large for the device. Returns false where there are not so many.
 */
static bool take_alike(const struct cell *cell, size_t described, struct seen items[CEN_RECORD_MAX_SIZES],
		       struct cell *out)
{
	for (size_t first = 0; first < cell->count; first++) {
		*out = (struct cell){.items = items, .format = cell->format};
		for (size_t i = first; i < cell->count; i++) {
			if (is_alike(&cell->items[first], &cell->items[i]))
				items[out->count++] = cell->items[i];
		}
		if (out->count >= 2 && 2 * out->count > described)
			return true;
	}
	return false;
}

/* The values of the n-th constraint. Returns whether they are all the same. */
static bool sample(const struct file_gathering *gathering, const struct cell *cell, size_t n,
		   struct file_sample *samples)
{
	bool is_same = true;

	for (size_t i = 0; i < cell->count; i++) {
		const struct cen_record_size *size = &gathering->sizes[cell->items[i].size];
		uint64_t value = cell->items[i].set->items[n].value;

		samples[i] = (struct file_sample){size->width, size->height, value};
		is_same = is_same && value == cell->items->set->items[n].value;
	}
	return is_same;
}

static int vote(const struct file_gathering *gathering, const struct cell *cell, struct votes *votes)
{
	struct file_sample samples[CEN_RECORD_MAX_SIZES];

	for (size_t n = 0; n < cell->items->set->count; n++) {
		const struct cen_constraint *constraint = &cell->items->set->items[n];
		size_t candidates = _cen_file_infer_count(constraint->kind);
		uint32_t **slot = &votes->of[_cen_constraint_slot(constraint->kind, constraint->plane)];

		if (!candidates || sample(gathering, cell, n, samples))
			continue;
		if (!*slot)
			*slot = calloc(candidates, sizeof(**slot));
		if (!*slot)
			return -ENOMEM;
		for (size_t i = 0; i < candidates; i++) {
			struct file_rule rule = _cen_file_infer_get(constraint, i);

			(*slot)[i] += _cen_file_infer_fits(&rule, cell->format, samples, cell->count);
		}
	}
	return 0;
}

/* Of the candidates that fit the one with the most votes, the simplest of several. */
static bool choose(const struct cen_constraint *constraint, const struct cell *cell, const struct file_sample *samples,
		   const struct votes *votes, struct file_rule *out)
{
	const uint32_t *slot = votes->of[_cen_constraint_slot(constraint->kind, constraint->plane)];
	size_t candidates = slot ? _cen_file_infer_count(constraint->kind) : 0;
	uint32_t best = 0;

	for (size_t i = 0; i < candidates; i++) {
		struct file_rule rule = _cen_file_infer_get(constraint, i);

		if (slot[i] > best && _cen_file_infer_fits(&rule, cell->format, samples, cell->count)) {
			best = slot[i];
			*out = rule;
		}
	}
	return best > 0;
}

static struct file_rule value_rule(const struct cen_constraint *constraint)
{
	return (struct file_rule){.constraint = *constraint, .width_step = 1, .align = 1};
}

/* Rules that hold at all sizes of the cell. Returns false where there are none. */
static bool infer(const struct file_gathering *gathering, const struct cell *cell, const struct votes *votes,
		  struct file_rules *rules)
{
	struct file_sample samples[CEN_RECORD_MAX_SIZES];

	for (size_t n = 0; n < cell->items->set->count; n++) {
		const struct cen_constraint *constraint = &cell->items->set->items[n];

		rules->items[n] = value_rule(constraint);
		if (!sample(gathering, cell, n, samples) && !choose(constraint, cell, samples, votes, &rules->items[n]))
			return false;
	}
	rules->count = cell->items->set->count;
	return true;
}

static int add_piece(struct file_gathering *gathering, uint32_t usage, const struct seen *seen,
		     const struct file_rules *rules, struct file_piece piece)
{
	piece.layer = seen->layer;
	piece.usage = usage;
	piece.fourcc = seen->fourcc;
	piece.preference = seen->preference;
	piece.modifier = seen->modifier;
	if (_cen_grow(&gathering->pieces, &gathering->piece_capacity, gathering->piece_count, sizeof(piece)) < 0 ||
	    intern(gathering, rules, &piece.rules) < 0)
		return -ENOMEM;
	gathering->pieces[gathering->piece_count++] = piece;
	return 0;
}

static uint32_t get_sizes(const struct cell *cell)
{
	uint32_t sizes = 0;

	for (size_t i = 0; i < cell->count; i++)
		sizes |= 1u << cell->items[i].size;
	return sizes;
}

/* One piece for the sizes that follow a rule, and one for each of the others. */
static int add_cell(struct file_gathering *gathering, uint32_t usage, const struct cell *cell, uint32_t described,
		    const struct votes *votes)
{
	struct seen alike_items[CEN_RECORD_MAX_SIZES];
	struct file_rule items[CEN_SLOT_COUNT];
	struct file_rules rules = {.items = items};
	uint32_t done = 0;
	struct cell alike;
	int ret = 0;

	if (take_alike(cell, (size_t)__builtin_popcount(described), alike_items, &alike) &&
	    infer(gathering, &alike, votes, &rules)) {
		done = get_sizes(&alike);
		ret = add_piece(gathering, usage, alike.items, &rules,
				(struct file_piece){.sizes = described & ~done, .is_except = true});
	}
	for (size_t i = 0; ret == 0 && i < cell->count; i++) {
		const struct constraint_set *set = cell->items[i].set;

		if (done >> cell->items[i].size & 1)
			continue;
		for (rules.count = 0; rules.count < set->count; rules.count++)
			items[rules.count] = value_rule(&set->items[rules.count]);
		ret = add_piece(gathering, usage, &cell->items[i], &rules,
				(struct file_piece){.sizes = 1u << cell->items[i].size});
	}
	return ret;
}

static int vote_cell(const struct file_gathering *gathering, const struct cell *cell, uint32_t described,
		     struct votes *votes)
{
	struct seen items[CEN_RECORD_MAX_SIZES];
	struct cell alike;

	if (!take_alike(cell, (size_t)__builtin_popcount(described), items, &alike))
		return 0;
	return vote(gathering, &alike, votes);
}

int _cen_file_gather(struct file_gathering *gathering, uint32_t usage, const struct file_answer *answers)
{
	_cleanup_(votes_cleanup) struct votes votes = {0};
	_cleanup_free_ struct seen *seen = NULL;
	size_t total = 0, count = 0;
	uint32_t described = 0;
	int ret = 0;

	for (uint32_t i = 0; i < gathering->size_count; i++) {
		described |= answers[i].caps ? 1u << i : 0;
		total += answers[i].caps ? answers[i].caps->count : 0;
	}
	seen = calloc(total ? total : 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	for (uint32_t i = 0; i < gathering->size_count; i++)
		count += answers[i].caps ? list(answers[i].caps, i, &seen[count]) : 0;
	qsort(seen, count, sizeof(*seen), compare);
	for (size_t i = 0; ret == 0 && i < count;) {
		struct cell cell = take_cell(&seen[i], count - i);

		ret = vote_cell(gathering, &cell, described, &votes);
		i += cell.count;
	}
	for (size_t i = 0; ret == 0 && i < count;) {
		struct cell cell = take_cell(&seen[i], count - i);

		ret = add_cell(gathering, usage, &cell, described, &votes);
		i += cell.count;
	}
	return ret;
}

void _cen_file_gathering_finish(struct file_gathering *gathering)
{
	free(gathering->pieces);
	free(gathering->rules);
	free(gathering->alternatives);
	free(gathering->notes);
}
