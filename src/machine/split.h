/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Between the files of cen_solve_split(): who can copy, where to cut, how it is told. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <cenalloc/split.h>

#include "arena.h"
#include "request.h"

/* A device of the machine that reads one buffer and writes another. */
struct split_copier {
	const struct cen_device *device;
	uint32_t kind; /* enum cen_copier */
	uint32_t reads, writes; /* usages */
	struct cen_capabilities *read_caps, *write_caps; /* NULL: could not be asked */
	char *refusal; /* why not; NULL where both are known */
};

/* One end of a group: who copies there. */
struct split_end {
	const struct split_copier *copier; /* NULL: nobody, the pipeline begins or ends */
	uint32_t fourcc; /* of the CPU: linear in this format on both sides; 0: the copier converts */
};

/* A group that may be: usages first to end - 1, and who writes before and reads behind them. */
struct split_part {
	size_t first, end;
	struct split_end front, back;
};

/* What a way of cutting costs, the most important first. */
struct split_cost {
	uint32_t cpu; /* copies by the CPU */
	uint32_t kinds; /* sum of enum cen_copier */
	uint64_t bytes; /* comes before kinds */
	size_t order; /* sum of the places among the copiers */
};

#define SPLIT_NOT_REACHED SIZE_MAX

/* A cut before usage at, made by somebody; also the beginning (0) and the end (all usages) of the pipeline. */
struct split_state {
	size_t at;
	struct split_end by;
	size_t groups; /* the fewest that lead here, or SPLIT_NOT_REACHED */
	struct split_cost cost; /* the lowest with so few groups */
	size_t from; /* the state before the last of these groups */
	struct cen_solution *solution; /* of this group; owned */
	size_t tried; /* cuts from here on, and behind, were tried as the next */
};

struct split_search {
	const struct cen_request *request;
	struct request_usage usages[CEN_MAX_USAGES]; /* the request's, with what they accept */
	struct split_copier *copiers;
	size_t copier_count, copier_capacity;
	size_t reach[CEN_MAX_USAGES]; /* the end of the longest group that begins here and has a plan */
	size_t least[CEN_MAX_USAGES + 1]; /* groups from here to the end, if every copy could be made */
	struct split_state *states; /* in the order of the pipeline: the beginning first, the end last */
	size_t state_count, state_capacity;
	size_t first_state[CEN_MAX_USAGES + 2]; /* of each place; one more for the end of the list */
};

/* What the request's usages accept. Returns 0, or what cen_machine_describe() returns. */
int _cen_split_ask_usages(struct split_search *search, struct cen_error **err);
/* The copiers of the machine, those that are rather taken first. Returns 0 or -ENOMEM. */
int _cen_split_ask_copiers(struct split_search *search, struct cen_error **err);
void _cen_split_search_finish(struct split_search *search);

/* The next fourcc from index on that both neighbours of a cut take linear, and the request too; 0: no more. */
uint32_t _cen_split_next_linear(const struct split_search *search, size_t at, size_t *index);

/* The part as a request. It borrows all that it points to: never destroyed. */
void _cen_split_view_part(const struct split_search *search, const struct split_part *part, struct cen_request *view);
/* Returns 1 and a solution with plans, 0 where there is none, or a negative errno. */
int _cen_split_solve_part(const struct split_search *search, const struct split_part *part, struct cen_solution **out,
			  struct cen_error **err);
/* Bytes of the picture without padding, in the format of the first plan. */
uint64_t _cen_split_picture_bytes(const struct cen_request *request, const struct cen_solution *solution);
/* What the copiers at the ends of a part write and read of it. */
uint64_t _cen_split_moved_bytes(const struct cen_request *request, const struct split_part *part,
				const struct cen_solution *solution);

/* Fill reach and least. Returns 1, 0 where usage *failed has no plan alone, or a negative errno. */
int _cen_split_find_reach(struct split_search *search, size_t *failed, struct cen_error **err);
/* Find the best way. Returns 1 where the last state was reached, otherwise 0, or a negative errno. */
int _cen_split_search(struct split_search *search, struct cen_error **err);
/* Where it was not reached: how many usages from the first on have a split, and the last group of one. */
int _cen_split_find_end(const struct split_search *search, struct split_part *last, struct cen_error **err);

struct split_rejection {
	const struct cen_device *device;
	const char *text;
};

struct split_copy {
	struct cen_split_copy info;
	struct split_rejection *rejections;
	size_t rejection_count;
};

struct cen_split {
	atomic_int refs;
	struct cen_machine *machine; /* kept alive */
	struct arena *arena; /* owns copies and every text */
	struct cen_split_group groups[CEN_MAX_USAGES]; /* solutions owned */
	size_t group_count;
	struct split_copy *copies;
	size_t copy_count; /* 1 where there are no groups because nobody makes the copy */
	uint64_t bytes;
	const char *text;
	size_t failed; /* SIZE_MAX: there is a split */
	struct cen_solution *alone; /* with the conflict of the failed usage; NULL: a copier is missing */
};

/* Put into words. part: the groups of the split, ends included. Returns 0, or a negative errno. */
int _cen_split_tell_groups(const struct split_search *search, struct cen_split *split, const struct split_part *parts,
			   struct cen_error **err);
/* last: the group before the copy that nobody makes. */
int _cen_split_tell_missing(const struct split_search *search, struct cen_split *split, const struct split_part *last,
			    struct cen_error **err);
/* split->alone is set. */
int _cen_split_tell_alone(const struct split_search *search, struct cen_split *split, struct cen_error **err);
