/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Sets of constraints: sorted by slot, one block of memory, notes included. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "constraint-table.h"
#include "constraint.h"
#include "error.h"
#include "util.h"

/* What a set will hold, by slot, before its size is known. Notes still belong to the caller. */
struct draft {
	uint64_t slots;
	struct cen_constraint items[CEN_SLOT_COUNT];
};

static size_t note_length(const struct cen_constraint *constraint)
{
	if (!constraint->note)
		return 0;
	return constraint->kind == CEN_CONSTRAINT_HEAP ? _cen_constraint_heap_name(constraint)
						       : strlen(constraint->note);
}

/* Two constraints of one slot become one. Where neither says it all, the result follows from both. */
static int merge_into(struct cen_constraint *held, const struct cen_constraint *more, struct cen_error **err)
{
	uint64_t merged;

	if (!_cen_constraint_merge(held->kind, held->value, more->value, &merged))
		return _cen_error_set(
			err, CEN_ERROR_OVERFLOW, ERANGE, NULL,
			"%s of plane %" PRIu32 ": %" PRIu64 " and %" PRIu64 " of one alternative do not merge",
			cen_constraint_kind_get_info(held->kind)->name, held->plane, held->value, more->value);
	if (merged == held->value && (merged != more->value || held->note))
		return 0;
	if (merged == more->value) {
		*held = *more;
		return 0;
	}
	held->value = merged;
	if (more->provenance > held->provenance)
		held->provenance = more->provenance;
	if (held->provenance < CEN_PROVENANCE_DERIVED)
		held->provenance = CEN_PROVENANCE_DERIVED;
	held->note = NULL;
	return 0;
}

static int draft_fill(struct draft *draft, const struct cen_constraint *constraints, size_t count,
		      struct cen_error **err)
{
	draft->slots = 0;
	for (size_t i = 0; i < count; i++) {
		const struct cen_constraint *constraint = &constraints[i];
		int slot, ret;

		ret = _cen_constraint_check(constraint, err);
		if (ret < 0)
			return ret;
		slot = _cen_constraint_slot(constraint->kind, constraint->plane);
		if (!(draft->slots & (1ull << slot))) {
			draft->slots |= 1ull << slot;
			draft->items[slot] = *constraint;
			continue;
		}
		ret = merge_into(&draft->items[slot], constraint, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Bytes of the whole set: header, items, notes with their ends. Returns false when they do not fit. */
static bool draft_measure(const struct draft *draft, size_t *items_size, size_t *total)
{
	size_t count = (size_t)__builtin_popcountll(draft->slots);

	*items_size = sizeof(struct constraint_set) + count * sizeof(struct cen_constraint);
	*total = *items_size;
	for (size_t slot = 0; slot < CEN_SLOT_COUNT; slot++)
		if ((draft->slots & (1ull << slot)) && draft->items[slot].note &&
		    (__builtin_add_overflow(*total, note_length(&draft->items[slot]), total) ||
		     __builtin_add_overflow(*total, 1, total)))
			return false;
	return true;
}

int _cen_constraint_set_create(const struct cen_constraint *constraints, size_t count, struct constraint_set **out,
			       struct cen_error **err)
{
	struct constraint_set *set;
	struct draft draft;
	size_t items_size, total;
	char *text;
	int ret;

	*out = NULL;
	ret = draft_fill(&draft, constraints, count, err);
	if (ret < 0)
		return ret;
	if (!draft_measure(&draft, &items_size, &total))
		return _cen_error_no_memory(err);
	set = malloc(total);
	if (!set)
		return _cen_error_no_memory(err);
	set->count = 0;
	set->slots = draft.slots;
	text = (char *)set + items_size;
	for (size_t slot = 0; slot < CEN_SLOT_COUNT; slot++) {
		struct cen_constraint *item = &set->items[set->count];
		size_t length;

		if (!(draft.slots & (1ull << slot)))
			continue;
		*item = draft.items[slot];
		set->count++;
		if (!item->note)
			continue;
		length = note_length(item);
		memcpy(text, item->note, length);
		text[length] = '\0';
		item->note = text;
		text += length + 1;
	}
	*out = set;
	return 0;
}

static bool note_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool _cen_constraint_set_equal(const struct constraint_set *a, const struct constraint_set *b)
{
	if (a == b)
		return true;
	if (a->slots != b->slots)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].value != b->items[i].value || a->items[i].provenance != b->items[i].provenance ||
		    !note_equal(a->items[i].note, b->items[i].note))
			return false;
	return true;
}
