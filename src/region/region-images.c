/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Images in a region: a chunk for each object of a plan, held until the buffer is gone. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "error.h"
#include "layout.h"
#include "plan.h"
#include "region.h"
#include "util.h"

struct region_hold {
	struct cen_region *region; /* alive as long as its chunks */
	uint32_t count;
	struct cen_chunk chunks[CEN_MAX_PLANES];
};

void _cen_region_hold_release(void *data)
{
	struct region_hold *hold = data;

	for (uint32_t n = 0; hold && n < hold->count; n++)
		cen_region_free(hold->region, hold->chunks[n].start);
	free(hold);
}

void _cen_region_hold_move(const struct region_hold *hold, struct cen_image_desc *wish)
{
	for (uint32_t p = 0; hold && p < wish->plane_count; p++)
		wish->planes[p].offset += hold->chunks[wish->planes[p].object].offset;
	for (uint32_t o = 0; hold && o < hold->count; o++)
		wish->objects[o].size += hold->chunks[o].offset;
}

bool _cen_region_hold_are_apart(const struct region_hold *a, uint32_t object, const struct region_hold *b,
				uint32_t other)
{
	const struct cen_chunk *one = &a->chunks[object], *two = &b->chunks[other];

	return !one->is_own && !two->is_own &&
	       (one->start + one->bytes <= two->start || two->start + two->bytes <= one->start);
}

/*
 * Planes keep their distance from the start of the chunk: with that at a multiple of what the planes ask for, all hold.
 * These are powers of two, or the solver ruled the region out; a dma-buf of its own begins at 0. Nor is a piece of memory
 * cut where the plan counts on whole ones.
 */
static uint64_t get_alignment(const struct cen_plan *plan)
{
	uint64_t alignment = _cen_merge_get(&plan->merged, CEN_CONSTRAINT_GRANULARITY, 0, 1);

	/* One that is no power of two divides no piece of memory: the solver has refused it. */
	if (alignment & (alignment - 1))
		alignment = 1;

	for (uint32_t p = 0; p < plan->wish.plane_count; p++) {
		uint64_t own = _cen_merge_get(&plan->merged, CEN_CONSTRAINT_OFFSET_ALIGN, p, 1);

		if (!(own & (own - 1)) && own > alignment)
			alignment = own;
	}
	return alignment;
}

/* What the plan was promised of the region: it may have got its memory since, and another than was expected. */
static int check_offsets(const struct region_hold *hold, const struct cen_plan *plan, struct cen_error **err)
{
	const char *name = plan->info.source;

	for (uint32_t p = 0; p < plan->wish.plane_count; p++) {
		uint64_t most = _cen_merge_get(&plan->merged, CEN_CONSTRAINT_OFFSET_MAX, p, UINT32_MAX), offset;
		const struct cen_image_plane *plane = &plan->wish.planes[p];

		if (__builtin_add_overflow(plane->offset, hold->chunks[plane->object].offset, &offset) || offset > most)
			return _cen_error_set(err, CEN_ERROR_ALLOCATION, EINVAL, &(struct error_facts){.device = name},
					      "region %s: plane %" PRIu32 " would begin at %" PRIu64
					      ", and the plan allows %" PRIu64 " at most",
					      name, p, offset, most);
	}
	return 0;
}

static int fill_image(struct region_hold *hold, const struct cen_plan *plan, struct cen_image_desc *out,
		      struct cen_error **err)
{
	int ret = check_offsets(hold, plan, err);

	for (uint32_t o = 0; ret == 0 && o < hold->count; o++) {
		int fd = fcntl(hold->chunks[o].fd, F_DUPFD_CLOEXEC, 0);

		if (fd < 0)
			return _cen_error_set(err, CEN_ERROR_SYSTEM, errno,
					      &(struct error_facts){.device = plan->info.source, .call = "fcntl"},
					      "region %s: fcntl: %s", plan->info.source, strerror(errno));
		out->objects[o] = (struct cen_image_object){.fd = fd, .size = plan->wish.objects[o].size};
	}
	if (ret == 0)
		_cen_region_hold_move(hold, out);
	return ret;
}

static int take_chunks(struct cen_region *region, const struct cen_plan *plan, struct region_hold *hold,
		       struct cen_error **err)
{
	hold->region = region;
	for (uint32_t o = 0; o < plan->wish.object_count; o++) {
		struct cen_chunk *chunk = &hold->chunks[o];
		int ret;

		chunk->size = sizeof(*chunk);
		ret = cen_region_alloc(region, plan->wish.objects[o].size, get_alignment(plan), chunk, err);
		if (ret < 0)
			return ret;
		hold->count++;
	}
	return 0;
}

/* A region that is full says how many buffers there was room for. */
static int report_full(const struct cen_plan *plan, uint32_t count, uint32_t made, uint64_t largest,
		       struct cen_error **err)
{
	struct error_facts facts = {.device = plan->info.source};

	if (__builtin_mul_overflow(plan->info.total_bytes, (uint64_t)count, &facts.wanted))
		facts.wanted = UINT64_MAX;
	if (__builtin_mul_overflow(plan->info.total_bytes, (uint64_t)made, &facts.held))
		facts.held = UINT64_MAX;
	return _cen_error_set(err, CEN_ERROR_ALLOCATION, ENOMEM, &facts,
			      "region %s: %" PRIu32 " of %" PRIu32
			      " buffers fitted, the largest free piece has %" PRIu64 " bytes",
			      plan->info.source, made, count, largest);
}

static int make_image(struct cen_region *region, const struct cen_plan *plan, struct cen_image_desc *out,
		      struct region_hold **hold, struct cen_error **err)
{
	int ret;

	*hold = calloc(1, sizeof(**hold));
	if (!*hold)
		return _cen_error_no_memory(err);
	ret = take_chunks(region, plan, *hold, err);
	return ret < 0 ? ret : fill_image(*hold, plan, out, err);
}

static void close_image(struct cen_image_desc *image)
{
	for (uint32_t o = 0; o < CEN_MAX_PLANES; o++) {
		if (image->objects[o].fd >= 0)
			close(image->objects[o].fd);
		image->objects[o].fd = -1;
	}
}

int _cen_region_allocate_images(struct cen_region *region, const struct cen_plan *plan, uint32_t count,
				struct cen_image_desc *out, struct region_hold **holds, struct cen_error **err)
{
	struct cen_error *cause = NULL;
	uint32_t made = 0;
	int ret = 0;

	while (ret == 0 && made < count) {
		ret = make_image(region, plan, &out[made], &holds[made], &cause);
		made += ret == 0;
	}
	if (ret == 0)
		return 0;
	for (uint32_t n = 0; n < count; n++) {
		close_image(&out[n]);
		_cen_region_hold_release(STEAL(holds[n]));
	}
	if (cause && cen_error_get_code(cause) == CEN_ERROR_ALLOCATION && ret == -ENOMEM)
		ret = report_full(plan, count, made, cen_error_get_held(cause), err);
	else if (err && !*err)
		*err = STEAL(cause);
	cen_error_destroy(cause);
	return ret;
}
