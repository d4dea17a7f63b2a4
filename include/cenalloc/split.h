/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_SPLIT_H
#define CENALLOC_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/solution.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The answer where no single buffer suits a pipeline: its usages, in the order in which they were added, cut into the
 * fewest groups that have a buffer each, and for each cut the device that copies from the one to the other. Or the
 * reason why even copies do not help. Immutable, shared; any thread.
 */
struct cen_split;

/** What copies a frame. The lower the number, the rather it is taken. */
enum cen_copier {
	CEN_COPIER_ENGINE = 1, /* a 2D engine or scaler: one device with CEN_USAGE_OUTPUT and CEN_USAGE_CAPTURE */
	CEN_COPIER_GPU = 2, /* one device with CEN_USAGE_TEXTURE and CEN_USAGE_RENDER */
	CEN_COPIER_CPU = 3, /* CEN_USAGE_CPU_READ and CEN_USAGE_CPU_WRITE: only between linear layouts of one fourcc */
};

/** "2D engine", "GPU", "CPU"; "unknown" for a number that is none. */
const char *cen_copier_get_name(uint32_t copier);

/**
 * Cut the usages of a request into groups. Size, formats, modifiers, count and constraints of the request hold for each
 * group: name no format where a copier may convert. A copier reads the buffer of the group before it and writes that
 * of the group behind it, and both groups have their plans with it: it is their last and their first usage. Devices of
 * the request's machine copy; each is asked what it accepts once.
 *
 * Of all ways to cut, the one is taken that has the fewest groups, then the fewest copies by the CPU, then the fewest
 * bytes per frame by each group's first plan, then 2D engines before GPUs. A request with a plan is one group.
 *
 * flags: CEN_SOLVE_*, for the conflict of a usage that has no buffer even alone. The caller owns *out. "Nothing fits"
 * is a success: cen_split_get_group_count() is 0.
 * Returns 0, or what cen_solve() returns. A copier that cannot be asked is told among the rejections.
 */
int cen_solve_split(struct cen_request *request, uint32_t flags, struct cen_split **out, struct cen_error **err);

struct cen_split *cen_split_ref(struct cen_split *split);
/** NULL is allowed. */
void cen_split_unref(struct cen_split *split);

/** 1: no copy is needed. 0: there is none; cen_split_get_text() says why. */
size_t cen_split_get_group_count(const struct cen_split *split);

/** All of it in words, without a newline at the end: the cuts and their cost, or why there are none. Never NULL. */
const char *cen_split_get_text(const struct cen_split *split);

/** What all copiers read and write for one frame; 0 with one group or none. The copies are one less than the groups. */
uint64_t cen_split_get_bytes(const struct cen_split *split);

/** Usages that share a buffer. */
struct cen_split_group {
	size_t size; /* sizeof(struct cen_split_group), set by the caller */
	uint32_t first, count; /* usages first to first + count - 1 of the request */
	/*
	 * Has a plan. Its usages are the group's, with the copier's write in front (not in the first group) and the
	 * next copier's read behind (not in the last). Borrowed from the split.
	 */
	struct cen_solution *solution;
};

/** Groups in the order of the pipeline. Returns 0, or -EINVAL for an index out of range or a struct too small. */
int cen_split_get_group(const struct cen_split *split, size_t index, struct cen_split_group *out);

/** Who copies from group n to group n + 1. */
struct cen_split_copy {
	size_t size; /* sizeof(struct cen_split_copy), set by the caller */
	uint32_t copier; /* enum cen_copier */
	uint32_t read_usage, write_usage; /* enum cen_usage: of group n, of group n + 1 */
	uint32_t reserved;
	const struct cen_device *device; /* of the request's machine, which the split keeps alive */
	/* Of one frame: the picture without padding, of tiled and compressed layouts as if they were linear. */
	uint64_t bytes_read, bytes_written;
	const char *reason; /* in words; never NULL */
};

/** Returns 0, or -EINVAL for an index out of range or a struct that is too small. */
int cen_split_get_copy(const struct cen_split *split, size_t index, struct cen_split_copy *out);

/**
 * The devices that could have made copy n, and why they do not, one for each. Where there is no split and a copy is
 * missing, those of copy 0 are the devices that cannot make it.
 */
size_t cen_split_get_rejection_count(const struct cen_split *split, size_t copy);
/** Device (borrowed) and reason, which may have several lines; returns 0, or -EINVAL for an index out of range. */
int cen_split_get_rejection(const struct cen_split *split, size_t copy, size_t index, const struct cen_device **device,
			    const char **text);

/**
 * Where there is no split: the first usage that no cut brings together with those before it. The usages before it have
 * a split. SIZE_MAX where there is a split.
 */
size_t cen_split_get_failed_usage(const struct cen_split *split);

/**
 * Where the failed usage has no buffer even alone: its conflict, in which it is usage 0. NULL otherwise: then it is a
 * copier that is missing. Borrowed.
 */
const struct cen_conflict *cen_split_get_conflict(const struct cen_split *split);

#ifdef __cplusplus
}
#endif

#endif
