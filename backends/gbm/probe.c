/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a GPU makes of a format: found by allocating. GBM can be asked about one modifier at a time and does not list
 * them, nor does it tell strides before there is a buffer.
 */
#include <drm_fourcc.h>

#include "gpu.h"

/* Large enough for every tile and compression block that there is. */
#define TRIAL_SIZE 256

static const uint32_t fourccs[] = {
	DRM_FORMAT_XRGB8888,     DRM_FORMAT_ARGB8888,     DRM_FORMAT_XBGR8888,      DRM_FORMAT_ABGR8888,
	DRM_FORMAT_RGBX8888,     DRM_FORMAT_RGBA8888,     DRM_FORMAT_BGRX8888,      DRM_FORMAT_BGRA8888,
	DRM_FORMAT_RGB888,       DRM_FORMAT_BGR888,       DRM_FORMAT_RGB565,        DRM_FORMAT_BGR565,
	DRM_FORMAT_XRGB1555,     DRM_FORMAT_ARGB1555,     DRM_FORMAT_XRGB4444,      DRM_FORMAT_ARGB4444,
	DRM_FORMAT_XRGB2101010,  DRM_FORMAT_ARGB2101010,  DRM_FORMAT_XBGR2101010,   DRM_FORMAT_ABGR2101010,
	DRM_FORMAT_XBGR16161616, DRM_FORMAT_ABGR16161616, DRM_FORMAT_XBGR16161616F, DRM_FORMAT_ABGR16161616F,
	DRM_FORMAT_R8,           DRM_FORMAT_GR88,         DRM_FORMAT_R16,           DRM_FORMAT_GR1616,
	DRM_FORMAT_YUYV,         DRM_FORMAT_YVYU,         DRM_FORMAT_UYVY,          DRM_FORMAT_VYUY,
	DRM_FORMAT_NV12,         DRM_FORMAT_NV21,         DRM_FORMAT_NV16,          DRM_FORMAT_NV61,
	DRM_FORMAT_P010,         DRM_FORMAT_YUV420,       DRM_FORMAT_YVU420,        DRM_FORMAT_YUV422,
	DRM_FORMAT_YUV444,       DRM_FORMAT_AYUV,         DRM_FORMAT_XYUV8888,
};

uint32_t _cen_gbm_nth_fourcc(size_t n)
{
	return n < ARRAY_LENGTH(fourccs) ? fourccs[n] : 0;
}

static uint64_t find_common_factor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The stride of a row without padding. */
static uint64_t get_plain_stride(const struct cen_format_plane *plane, uint32_t width)
{
	uint64_t samples = width / plane->hsub + (width % plane->hsub != 0);
	uint64_t blocks = samples / plane->block_width + (samples % plane->block_width != 0);

	return blocks * plane->block_bytes;
}

/*
 * Linear strides of four widths: where they have more in common than the widths have, it is the driver's alignment.
 * Returns whether all of them could be allocated.
 */
static bool measure_strides(const struct gbm_gpu *gpu, const struct cen_format_info *info, struct gbm_answer *answer)
{
	static const uint32_t widths[] = {34, 66, 98, 130};
	uint64_t plain[CEN_MAX_PLANES] = {0}, real[CEN_MAX_PLANES] = {0};

	for (size_t w = 0; w < ARRAY_LENGTH(widths); w++) {
		struct gbm_bo *bo =
			gbm_bo_create(gpu->device, widths[w], 2, info->fourcc, answer->flags | GBM_BO_USE_LINEAR);

		if (!bo)
			return false;
		for (uint32_t p = 0; p < info->plane_count; p++) {
			plain[p] = find_common_factor(plain[p], get_plain_stride(&info->planes[p], widths[w]));
			real[p] = find_common_factor(real[p], gbm_bo_get_stride_for_plane(bo, (int)p));
		}
		gbm_bo_destroy(bo);
	}
	for (uint32_t p = 0; p < info->plane_count; p++) {
		if (real[p] > plain[p] && real[p] <= UINT32_MAX)
			answer->stride_aligns[p] = (uint32_t)real[p];
	}
	return true;
}

static bool can_import(const struct gbm_gpu *gpu, const struct gbm_answer *answer, int fd, uint32_t width,
		       uint32_t stride)
{
	struct gbm_import_fd_modifier_data data = {
		.width = width,
		.height = 2,
		.format = answer->fourcc,
		.num_fds = 1,
		.fds = {fd, -1, -1, -1},
		.strides = {(int)stride},
		.modifier = DRM_FORMAT_MOD_LINEAR,
	};
	struct gbm_bo *bo = gbm_bo_import(gpu->device, GBM_BO_IMPORT_FD_MODIFIER, &data, answer->flags);

	if (bo)
		gbm_bo_destroy(bo);
	return bo;
}

/*
 * A driver may import strides that it would not choose. Tried for formats of one plane, with odd multiples of smaller
 * alignments: the first that is taken is what an import needs.
 */
static void measure_imports(const struct gbm_gpu *gpu, const struct cen_format_info *info, struct gbm_answer *answer)
{
	const uint32_t width = 34, plain = (uint32_t)get_plain_stride(&info->planes[0], width);
	_cleanup_close_ int fd = -1;
	struct gbm_bo *bo;

	if (info->plane_count > 1 || answer->stride_aligns[0] == 1)
		return;
	bo = gbm_bo_create(gpu->device, TRIAL_SIZE, TRIAL_SIZE, info->fourcc, answer->flags | GBM_BO_USE_LINEAR);
	if (!bo)
		return;
	fd = gbm_bo_get_fd(bo);
	gbm_bo_destroy(bo);
	for (uint32_t align = info->planes[0].block_bytes; align < answer->stride_aligns[0]; align *= 2) {
		uint32_t multiple = plain / align + (plain % align != 0);

		if (fd < 0 || !can_import(gpu, answer, fd, width, (multiple | 1) * align))
			continue;
		answer->stride_aligns[0] = align > info->planes[0].block_bytes ? align : 1;
		answer->is_import_measured = true;
		return;
	}
}

static bool has_modifier(const struct gbm_answer *answer, uint64_t modifier)
{
	for (size_t i = 0; i < answer->modifier_count; i++) {
		if (answer->modifiers[i] == modifier)
			return true;
	}
	return false;
}

static void add_modifier(struct gbm_answer *answer, uint64_t modifier)
{
	if (modifier == DRM_FORMAT_MOD_INVALID || modifier == DRM_FORMAT_MOD_LINEAR ||
	    answer->modifier_count == GBM_MAX_MODIFIERS || has_modifier(answer, modifier))
		return;
	answer->modifiers[answer->modifier_count++] = modifier;
}

/* Its number may hold parameters of the chip that no table has. */
static void add_own_choice(const struct gbm_gpu *gpu, struct gbm_answer *answer)
{
	struct gbm_bo *bo = gbm_bo_create(gpu->device, TRIAL_SIZE, TRIAL_SIZE, answer->fourcc, answer->flags);

	if (!bo)
		return;
	answer->can_allocate = true;
	add_modifier(answer, gbm_bo_get_modifier(bo));
	gbm_bo_destroy(bo);
}

static bool can_make(const struct gbm_gpu *gpu, const struct gbm_answer *answer, uint64_t modifier)
{
	struct gbm_bo *bo = gbm_bo_create_with_modifiers2(gpu->device, TRIAL_SIZE, TRIAL_SIZE, answer->fourcc,
							  &modifier, 1, answer->flags);
	bool can = bo && gbm_bo_get_modifier(bo) == modifier;

	if (bo)
		gbm_bo_destroy(bo);
	return can;
}

static void add_known_modifiers(const struct gbm_gpu *gpu, struct gbm_answer *answer, bool is_passive)
{
	for (size_t i = 0; i < gpu->driver->modifier_count; i++) {
		uint64_t modifier = gpu->driver->modifiers[i];

		if (gbm_device_get_format_modifier_plane_count(gpu->device, answer->fourcc, modifier) > 0 &&
		    (is_passive || can_make(gpu, answer, modifier)))
			add_modifier(answer, modifier);
	}
}

static void fill_answer(const struct gbm_gpu *gpu, const struct cen_format_info *info, bool is_passive,
			struct gbm_answer *answer)
{
	for (uint32_t p = 0; p < CEN_MAX_PLANES; p++)
		answer->stride_aligns[p] = 1;
	answer->plane_count = info->plane_count;
	answer->is_linear =
		gbm_device_is_format_supported(gpu->device, info->fourcc, answer->flags | GBM_BO_USE_LINEAR);
	answer->is_supported =
		answer->is_linear || gbm_device_is_format_supported(gpu->device, info->fourcc, answer->flags);
	if (!answer->is_supported)
		return;
	if (!is_passive)
		add_own_choice(gpu, answer);
	/* Mesa says of each failure on stderr that it is one. */
	if (is_passive || answer->can_allocate)
		add_known_modifiers(gpu, answer, is_passive);
	if (answer->is_linear && answer->can_allocate && measure_strides(gpu, info, answer))
		measure_imports(gpu, info, answer);
}

static struct gbm_answer *find_answer(struct gbm_state *state, const struct gbm_gpu *gpu, uint32_t fourcc,
				      uint32_t flags)
{
	for (size_t i = 0; i < state->answer_count; i++) {
		struct gbm_answer *answer = &state->answers[i];

		if (answer->devnum == gpu->devnum && answer->fourcc == fourcc && answer->flags == flags)
			return answer;
	}
	return NULL;
}

/* Room for one answer behind those that are kept. */
static struct gbm_answer *make_room(struct gbm_state *state)
{
	struct gbm_answer *grown;
	size_t capacity;

	if (state->answer_count == state->answer_capacity) {
		capacity = state->answer_capacity ? state->answer_capacity * 2 : 16;
		grown = reallocarray(state->answers, capacity, sizeof(*grown));
		if (!grown)
			return NULL;
		state->answers = grown;
		state->answer_capacity = capacity;
	}
	return &state->answers[state->answer_count];
}

int _cen_gbm_ask(struct gbm_state *state, const struct gbm_gpu *gpu, uint32_t fourcc, uint32_t flags, bool is_passive,
		 const struct gbm_answer **answer)
{
	const struct cen_format_info *info = state->host->get_format_info(fourcc);
	struct gbm_answer *found = find_answer(state, gpu, fourcc, flags);

	if (!found) {
		found = make_room(state);
		if (!found)
			return -ENOMEM;
		*found = (struct gbm_answer){.devnum = gpu->devnum, .fourcc = fourcc, .flags = flags};
		if (info)
			fill_answer(gpu, info, is_passive, found);
		/* What was not tried may be tried next time. A failure may be one of memory. */
		if (!is_passive && (found->can_allocate || !found->is_supported))
			state->answer_count++;
	}
	*answer = found;
	return 0;
}
