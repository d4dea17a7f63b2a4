/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What quirks make of a device's answer, and the report of what they changed. Pure. */
#include <errno.h>
#include <stdio.h>

#include "capability.h"
#include "cleanup.h"
#include "error.h"
#include "quirk.h"
#include "util.h"

/* Lines of a report: beyond them only their number is told. */
#define MAX_CHANGES 64

enum change_kind {
	CHANGE_ADDED,
	CHANGE_CHANGED,
	CHANGE_REMOVED,
	CHANGE_REFUSED, /* the quirk drops the alternative */
	CHANGE_CLASHED, /* before and after do not merge: the alternative is dropped */
};

/* One line of the report. Notes of the constraints are borrowed. */
struct change {
	enum change_kind kind;
	const struct quirk *quirk;
	struct cen_constraint before, after;
	size_t alternatives;
};

struct report {
	struct change changes[MAX_CHANGES];
	size_t count, more;
};

/* The constraints of one alternative, by slot. */
struct draft {
	uint64_t slots;
	struct cen_constraint items[CEN_SLOT_COUNT];
};

static bool is_same_constraint(const struct cen_constraint *a, const struct cen_constraint *b)
{
	return a->kind == b->kind && a->plane == b->plane && a->value == b->value;
}

/* Changes that are the same but for the alternative are one line. */
static void tell(struct report *report, enum change_kind kind, const struct quirk *quirk,
		 const struct cen_constraint *before, const struct cen_constraint *after)
{
	const struct change change = {
		.kind = kind,
		.quirk = quirk,
		.before = before ? *before : (struct cen_constraint){0},
		.after = after ? *after : (struct cen_constraint){0},
		.alternatives = 1,
	};

	for (size_t i = 0; i < report->count; i++) {
		struct change *known = &report->changes[i];

		if (known->kind == kind && known->quirk == quirk &&
		    is_same_constraint(&known->before, &change.before) &&
		    is_same_constraint(&known->after, &change.after)) {
			known->alternatives++;
			return;
		}
	}
	if (report->count < MAX_CHANGES)
		report->changes[report->count++] = change;
	else
		report->more++;
}

static void remove_constraints(struct draft *draft, const struct quirk *quirk, struct report *report)
{
	for (size_t slot = 0; slot < CEN_SLOT_COUNT; slot++) {
		if (draft->slots & quirk->remove & (1ull << slot))
			tell(report, CHANGE_REMOVED, quirk, &draft->items[slot], NULL);
	}
	draft->slots &= ~quirk->remove;
}

/* Put a constraint where another may be. One that says the same stays as it is known already. */
static void put(struct draft *draft, const struct quirk *quirk, const struct cen_constraint *item, uint64_t value,
		struct report *report)
{
	size_t slot = (size_t)_cen_constraint_slot(item->kind, item->plane);
	bool is_there = draft->slots & (1ull << slot);
	struct cen_constraint after = *item;

	after.value = value;
	if (is_there && draft->items[slot].value == value)
		return;
	tell(report, is_there ? CHANGE_CHANGED : CHANGE_ADDED, quirk, is_there ? &draft->items[slot] : NULL, &after);
	draft->slots |= 1ull << slot;
	draft->items[slot] = after;
}

/* Returns false when the constraint cannot hold together with the one that is there. */
static bool merge(struct draft *draft, const struct quirk *quirk, const struct cen_constraint *item,
		  struct report *report)
{
	size_t slot = (size_t)_cen_constraint_slot(item->kind, item->plane);
	uint64_t value = item->value;

	if (draft->slots & (1ull << slot) &&
	    !_cen_constraint_merge(item->kind, draft->items[slot].value, item->value, &value)) {
		tell(report, CHANGE_CLASHED, quirk, &draft->items[slot], item);
		return false;
	}
	put(draft, quirk, item, value, report);
	return true;
}

/* Returns false when the alternative is dropped. */
static bool apply(struct draft *draft, const struct quirk *quirk, struct report *report)
{
	if (quirk->is_refusal) {
		tell(report, CHANGE_REFUSED, quirk, NULL, NULL);
		return false;
	}
	remove_constraints(draft, quirk, report);
	for (size_t i = 0; i < quirk->set.count; i++)
		put(draft, quirk, &quirk->set.items[i], quirk->set.items[i].value, report);
	for (size_t i = 0; i < quirk->add.count; i++) {
		if (!merge(draft, quirk, &quirk->add.items[i], report))
			return false;
	}
	return true;
}

static void fill_draft(struct draft *draft, const struct constraint_set *set)
{
	size_t at = 0;

	draft->slots = set->slots;
	for (size_t slot = 0; slot < CEN_SLOT_COUNT; slot++) {
		if (set->slots & (1ull << slot))
			draft->items[slot] = set->items[at++];
	}
}

/* Append the alternative as the draft has it. */
static int add_alternative(struct cen_capabilities *to, const struct capability_entry *entry, const struct draft *draft,
			   struct cen_error **err)
{
	struct cen_constraint items[CEN_SLOT_COUNT];
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = entry->fourcc,
		.preference = entry->preference,
		.modifier = entry->modifier,
		.constraints = items,
	};

	for (size_t slot = 0; slot < CEN_SLOT_COUNT; slot++) {
		if (draft->slots & (1ull << slot))
			items[capability.constraint_count++] = draft->items[slot];
	}
	return cen_capabilities_add(to, &capability, err);
}

/* All alternatives through the quirks that have to do with the device. */
static int apply_all(const struct quirk *const *quirks, size_t count, const struct cen_capabilities *caps,
		     struct cen_capabilities *to, struct report *report, struct cen_error **err)
{
	int ret = 0;

	for (size_t i = 0; i < caps->count && ret == 0; i++) {
		const struct capability_entry *entry = &caps->entries[i];
		bool is_kept = true;
		struct draft draft;

		fill_draft(&draft, entry->set);
		for (size_t q = 0; q < count && is_kept; q++) {
			if (_cen_quirk_matches_alternative(&quirks[q]->match, entry->fourcc, entry->modifier))
				is_kept = apply(&draft, quirks[q], report);
		}
		if (is_kept)
			ret = add_alternative(to, entry, &draft, err);
	}
	return ret;
}

/* "stride-align 64", the plane with it; a word for its value alone begins behind *value. */
static void write_constraint(const struct cen_constraint *constraint, char text[256], const char **value)
{
	struct cen_constraint plain = *constraint;
	char *equals;

	plain.provenance = 0;
	cen_constraint_to_string(&plain, text, 256);
	equals = strchr(text, '=');
	*equals = ' ';
	*value = equals + 1;
}

static void print_change(FILE *out, const struct change *change)
{
	char before[256], after[256];
	const char *before_value = NULL, *after_value = NULL;

	if (change->before.kind)
		write_constraint(&change->before, before, &before_value);
	if (change->after.kind)
		write_constraint(&change->after, after, &after_value);
	fprintf(out, "quirk %s: ", change->quirk->name);
	switch (change->kind) {
	case CHANGE_ADDED:
		fprintf(out, "%s added", after);
		break;
	case CHANGE_CHANGED:
		fprintf(out, "%s -> %s", before, after_value);
		break;
	case CHANGE_REMOVED:
		fprintf(out, "%s removed", before);
		break;
	case CHANGE_REFUSED:
		fputs("refused", out);
		break;
	case CHANGE_CLASHED:
		fprintf(out, "refused: %s cannot be %s, too", before, after_value);
		break;
	}
	fprintf(out, " (%zu alternative%s)", change->alternatives, change->alternatives == 1 ? "" : "s");
}

/* NULL when there is no memory. */
static char *write_report(const struct report *report)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	bool has_failed;

	if (!out)
		return NULL;
	for (size_t i = 0; i < report->count; i++) {
		if (i)
			fputc('\n', out);
		print_change(out, &report->changes[i]);
	}
	if (report->more)
		fprintf(out, "\nquirks: %zu more changes", report->more);
	has_failed = ferror(out);
	if (fclose(out) == 0 && !has_failed)
		return text;
	free(text);
	return NULL;
}

/* The quirks that have to do with the device; NULL when there is no memory. */
static const struct quirk **choose(const struct quirk *const *quirks, size_t count, const struct quirk_facts *facts,
				   size_t *chosen)
{
	const struct quirk **list = calloc(count + 1, sizeof(*list));

	*chosen = 0;
	for (size_t i = 0; list && i < count; i++) {
		if (_cen_quirk_matches_device(&quirks[i]->match, facts))
			list[(*chosen)++] = quirks[i];
	}
	return list;
}

int _cen_quirks_apply(const struct quirk *const *quirks, size_t count, const struct quirk_facts *facts,
		      const struct cen_capabilities *caps, struct cen_capabilities **out, char **report_text,
		      struct cen_error **err)
{
	_cleanup_caps_ struct cen_capabilities *changed = NULL;
	_cleanup_free_ const struct quirk **chosen = NULL;
	struct report report;
	int ret;

	*out = NULL;
	*report_text = NULL;
	chosen = choose(quirks, count, facts, &count);
	if (!chosen)
		return _cen_error_no_memory(err);
	if (!count)
		return 0;
	if (cen_capabilities_create(&changed) < 0)
		return _cen_error_no_memory(err);
	report.count = report.more = 0;
	ret = apply_all(chosen, count, caps, changed, &report, err);
	if (ret < 0)
		return ret;
	if (report.count) {
		*report_text = write_report(&report);
		if (!*report_text)
			return _cen_error_no_memory(err);
	}
	*out = STEAL(changed);
	return 0;
}
