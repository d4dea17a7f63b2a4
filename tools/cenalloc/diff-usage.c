/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a device accepts for each usage, on two machines. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diff-findings.h"
#include "words.h"

#define TEXT_SIZE 192

/* A side of the comparison of a usage at a size. */
struct answer {
	struct cen_machine *machine;
	struct cen_capabilities *caps;
	char *notes;
	struct cen_error *err;
};

struct comparison {
	struct diff_findings *findings;
	struct answer a, b;
	uint32_t usage;
	size_t size; /* index */
};

static void answer_finish(struct answer *answer)
{
	cen_capabilities_unref(answer->caps);
	free(answer->notes);
	cen_error_destroy(answer->err);
}

static void comparison_cleanup(struct comparison *comparison)
{
	answer_finish(&comparison->a);
	answer_finish(&comparison->b);
}

/* Numbers of devices are those of one machine: the path is told. */
static void say_value(const struct comparison *comparison, const struct answer *answer,
		      const struct cen_constraint *constraint, char *buf, size_t size)
{
	const struct cen_device *device = NULL;
	char value[WORDS_VALUE_SIZE];

	if (constraint->kind == CEN_CONSTRAINT_EXPORTER)
		cen_machine_find_devnum(answer->machine, constraint->value, comparison->usage, &device, NULL);
	snprintf(buf, size, "%.120s (%s)", device ? cen_device_get_path(device) : words_value(constraint, value),
		 cen_provenance_get_name(constraint->provenance));
}

/* The order of slots, behind what is said of the alternative as a whole. */
static size_t order_of(const struct cen_constraint *constraint)
{
	return 16 + constraint->kind * 4 + constraint->plane;
}

static int compare_constraint(struct comparison *comparison, const struct cen_capability *item, size_t layer,
			      const struct cen_constraint *a, const struct cen_constraint *b)
{
	const struct cen_constraint *one = a ? a : b;
	char kind[WORDS_VALUE_SIZE], what[TEXT_SIZE], old[TEXT_SIZE], new[TEXT_SIZE];
	struct diff_finding where = {.what = what, .fourcc = item->fourcc, .modifier = item->modifier};

	if (!one)
		return 0;
	where.order = order_of(one);
	if (a)
		say_value(comparison, &comparison->a, a, old, sizeof(old));
	if (b)
		say_value(comparison, &comparison->b, b, new, sizeof(new));
	if (a && b && strcmp(old, new) == 0)
		return 0;
	words_kind(one, kind);
	if (layer)
		snprintf(what, sizeof(what), "%s of alternative %zu", kind, layer + 1);
	else
		snprintf(what, sizeof(what), "%s", kind);
	return diff_findings_add(comparison->findings, &where, comparison->size, a ? old : NULL, b ? new : NULL);
}

/* Both lists are in one order, that of kinds and planes. */
static int compare_constraints(struct comparison *comparison, size_t layer, const struct cen_capability *a,
			       const struct cen_capability *b)
{
	size_t i = 0, n = 0;
	int ret = 0;

	while (ret == 0 && (i < a->constraint_count || n < b->constraint_count)) {
		const struct cen_constraint *before = i < a->constraint_count ? &a->constraints[i] : NULL;
		const struct cen_constraint *after = n < b->constraint_count ? &b->constraints[n] : NULL;

		if (before && after && order_of(before) != order_of(after)) {
			if (order_of(before) < order_of(after))
				after = NULL;
			else
				before = NULL;
		}
		ret = compare_constraint(comparison, a, layer, before, after);
		i += before != NULL;
		n += after != NULL;
	}
	return ret;
}

/* A number that has no constraint: how well it is liked, how many alternatives there are. */
static int compare_number(struct comparison *comparison, const struct cen_capability *item, size_t order,
			  const char *what, size_t a, size_t b)
{
	struct diff_finding where = {.what = what, .fourcc = item->fourcc, .modifier = item->modifier, .order = order};
	char old[24], new[24];

	if (a == b)
		return 0;
	snprintf(old, sizeof(old), "%zu", a);
	snprintf(new, sizeof(new), "%zu", b);
	return diff_findings_add(comparison->findings, &where, comparison->size, a ? old : NULL, b ? new : NULL);
}

static struct cen_capability get(const struct cen_capabilities *caps, size_t index)
{
	struct cen_capability item = {.size = sizeof(item)};

	cen_capabilities_get(caps, index, &item);
	return item;
}

/* How many alternatives from here on are of this format and modifier. */
static size_t count_layers(const struct cen_capabilities *caps, size_t index, const struct cen_capability *item)
{
	size_t n = 0;

	for (size_t count = cen_capabilities_get_count(caps); index + n < count; n++) {
		struct cen_capability other = get(caps, index + n);

		if (other.fourcc != item->fourcc || other.modifier != item->modifier)
			break;
	}
	return n;
}

static int compare_format(struct comparison *comparison, const struct cen_capability *item, size_t a, size_t a_count,
			  size_t b, size_t b_count)
{
	const char *what = a_count && b_count ? "alternatives" : "accepted";
	/* What is lost comes before what is won. */
	int ret = compare_number(comparison, item, a_count ? 0 : 1, what, a_count, b_count);

	for (size_t i = 0; ret == 0 && i < a_count && i < b_count; i++) {
		struct cen_capability old = get(comparison->a.caps, a + i), new = get(comparison->b.caps, b + i);

		/* 1 is the best place. */
		ret = compare_number(comparison, item, 2, "preference", old.preference + (size_t)1,
				     new.preference + (size_t)1);
		if (ret == 0)
			ret = compare_constraints(comparison, i, &old, &new);
	}
	return ret;
}

static bool comes_first(const struct cen_capability *a, const struct cen_capability *b)
{
	return a->fourcc < b->fourcc || (a->fourcc == b->fourcc && a->modifier <= b->modifier);
}

static int compare_sets(struct comparison *comparison)
{
	const struct cen_capabilities *a = comparison->a.caps, *b = comparison->b.caps;
	size_t a_end = cen_capabilities_get_count(a), b_end = cen_capabilities_get_count(b), i = 0, n = 0;
	int ret = 0;

	while (ret == 0 && (i < a_end || n < b_end)) {
		struct cen_capability old = get(a, i), new = get(b, n);
		const struct cen_capability *item = n == b_end || (i < a_end && comes_first(&old, &new)) ? &old : &new;
		size_t a_count = count_layers(a, i, item), b_count = count_layers(b, n, item);

		ret = compare_format(comparison, item, i, a_count, n, b_count);
		i += a_count;
		n += b_count;
	}
	return ret;
}

/* It cannot be asked, or could not be when it was recorded. */
static bool is_unknown(const struct answer *answer)
{
	return answer->err ||
	       (!cen_capabilities_get_count(answer->caps) && answer->notes && strstr(answer->notes, "not described: "));
}

static int compare_failures(struct comparison *comparison)
{
	struct diff_finding where = {.what = "described"};
	const struct cen_error *a = comparison->a.err, *b = comparison->b.err;

	return diff_findings_add(comparison->findings, &where, comparison->size,
				 a ? cen_error_get_message(a) : "as asked", b ? cen_error_get_message(b) : "as asked");
}

static int ask(const struct diff *diff, const struct comparison *comparison, struct answer *answer,
	       const struct diff_side *side, const struct cen_device *device)
{
	const struct cen_record_size *size = &diff->sizes[comparison->size];
	int ret = cen_machine_describe(side->machine, device, comparison->usage, size->width, size->height, NULL, 0,
				       &answer->caps, &answer->notes, &answer->err);

	answer->machine = side->machine;
	return ret == -ENOMEM || (ret < 0 && !answer->err) ? -ENOMEM : 0;
}

static int compare_size(struct diff *diff, struct diff_findings *findings, uint32_t usage, size_t size,
			const struct cen_device *a, const struct cen_device *b)
{
	_cleanup_(comparison_cleanup) struct comparison comparison = {
		.findings = findings, .usage = usage, .size = size};
	int ret = ask(diff, &comparison, &comparison.a, &diff->a, a);

	if (ret == 0)
		ret = ask(diff, &comparison, &comparison.b, &diff->b, b);
	if (ret < 0)
		return ret;
	/* Of two that cannot be asked, nothing is known to differ. */
	if (is_unknown(&comparison.a) && is_unknown(&comparison.b))
		return 0;
	return comparison.a.err || comparison.b.err ? compare_failures(&comparison) : compare_sets(&comparison);
}

static int compare_usage(struct diff *diff, struct json_object *to, uint32_t usage, const struct cen_device *a,
			 const struct cen_device *b)
{
	_cleanup_(diff_findings_finish) struct diff_findings findings = {0};
	struct json_object *list = diff_get(to, "usages"), *entry;
	int ret = 0;

	for (size_t s = 0; ret == 0 && s < diff->size_count; s++)
		ret = compare_size(diff, &findings, usage, s, a, b);
	if (ret < 0 || !findings.count)
		return ret;
	if (!list)
		list = diff_add(diff, to, "usages", json_object_new_array());
	entry = diff_add(diff, list, NULL, json_object_new_object());
	diff_add_text(diff, entry, "usage", cen_usage_get_name(usage));
	diff_findings_write(diff, &findings, entry);
	return 0;
}

int diff_usages(struct diff *diff, struct json_object *to, const struct cen_device *a, const struct cen_device *b)
{
	uint32_t both = cen_device_get_usages(a) & cen_device_get_usages(b);
	int ret = 0;

	for (uint32_t usage = 0; ret == 0 && cen_usage_get_name(usage); usage++) {
		if (both & CEN_USAGE_BIT(usage))
			ret = compare_usage(diff, to, usage, a, b);
	}
	return ret;
}
