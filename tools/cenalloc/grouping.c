/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Alternatives of a capability set, grouped for a reader. */
#include "grouping.h"

#include <errno.h>
#include <string.h>

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool constraint_equal(const struct cen_constraint *a, const struct cen_constraint *b)
{
	return a->kind == b->kind && a->plane == b->plane && a->value == b->value && a->provenance == b->provenance &&
	       text_equal(a->note, b->note);
}

/* The library keeps constraints in one order, so equal sets are equal arrays. */
static bool constraints_equal(const struct cen_capability *a, const struct cen_capability *b)
{
	if (a->constraint_count != b->constraint_count)
		return false;
	for (size_t i = 0; i < a->constraint_count; i++) {
		if (!constraint_equal(&a->constraints[i], &b->constraints[i]))
			return false;
	}
	return true;
}

static int group_add(struct group *group, size_t member)
{
	size_t *grown = reallocarray(group->members, group->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	group->members = grown;
	grown[group->count++] = member;
	return 0;
}

static int place(struct grouping *grouping, size_t member)
{
	struct group *grown;

	for (size_t i = 0; i < grouping->group_count; i++) {
		struct group *group = &grouping->groups[i];

		if (constraints_equal(&grouping->items[group->members[0]], &grouping->items[member]))
			return group_add(group, member);
	}
	grown = reallocarray(grouping->groups, grouping->group_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grouping->groups = grown;
	grown[grouping->group_count] = (struct group){0};
	return group_add(&grown[grouping->group_count++], member);
}

int grouping_init(struct grouping *grouping, const struct cen_capabilities *caps)
{
	size_t count = cen_capabilities_get_count(caps);

	*grouping = (struct grouping){.caps = caps, .items = calloc(count ? count : 1, sizeof(*grouping->items))};
	if (!grouping->items)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		grouping->items[i].size = sizeof(grouping->items[i]);
		if (cen_capabilities_get(caps, i, &grouping->items[i]) < 0)
			break;
		grouping->item_count++;
	}
	for (size_t i = 0; i < grouping->item_count; i++) {
		int ret = place(grouping, i);

		if (ret < 0)
			return ret;
	}
	return 0;
}

void grouping_finish(struct grouping *grouping)
{
	for (size_t i = 0; i < grouping->group_count; i++)
		free(grouping->groups[i].members);
	free(grouping->groups);
	free(grouping->items);
}

static bool has_constraint(const struct cen_capability *item, const struct cen_constraint *constraint)
{
	for (size_t i = 0; i < item->constraint_count; i++) {
		if (constraint_equal(&item->constraints[i], constraint))
			return true;
	}
	return false;
}

bool grouping_is_common(const struct grouping *grouping, const struct cen_constraint *constraint)
{
	/* With one group "all of them" and "these" are the same. */
	if (grouping->group_count < 2)
		return false;
	for (size_t i = 0; i < grouping->group_count; i++) {
		if (!has_constraint(&grouping->items[grouping->groups[i].members[0]], constraint))
			return false;
	}
	return true;
}

void group_lines_free(struct group_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(lines[i].fourccs);
		free(lines[i].modifiers);
	}
	free(lines);
}

/* The set is sorted by fourcc: a format's modifiers are neighbours. Returns the index behind them, or 0: no memory. */
static size_t take_format(const struct grouping *grouping, const struct group *group, size_t first,
			  struct group_line *line)
{
	uint32_t fourcc = grouping->items[group->members[first]].fourcc;
	size_t end = first;

	*line = (struct group_line){.fourccs = calloc(group->count, sizeof(uint32_t)),
				    .modifiers = calloc(group->count, sizeof(uint64_t))};
	if (!line->fourccs || !line->modifiers)
		return 0;
	line->fourccs[line->fourcc_count++] = fourcc;
	for (; end < group->count && grouping->items[group->members[end]].fourcc == fourcc; end++)
		line->modifiers[line->modifier_count++] = grouping->items[group->members[end]].modifier;
	return end;
}

/* Join the last line with an earlier one of the same modifiers. Returns whether it was. */
static bool join(struct group_line *lines, size_t last)
{
	const struct group_line *from = &lines[last];

	for (size_t i = 0; i < last; i++) {
		struct group_line *to = &lines[i];

		if (to->modifier_count != from->modifier_count ||
		    memcmp(to->modifiers, from->modifiers, to->modifier_count * sizeof(*to->modifiers)) != 0)
			continue;
		to->fourccs[to->fourcc_count++] = from->fourccs[0];
		return true;
	}
	return false;
}

int grouping_get_lines(const struct grouping *grouping, const struct group *group, struct group_line **out,
		       size_t *count)
{
	/* One more than there can be lines: the candidate lives behind those that are kept. */
	struct group_line *lines = calloc(group->count + 1, sizeof(*lines));
	size_t kept = 0;

	*out = NULL;
	*count = 0;
	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < group->count;) {
		i = take_format(grouping, group, i, &lines[kept]);
		if (i == 0) {
			group_lines_free(lines, kept + 1);
			return -ENOMEM;
		}
		if (join(lines, kept)) {
			free(lines[kept].fourccs);
			free(lines[kept].modifiers);
			lines[kept] = (struct group_line){0};
		} else {
			kept++;
		}
	}
	*out = lines;
	*count = kept;
	return 0;
}
