/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* cen_solve_split(): a pipeline in as few groups with a buffer each as can be, and who copies between them. */
#include "split.h"

#include <errno.h>

#include "cleanup.h"
#include "error.h"
#include "machine.h"
#include "solve.h"
#include "util.h"

struct cen_split *cen_split_ref(struct cen_split *split)
{
	atomic_fetch_add_explicit(&split->refs, 1, memory_order_relaxed);
	return split;
}

void cen_split_unref(struct cen_split *split)
{
	if (!split || atomic_fetch_sub_explicit(&split->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t n = 0; n < split->group_count; n++)
		cen_solution_unref(split->groups[n].solution);
	cen_solution_unref(split->alone);
	_cen_arena_destroy(split->arena);
	_cen_machine_unref(split->machine);
	free(split);
}

static void split_cleanup(struct cen_split **split)
{
	cen_split_unref(*split);
}

static struct cen_split *split_create(struct cen_machine *machine)
{
	struct cen_split *split = calloc(1, sizeof(*split));

	if (!split)
		return NULL;
	split->arena = _cen_arena_create();
	if (!split->arena) {
		free(split);
		return NULL;
	}
	split->refs = 1;
	split->failed = SIZE_MAX;
	split->machine = _cen_machine_ref(machine);
	return split;
}

/* The way to the last state, from its end to its beginning. */
static int take_way(struct split_search *search, struct cen_split *split, struct cen_error **err)
{
	struct split_state *to = &search->states[search->state_count - 1];
	struct split_part parts[CEN_MAX_USAGES];

	split->group_count = to->groups;
	for (size_t n = split->group_count; n-- > 0; to = &search->states[to->from]) {
		const struct split_state *from = &search->states[to->from];

		parts[n] = (struct split_part){.first = from->at, .end = to->at, .front = from->by, .back = to->by};
		split->groups[n] = (struct cen_split_group){
			.size = sizeof(split->groups[n]),
			.first = (uint32_t)from->at,
			.count = (uint32_t)(to->at - from->at),
			.solution = cen_solution_ref(to->solution),
		};
	}
	return _cen_split_tell_groups(search, split, parts, err);
}

/* The usage is asked anew: what would help may be another format, which it was not asked about. */
static int solve_alone(const struct split_search *search, struct cen_split *split, uint32_t flags,
		       struct cen_error **err)
{
	const struct split_part part = {.first = split->failed, .end = split->failed + 1};
	struct cen_request view;
	int ret;

	_cen_split_view_part(search, &part, &view);
	view.usages[0] = search->request->usages[split->failed];
	ret = cen_solve(&view, flags, &split->alone, err);
	if (ret < 0)
		return ret;
	if (!cen_solution_get_conflict(split->alone))
		return _cen_error_set(err, CEN_ERROR_BUSY, EAGAIN, &(struct error_facts){.device = view.usages[0].name},
				      "%s: what it accepts changed while it was asked; solve again",
				      view.usages[0].name);
	return _cen_split_tell_alone(search, split, err);
}

static int fill_split(struct split_search *search, uint32_t flags, struct cen_split *split, struct cen_error **err)
{
	struct split_part last = {0};
	size_t failed;
	int ret = _cen_split_ask_usages(search, err);

	if (ret == 0)
		ret = _cen_split_find_reach(search, &failed, err);
	if (ret < 0)
		return ret;
	if (ret == 0) {
		split->failed = failed;
		return solve_alone(search, split, flags, err);
	}
	/* One group asks nobody else. */
	ret = search->least[0] > 1 ? _cen_split_ask_copiers(search, err) : 0;
	if (ret == 0)
		ret = _cen_split_search(search, err);
	if (ret != 0)
		return ret < 0 ? ret : take_way(search, split, err);
	ret = _cen_split_find_end(search, &last, err);
	return ret < 0 ? ret : _cen_split_tell_missing(search, split, &last, err);
}

int cen_solve_split(struct cen_request *request, uint32_t flags, struct cen_split **out, struct cen_error **err)
{
	_cleanup_(split_cleanup) struct cen_split *split = NULL;
	struct split_search search = {.request = request};
	int ret = _cen_solve_check(request, flags, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	split = split_create(request->machine);
	if (!split)
		return _cen_error_no_memory(err);
	ret = fill_split(&search, flags, split, err);
	_cen_split_search_finish(&search);
	if (ret == 0)
		*out = STEAL(split);
	return ret;
}

const char *cen_copier_get_name(uint32_t copier)
{
	static const char *const names[] = {
		[CEN_COPIER_ENGINE] = "2D engine",
		[CEN_COPIER_GPU] = "GPU",
		[CEN_COPIER_CPU] = "CPU",
	};
	const char *name = copier < ARRAY_LENGTH(names) ? names[copier] : NULL;

	return name ? name : "unknown";
}

size_t cen_split_get_group_count(const struct cen_split *split)
{
	return split->group_count;
}

const char *cen_split_get_text(const struct cen_split *split)
{
	return split->text;
}

uint64_t cen_split_get_bytes(const struct cen_split *split)
{
	return split->bytes;
}

int cen_split_get_group(const struct cen_split *split, size_t index, struct cen_split_group *out)
{
	const struct cen_split_group *group;

	if (index >= split->group_count)
		return -EINVAL;
	group = &split->groups[index];
	return _cen_copy_sized(out, out->size, group, sizeof(*group), sizeof(*group)) < 0 ? -EINVAL : 0;
}

int cen_split_get_copy(const struct cen_split *split, size_t index, struct cen_split_copy *out)
{
	const struct cen_split_copy *info;

	if (!split->group_count || index >= split->copy_count)
		return -EINVAL;
	info = &split->copies[index].info;
	return _cen_copy_sized(out, out->size, info, sizeof(*info), sizeof(*info)) < 0 ? -EINVAL : 0;
}

size_t cen_split_get_rejection_count(const struct cen_split *split, size_t copy)
{
	return copy < split->copy_count ? split->copies[copy].rejection_count : 0;
}

int cen_split_get_rejection(const struct cen_split *split, size_t copy, size_t index, const struct cen_device **device,
			    const char **text)
{
	if (index >= cen_split_get_rejection_count(split, copy))
		return -EINVAL;
	*device = split->copies[copy].rejections[index].device;
	*text = split->copies[copy].rejections[index].text;
	return 0;
}

size_t cen_split_get_failed_usage(const struct cen_split *split)
{
	return split->failed;
}

const struct cen_conflict *cen_split_get_conflict(const struct cen_split *split)
{
	return split->alone ? cen_solution_get_conflict(split->alone) : NULL;
}
