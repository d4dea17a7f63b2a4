/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Where to cut, and who copies.
 *
 * A state is a cut with its copier; a group leads from one state to a later one and has a plan or none. The fewest
 * groups are a shortest way from the first state to the last. What keeps the number of solves low:
 *
 * - A usage less never loses a plan. So the groups that begin at one usage have plans up to some length, and that of
 *   the next reaches at least as far: 2 n solves tell it for all, without copiers ("reach").
 * - From that follows how many groups are needed at least from each usage on ("least"). Ways are looked at in the order
 *   of what they need at least, in rounds: most cuts never come up.
 * - A copier that cannot take a neighbour of a cut alone cannot take a group: 2 solves each rule it out there.
 * - Each group is solved at most once. With c copiers that are left at each cut (the CPU is one for each format), these
 *   are at most n^2 c^2 / 2 solves; a pipeline that is cut once takes n c of them at most for each of the two groups.
 */
#include "cleanup.h"
#include "error.h"
#include "split.h"
#include "util.h"

/* Whether the usages from first to end - 1 have a plan without a copy. */
static int has_plan(const struct split_search *search, size_t first, size_t end, struct cen_error **err)
{
	_cleanup_solution_ struct cen_solution *solution = NULL;
	const struct split_part part = {.first = first, .end = end};

	return _cen_split_solve_part(search, &part, &solution, err);
}

int _cen_split_find_reach(struct split_search *search, size_t *failed, struct cen_error **err)
{
	size_t count = search->request->usage_count, end = 0;
	int ret = has_plan(search, 0, count, err);

	if (ret < 0)
		return ret;
	if (ret > 0)
		end = count;
	for (size_t first = 0; first < count; first++) {
		for (ret = 1; end < count && ret > 0; end += ret > 0) {
			ret = has_plan(search, first, end + 1, err);
			if (ret < 0)
				return ret;
		}
		*failed = first;
		if (end == first)
			return 0;
		search->reach[first] = end;
	}
	search->least[count] = 0;
	for (size_t first = count; first-- > 0;)
		search->least[first] = search->least[search->reach[first]] + 1;
	return 1;
}

static int add_state(struct split_search *search, size_t at, const struct split_end *by, struct cen_error **err)
{
	if (_cen_grow(&search->states, &search->state_capacity, search->state_count, sizeof(*search->states)))
		return _cen_error_no_memory(err);
	search->states[search->state_count++] = (struct split_state){
		.at = at,
		.by = *by,
		.groups = SPLIT_NOT_REACHED,
		.tried = SIZE_MAX,
	};
	return 0;
}

/* Whether a copier takes both neighbours of a cut, each alone. */
static int fits_cut(const struct split_search *search, size_t at, const struct split_end *by, struct cen_error **err)
{
	_cleanup_solution_ struct cen_solution *before = NULL, *behind = NULL;
	const struct split_part read = {.first = at - 1, .end = at, .back = *by};
	const struct split_part write = {.first = at, .end = at + 1, .front = *by};
	int ret = _cen_split_solve_part(search, &read, &before, err);

	return ret > 0 ? _cen_split_solve_part(search, &write, &behind, err) : ret;
}

static int add_cut(struct split_search *search, size_t at, struct cen_error **err)
{
	int ret = 0;

	for (size_t i = 0; i < search->copier_count && ret >= 0; i++) {
		struct split_end by = {.copier = &search->copiers[i]};
		size_t index = 0;

		if (by.copier->refusal)
			continue;
		if (by.copier->kind == CEN_COPIER_CPU) {
			while (ret >= 0 && (by.fourcc = _cen_split_next_linear(search, at, &index)))
				ret = add_state(search, at, &by, err);
			continue;
		}
		ret = fits_cut(search, at, &by, err);
		if (ret > 0)
			ret = add_state(search, at, &by, err);
	}
	return ret < 0 ? ret : 0;
}

static int add_states(struct split_search *search, struct cen_error **err)
{
	const struct split_end nobody = {0};
	size_t count = search->request->usage_count;
	int ret = add_state(search, 0, &nobody, err);

	for (size_t at = 1; at < count && ret >= 0; at++) {
		search->first_state[at] = search->state_count;
		ret = add_cut(search, at, err);
	}
	search->first_state[count] = search->state_count;
	if (ret >= 0)
		ret = add_state(search, count, &nobody, err);
	search->first_state[count + 1] = search->state_count;
	return ret < 0 ? ret : 0;
}

/* Below 0: a is cheaper. */
static int compare_costs(const struct split_cost *a, const struct split_cost *b)
{
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? -1 : 1;
	if (a->kinds != b->kinds)
		return a->kinds < b->kinds ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static struct split_cost add_copier(const struct split_search *search, const struct split_cost *cost,
				    const struct split_copier *copier)
{
	struct split_cost sum = *cost;

	if (!copier)
		return sum;
	sum.cpu += copier->kind == CEN_COPIER_CPU;
	sum.kinds += copier->kind;
	sum.order += (size_t)(copier - search->copiers);
	return sum;
}

/* The group between two states: solve it unless the way through it is known to be no better than another. */
static int try_group(struct split_search *search, size_t from_index, struct split_state *to, struct cen_error **err)
{
	const struct split_state *from = &search->states[from_index];
	const struct split_part part = {.first = from->at, .end = to->at, .front = from->by, .back = to->by};
	struct split_cost cost = add_copier(search, &from->cost, to->by.copier);
	_cleanup_solution_ struct cen_solution *solution = NULL;
	int ret;

	if (to->groups <= from->groups || (to->groups == from->groups + 1 && compare_costs(&cost, &to->cost) > 0))
		return 0;
	ret = _cen_split_solve_part(search, &part, &solution, err);
	if (ret <= 0)
		return ret;
	cost.bytes += _cen_split_moved_bytes(search->request, &part, solution);
	/* Of equals the later one, whose groups before are longer. */
	if (to->groups == from->groups + 1 && compare_costs(&cost, &to->cost) > 0)
		return 0;
	cen_solution_unref(to->solution);
	to->solution = STEAL(solution);
	to->groups = from->groups + 1;
	to->cost = cost;
	to->from = from_index;
	return 0;
}

/* Go on from a state to all those that can be on a way of so many groups; what was tried in earlier rounds is not. */
static int go_on(struct split_search *search, size_t index, size_t groups, struct cen_error **err)
{
	struct split_state *from = &search->states[index];
	size_t at = from->at + 1, end = search->reach[from->at];
	int ret = 0;

	while (from->groups + 1 + search->least[at] > groups)
		at++;
	if (end >= from->tried)
		end = from->tried - 1;
	from->tried = at;
	for (; at <= end; at++) {
		for (size_t to = search->first_state[at]; to < search->first_state[at + 1] && ret == 0; to++)
			ret = try_group(search, index, &search->states[to], err);
	}
	return ret;
}

/*
 * Rounds of more and more groups, and in each the states by the groups that lead to them. What a state costs stands when
 * its turn comes: a way that is found later needs more groups from the beginning to the end, and so more up to it.
 */
int _cen_split_search(struct split_search *search, struct cen_error **err)
{
	size_t count = search->request->usage_count;
	int ret = add_states(search, err);

	if (ret < 0)
		return ret;
	search->states[0].groups = 0;
	for (size_t bound = search->least[0]; bound <= count; bound++) {
		for (size_t groups = 0; groups < bound; groups++) {
			for (size_t i = 0; i + 1 < search->state_count && ret == 0; i++) {
				if (search->states[i].groups == groups)
					ret = go_on(search, i, bound, err);
			}
		}
		if (ret < 0)
			return ret;
		if (search->states[search->state_count - 1].groups != SPLIT_NOT_REACHED)
			return 1;
	}
	return 0;
}

int _cen_split_find_end(const struct split_search *search, struct split_part *last, struct cen_error **err)
{
	for (size_t end = search->request->usage_count - 1; end > 0; end--) {
		for (size_t i = search->state_count - 1; i-- > 0;) {
			const struct split_state *from = &search->states[i];
			_cleanup_solution_ struct cen_solution *solution = NULL;
			int ret;

			if (from->groups == SPLIT_NOT_REACHED || from->at >= end || search->reach[from->at] < end)
				continue;
			*last = (struct split_part){.first = from->at, .end = end, .front = from->by};
			ret = _cen_split_solve_part(search, last, &solution, err);
			if (ret != 0)
				return ret;
		}
	}
	return 0;
}
