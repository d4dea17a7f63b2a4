/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_SOLUTION_H
#define CENALLOC_SOLUTION_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/plan.h>
#include <cenalloc/request.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The answer to a request: plans in order of preference, or the conflict that leaves none. Immutable. */
struct cen_solution;
/** The smallest set of usages and constraints that cannot hold together. Borrowed from its solution. */
struct cen_conflict;

/** Do not look for relaxations when there is a conflict (each costs a further solve). */
#define CEN_SOLVE_NO_RELAXATIONS (1u << 0)
/**
 * Where there is a conflict, tell of every format that was tried why it failed: each has members of its own. Without
 * it the six formats that came nearest are told, and what was told of one is not told again of the next.
 */
#define CEN_SOLVE_ALL_REASONS (1u << 1)

/**
 * Find the layouts and the memory that every usage of the request accepts. Devices are asked what they accept, then
 * the solver works on their answers alone. "Nothing fits" is a success with a conflict in it.
 * flags: CEN_SOLVE_*. The caller owns *out.
 * Returns 0, or a negative errno: CEN_ERROR_INCOMPLETE (no size or no usage), CEN_ERROR_UNKNOWN_FLAG,
 * what cen_machine_describe() returns, CEN_ERROR_NO_MEMORY. A size that has no layout is a conflict.
 */
int cen_solve(struct cen_request *request, uint32_t flags, struct cen_solution **out, struct cen_error **err);

struct cen_solution *cen_solution_ref(struct cen_solution *solution);
/** NULL is allowed. */
void cen_solution_unref(struct cen_solution *solution);

/** 0 when there is a conflict. At most 16 plans are kept, the best ones. */
size_t cen_solution_get_plan_count(const struct cen_solution *solution);
/** Plans from best to worst; NULL past the end. Borrowed. */
struct cen_plan *cen_solution_get_plan(const struct cen_solution *solution, size_t index);

/** NULL when there is a plan. */
const struct cen_conflict *cen_solution_get_conflict(const struct cen_solution *solution);

/** What keeps the members of a conflict apart. */
enum cen_dimension {
	CEN_DIMENSION_FORMAT = 1,
	CEN_DIMENSION_MODIFIER = 2,
	CEN_DIMENSION_SIZE = 3, /* width or height of the picture */
	CEN_DIMENSION_STRIDE = 4,
	CEN_DIMENSION_OFFSET = 5,
	CEN_DIMENSION_CHROMA = 6, /* position of the chroma */
	CEN_DIMENSION_OBJECTS = 7,
	CEN_DIMENSION_CONTIGUITY = 8,
	CEN_DIMENSION_ADDRESS = 9,
	CEN_DIMENSION_PLACEMENT = 10,
	CEN_DIMENSION_CPU = 11, /* mapping, caching, fd mode */
	CEN_DIMENSION_COUNT = 12,
	CEN_DIMENSION_CAPACITY = 13, /* bytes */
	CEN_DIMENSION_PERMISSION = 14,
	CEN_DIMENSION_ALLOCATOR = 15, /* nothing on this machine makes such a buffer */
	CEN_DIMENSION_MAP = 16, /* the map in force: map.h */
};

/** "format", "chroma", ...; "unknown" for a number that is none. */
const char *cen_dimension_get_name(uint32_t dimension);

/** The dimension of the first reason. */
uint32_t cen_conflict_get_dimension(const struct cen_conflict *conflict);

/** All of it in words, a few lines. Never NULL. */
const char *cen_conflict_get_text(const struct cen_conflict *conflict);

/** The usages that cannot hold together, as indexes into the request. Leave out any of them and the others have one. */
size_t cen_conflict_get_usage_count(const struct cen_conflict *conflict);
/** SIZE_MAX past the end. */
size_t cen_conflict_get_usage(const struct cen_conflict *conflict, size_t index);

#define CEN_MEMBER_REQUEST (-1) /* the request's own size, formats, count or policy */
#define CEN_MEMBER_SOURCE (-2) /* a source of buffers */

/** A constraint that takes part. */
struct cen_conflict_member {
	size_t size; /* sizeof(struct cen_conflict_member), set by the caller */
	int32_t usage; /* index into the request, or CEN_MEMBER_* */
	uint32_t dimension; /* enum cen_dimension */
	uint32_t fourcc; /* the alternative that was looked at; 0: any */
	uint32_t reserved;
	const char *who; /* the device's path, the source's name, "the request" or "the map"; never NULL */
	const char *text; /* in words; never NULL */
	struct cen_constraint constraint; /* kind 0 where it is not a constraint: a format, a permission */
};

size_t cen_conflict_get_member_count(const struct cen_conflict *conflict);
/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_conflict_get_member(const struct cen_conflict *conflict, size_t index, struct cen_conflict_member *out);

/** A source of buffers that was asked for a format of a conflict, and why it does not make it. */
struct cen_conflict_rejection {
	size_t size; /* sizeof(struct cen_conflict_rejection), set by the caller */
	uint32_t fourcc; /* the format that it was asked for */
	uint32_t dimension; /* enum cen_dimension */
	uint64_t modifier; /* the modifier of the alternative that came furthest */
	const char *source; /* its name; never NULL */
	const char *text; /* in words, with who requires what and how that is known; never NULL */
};

/**
 * Every source of the machine, for each format that is told and got as far as to ask them. 0 where every format failed
 * before: then the members say why, and no source was asked.
 */
size_t cen_conflict_get_rejection_count(const struct cen_conflict *conflict);
/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_conflict_get_rejection(const struct cen_conflict *conflict, size_t index, struct cen_conflict_rejection *out);

/** What is to change for a plan. The fields of struct cen_relaxation that go with it stand behind each. */
enum cen_relaxation_kind {
	CEN_RELAXATION_FORMAT = 1, /* another format: fourccs, any of them */
	CEN_RELAXATION_MODIFIER = 2, /* a request that names no modifiers, or this one too: modifier */
	CEN_RELAXATION_SIZE = 3, /* another size: width, height */
	CEN_RELAXATION_COUNT = 4, /* fewer buffers: count, the most that have a plan */
	CEN_RELAXATION_CONSTRAINT = 5, /* a request without these of its own constraints, all of them: constraints */
	CEN_RELAXATION_PERMISSION = 6, /* permission to use a source: sources, one */
	CEN_RELAXATION_MAP = 7, /* a map that allows one of these: sources */
	CEN_RELAXATION_MEMORY = 8, /* more memory in a source: sources, one; bytes, parameter */
	CEN_RELAXATION_HEAP = 9, /* a source that the kernel lacks: sources, one; bytes, option, parameter */
};

/** "format", "heap", ...; "unknown" for a number that is none. */
const char *cen_relaxation_get_name(uint32_t kind);

/** One thing that would help. What does not go with the kind is 0 or NULL. */
struct cen_relaxation {
	size_t size; /* sizeof(struct cen_relaxation), set by the caller */
	uint32_t kind; /* enum cen_relaxation_kind */
	uint32_t width, height; /* pixels */
	uint32_t count; /* buffers */
	uint64_t modifier;
	uint64_t bytes; /* that must be free for all buffers together; 0: not known */
	const uint32_t *fourccs;
	size_t fourcc_count;
	const char *const *sources; /* names */
	size_t source_count;
	const struct cen_constraint *constraints;
	size_t constraint_count;
	const char *option; /* of the kernel's configuration, "CONFIG_UDMABUF" */
	const char *parameter; /* of the kernel's command line, for example "cma=64M" */
	const char *text; /* in words; never NULL */
};

/** What would help, each tried by solving again: "another format: XR24", "3 buffers instead of 6". */
size_t cen_conflict_get_relaxation_count(const struct cen_conflict *conflict);
/** The words of one; NULL past the end. */
const char *cen_conflict_get_relaxation(const struct cen_conflict *conflict, size_t index);
/** All of one. Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_conflict_get_relaxation_info(const struct cen_conflict *conflict, size_t index, struct cen_relaxation *out);

#ifdef __cplusplus
}
#endif

#endif
