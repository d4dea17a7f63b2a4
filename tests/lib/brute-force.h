/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What docs/constraints.md says of one plan, and the search for plans by trying everything. Written from that document;
 * nothing of the solver is used, no two constraints are merged: each is looked at alone. Slow, for tests.
 */
#pragma once

#include "solver.h"

/* One way to make the buffer: what is to be judged. */
struct brute_image {
	const struct solver_problem *problem;
	const struct cen_format_info *format;
	const struct cen_source_desc *source;
	uint64_t modifier;
	uint32_t count; /* buffers */
	bool is_final; /* false for a vendor modifier: planes and objects are the source's to decide, and all 0 */
	uint32_t object_count;
	struct cen_plane_layout planes[CEN_MAX_PLANES];
	uint64_t objects[CEN_MAX_PLANES];
	const struct constraint_set *chosen[CEN_MAX_USAGES]; /* per usage: the alternative that it is to satisfy */
};

/* Whether the image is one, the source can make it, and the request and every chosen alternative hold; or what is wrong. */
const char *_brute_judge(const struct brute_image *image);

/* Whether the image holds what one alternative asks for. Those of the source's own device are chosen already. */
bool _brute_set_holds(const struct brute_image *image, const struct constraint_set *set);

/* Whether the source is the usage's own device. */
bool _brute_is_own(const struct brute_image *image, size_t usage);

/*
 * The parts of it that a search asks for early. facts: all that does not depend on the layout. strides: what concerns the
 * strides of all planes. places: rows, offsets and objects too. sizes: those of the objects.
 */
const char *_brute_judge_facts(const struct brute_image *image);
const char *_brute_judge_geometry(const struct brute_image *image);
bool _brute_facts_hold(const struct brute_image *image, const struct constraint_set *set);
bool _brute_strides_hold(const struct brute_image *image, const struct constraint_set *set);
bool _brute_places_hold(const struct brute_image *image, const struct constraint_set *set);
bool _brute_sizes_hold(const struct brute_image *image, const struct constraint_set *set);

/* Bytes of a row without padding, and whether a plane's stride follows from the first one's by the format. */
uint64_t _brute_row_bytes(const struct cen_format_info *format, uint32_t plane, uint32_t width);
bool _brute_follows_first(const struct brute_image *image, uint32_t plane);

/* The value that a set has for a kind and plane, or otherwise. */
uint64_t _brute_value(const struct constraint_set *set, uint32_t kind, uint32_t plane, uint64_t otherwise);

/* The set of the n-th usage, or behind the last usage that of the request; NULL where there is none. */
const struct constraint_set *_brute_nth_set(const struct brute_image *image, size_t n);

/* The most that anybody says of a kind and plane; 0 where nobody says anything. */
uint64_t _brute_most(const struct brute_image *image, uint32_t kind, uint32_t plane);

/* A layout ranks behind others by the bits of what is not as it should be. */
#define BRUTE_FREE_STRIDES 1u /* strides of further planes do not follow the first one's */
#define BRUTE_SEVERAL_OBJECTS 2u
#define BRUTE_RANKS 4u

/*
 * Hold a plan against the problem: there must be an alternative of each usage that it satisfies in full, together with
 * those of the others. Returns NULL and the layout's rank, or what is wrong, in words (static).
 */
const char *brute_check_plan(const struct solver_problem *problem, const struct cen_plan *plan, uint32_t *rank);

/* That there is a plan of this format and modifier from this source, and the best: by rank, then the smallest. */
struct brute_answer {
	uint32_t fourcc;
	uint32_t rank;
	uint64_t modifier;
	size_t source;
	uint64_t least_bytes; /* of one buffer; 0 for a vendor modifier */
	struct brute_image image;
};

/*
 * Every answer of a problem, by trying all alternatives with all strides up to max_stride. What the numbers of the
 * problem have as common multiples must be below that: then "no" is certain. Returns how many, at most max.
 */
size_t brute_find_answers(const struct solver_problem *problem, uint64_t max_stride, struct brute_answer *answers,
			  size_t max);
