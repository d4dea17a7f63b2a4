/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Chunks: cut from regions and given back. What an algorithm answers is held against the chunks that there are. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "context.h"
#include "error.h"
#include "layout.h"
#include "machine.h"
#include "region.h"
#include "util.h"

#define CHUNK_SIZE_V1 (offsetof(struct cen_chunk, offset) + sizeof(uint64_t))

/* The place of the first chunk that begins at start or behind it. */
static size_t find_place(const struct cen_region *region, uint64_t start)
{
	size_t low = 0, high = region->chunk_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (region->chunks[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct region_chunk *find_chunk(const struct cen_region *region, uint64_t start)
{
	size_t at = find_place(region, start);

	return at < region->chunk_count && region->chunks[at].start == start ? &region->chunks[at] : NULL;
}

/* Whether what the algorithm gave lies in the region, aligned, and over no other chunk. */
static bool is_sound(const struct cen_region *region, const struct region_chunk *chunk, uint64_t alignment)
{
	size_t at = find_place(region, chunk->start);
	const struct region_chunk *next = at < region->chunk_count ? &region->chunks[at] : NULL;
	const struct region_chunk *before = at > 0 ? &region->chunks[at - 1] : NULL;

	return chunk->taken % alignment == 0 && chunk->taken <= region->bytes &&
	       chunk->taken_bytes <= region->bytes - chunk->taken &&
	       !(next && next->taken < chunk->taken + chunk->taken_bytes) &&
	       !(before && before->taken + before->taken_bytes > chunk->taken);
}

/* An algorithm that cannot be trusted once is not asked again. */
static int refuse_algorithm(struct cen_region *region, const char *what, uint64_t start, struct cen_error **err)
{
	char label[REGION_LABEL_SIZE];

	region->algorithm_error = -EPROTO;
	return _cen_error_set(err, CEN_ERROR_BACKEND, EPROTO, NULL, "%s: algorithm %s broke its contract: %s %" PRIu64,
			      _cen_region_label(region, label), region->algorithm->name, what, start);
}

static int refuse_full(struct cen_region *region, uint64_t bytes, struct cen_error **err)
{
	uint64_t largest = region->algorithm->get_largest_free(region->algorithm_state);
	struct error_facts facts = {.device = region->name, .wanted = bytes, .held = largest};
	char label[REGION_LABEL_SIZE];

	return _cen_error_set(err, CEN_ERROR_ALLOCATION, ENOMEM, &facts,
			      "%s: %" PRIu64 " bytes wanted, the largest free piece has %" PRIu64,
			      _cen_region_label(region, label), bytes, largest);
}

/*
 * Ask the algorithm, which counts from the start of the region: where that is less aligned than the chunk is to be,
 * more is taken, and the chunk lies within it.
 */
static int take_range(struct cen_region *region, struct region_chunk *chunk, uint64_t alignment, struct cen_error **err)
{
	uint64_t page = _cen_page_bytes(), own = alignment;
	int ret;

	chunk->taken_bytes = chunk->bytes;
	if (region->start % alignment) {
		own = page;
		if (__builtin_add_overflow(chunk->bytes, alignment - page, &chunk->taken_bytes))
			return refuse_full(region, chunk->bytes, err);
	}
	ret = region->algorithm->alloc(region->algorithm_state, chunk->taken_bytes, own, &chunk->taken);
	if (ret == -ENOMEM)
		return refuse_full(region, chunk->bytes, err);
	if (ret > 0 || ret < -4095)
		return refuse_algorithm(region, "alloc() returned a number that is none, for bytes:", chunk->bytes,
					err);
	if (ret < 0)
		return _cen_error_set(err, CEN_ERROR_SYSTEM, -ret, NULL, "algorithm %s: %s", region->algorithm->name,
				      strerror(-ret));
	if (chunk->taken > region->bytes || !_cen_round_up(region->start + chunk->taken, alignment, &chunk->start) ||
	    !is_sound(region, chunk, own))
		return refuse_algorithm(region, "it put a chunk where none can be:", chunk->taken, err);
	return 0;
}

static void insert(struct cen_region *region, const struct region_chunk *chunk)
{
	size_t at = find_place(region, chunk->start);

	memmove(&region->chunks[at + 1], &region->chunks[at], (region->chunk_count - at) * sizeof(*region->chunks));
	region->chunks[at] = *chunk;
	region->chunk_count++;
	region->taken_bytes += chunk->taken_bytes;
}

/* Forget a chunk and its reference, which the caller drops when the lock is given back. */
static void forget(struct cen_region *region, uint64_t start)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);
	size_t at = find_place(region, start);
	const struct region_chunk chunk = region->chunks[at];

	region->chunk_count--;
	memmove(&region->chunks[at], &region->chunks[at + 1], (region->chunk_count - at) * sizeof(*region->chunks));
	region->taken_bytes -= chunk.taken_bytes;
	if (!region->algorithm_error)
		region->algorithm->free(region->algorithm_state, chunk.taken, chunk.taken_bytes);
}

static int check_usable(const struct cen_region *region, struct cen_error **err)
{
	char label[REGION_LABEL_SIZE];

	_cen_region_label(region, label);
	if (region->state == CEN_REGION_USABLE && !region->algorithm_error)
		return 0;
	if (region->state == CEN_REGION_WAITING && !region->algorithm_name)
		return _cen_error_set(err, CEN_ERROR_BUSY, ENOENT, NULL, "%s: no algorithm is registered", label);
	if (region->state == CEN_REGION_WAITING)
		return _cen_error_set(err, CEN_ERROR_BUSY, ENOENT, NULL, "%s: algorithm %s is not registered", label,
				      region->algorithm_name);
	if (region->algorithm_error)
		return _cen_error_set(err, CEN_ERROR_SYSTEM, -region->algorithm_error, NULL,
				      "%s: not usable since its algorithm failed: %s", label,
				      strerror(-region->algorithm_error));
	return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%s: it was unregistered", label);
}

/* Under the region's lock: a chunk that is busy still, and a reference for it. */
static int take_chunk(struct cen_region *region, struct region_chunk *chunk, uint64_t alignment, struct cen_error **err)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);
	int ret = check_usable(region, err);

	if (ret < 0)
		return ret;
	if (_cen_grow(&region->chunks, &region->chunk_capacity, region->chunk_count, sizeof(*region->chunks)) < 0)
		return _cen_error_no_memory(err);
	ret = take_range(region, chunk, alignment, err);
	if (ret < 0)
		return ret;
	insert(region, chunk);
	cen_region_ref(region);
	return 0;
}

static bool has_fd(const struct cen_region *region, int fd)
{
	for (size_t n = 0; n < region->chunk_count; n++) {
		if (region->chunks[n].object.fd == fd)
			return true;
	}
	return false;
}

/* Memory that another chunk has already cannot be this one's. */
static bool is_new(const struct cen_region *region, const struct cen_buffer_object *object)
{
	for (size_t n = 0; n < region->chunk_count; n++) {
		const struct cen_buffer_object *other = &region->chunks[n].object;

		if (other->fd == object->fd ||
		    (other->fd >= 0 && other->dev == object->dev && other->ino == object->ino))
			return false;
	}
	return true;
}

/* The memory is the chunk's from here on. What cannot be its own is closed, but for another chunk's very fd. */
static bool publish(struct cen_region *region, struct region_chunk *chunk, const struct cen_buffer_object *object)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);
	struct region_chunk *own = find_chunk(region, chunk->start);

	if (object->fd >= 0 && !is_new(region, object)) {
		if (!has_fd(region, object->fd))
			close(object->fd);
		return false;
	}
	own->object = chunk->object = *object;
	own->is_busy = false;
	return true;
}

/* Its own dma-buf, where the source can carve. Without the region's lock: backends are called under the context's. */
static int finish_chunk(struct cen_region *region, struct region_chunk *chunk, struct cen_error **err)
{
	struct cen_buffer_object object = {.fd = -1};
	char label[REGION_LABEL_SIZE];
	int ret = region->memory.carver ? _cen_region_memory_carve(region, chunk, &object, err) : 0;

	if (ret == 0 && publish(region, chunk, &object))
		return 0;
	if (ret == 0)
		ret = _cen_error_set(err, CEN_ERROR_BACKEND, EPROTO, NULL,
				     "%s: its source gave memory that another chunk has",
				     _cen_region_label(region, label));
	forget(region, chunk->start);
	cen_region_unref(region);
	return ret;
}

static int check_wish(const struct cen_region *region, uint64_t *bytes, uint64_t *alignment, struct cen_error **err)
{
	uint64_t page = _cen_page_bytes(), rounded;
	char label[REGION_LABEL_SIZE];

	_cen_region_label(region, label);
	if (!*bytes)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "%s: a chunk of 0 bytes", label);
	if (*alignment & (*alignment - 1))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "%s: the alignment %" PRIu64 " is neither 0 nor a power of two", label,
				      *alignment);
	if (!_cen_round_up(*bytes, page, &rounded) || rounded > region->bytes)
		return _cen_error_set(
			err, CEN_ERROR_ALLOCATION, ENOMEM,
			&(struct error_facts){.device = region->name, .wanted = *bytes, .held = region->bytes},
			"%s: %" PRIu64 " bytes wanted, it has %" PRIu64 " in all", label, *bytes, region->bytes);
	*bytes = rounded;
	if (*alignment < page)
		*alignment = page;
	while (region->flags & CEN_REGION_NATURAL && *alignment < rounded)
		*alignment *= 2;
	return 0;
}

/* Registered by the first who wants memory. */
static int ensure_registered(struct cen_region *region, struct cen_error **err)
{
	bool is_early;

	pthread_mutex_lock(&region->lock);
	is_early = region->state == CEN_REGION_DECLARED || region->state == CEN_REGION_RESERVED;
	pthread_mutex_unlock(&region->lock);
	return is_early ? cen_region_register(region, err) : 0;
}

int cen_region_alloc(struct cen_region *region, uint64_t bytes, uint64_t alignment, struct cen_chunk *out,
		     struct cen_error **err)
{
	struct region_chunk chunk = {.object.fd = -1, .is_busy = true};
	struct cen_chunk answer = {.size = sizeof(answer), .fd = -1};
	int ret;

	if (_cen_copy_sized(out, out->size, &answer, sizeof(answer), CHUNK_SIZE_V1) < 0)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "chunk: the struct is too small");
	ret = check_wish(region, &bytes, &alignment, err);
	chunk.bytes = bytes;
	if (ret == 0)
		ret = ensure_registered(region, err);
	if (ret == 0)
		ret = take_chunk(region, &chunk, alignment, err);
	if (ret == 0)
		ret = finish_chunk(region, &chunk, err);
	if (ret < 0)
		return ret;
	answer.region = region;
	answer.start = chunk.start;
	answer.bytes = chunk.bytes;
	answer.is_own = chunk.object.fd >= 0;
	answer.fd = answer.is_own ? chunk.object.fd : region->memory.object.fd;
	answer.offset = answer.is_own ? 0 : chunk.start;
	_cen_copy_sized(out, out->size, &answer, sizeof(answer), CHUNK_SIZE_V1);
	return 0;
}

/* Under the region's lock: from here on nobody else can free it. */
static bool begin_free(struct cen_region *region, uint64_t start, struct region_chunk *out)
{
	_cleanup_region_lock_ struct cen_region *lock = _cen_region_lock(region);
	struct region_chunk *chunk = find_chunk(region, start);

	if (!chunk || chunk->is_busy)
		return false;
	chunk->is_busy = true;
	*out = *chunk;
	/* The number may be another file's as soon as it is closed. */
	chunk->object.fd = -1;
	return true;
}

int cen_region_free(struct cen_region *region, uint64_t start)
{
	struct region_chunk chunk;
	char label[REGION_LABEL_SIZE];

	if (!begin_free(region, start, &chunk)) {
		_cen_log(region->ctx, CEN_LOG_WARNING, REGION_TOPIC, "%s: free: no chunk begins at %" PRIu64,
			 _cen_region_label(region, label), start);
		return -ENOENT;
	}
	/* The pages go back before the algorithm may give the place away again. */
	_cen_region_memory_drop(region, &chunk);
	forget(region, start);
	cen_region_unref(region);
	return 0;
}
