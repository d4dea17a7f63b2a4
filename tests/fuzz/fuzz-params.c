/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a Wayland client may send a compositor: planes in any order, and any numbers. A host without dma-bufs has none
 * to send, so the requests end at the last check; the numbers are held against sizes of the input's choice.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "fuzz.h"
#include "params-check.h"

#define TILED 0x0100000000000001ull
#define ADDS_MAX 8

static const uint32_t fourccs[] = {DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12, DRM_FORMAT_YUV420, DRM_FORMAT_YUYV,
				   DRM_FORMAT_P010};
static const uint64_t modifiers[] = {CEN_MODIFIER_LINEAR, TILED, CEN_MODIFIER_INVALID, 7};

/* One "add", as the input has it. */
struct add {
	uint32_t offset, stride;
	uint8_t plane, modifier, reserved[6];
	uint64_t object_size;
};

struct script {
	uint8_t version, flags, add_count, fourcc;
	int32_t width, height;
	uint32_t any_fourcc;
	struct add adds[ADDS_MAX];
};

/* What the adds that were taken amount to, counted apart from the library. */
struct model {
	bool is_set[CEN_MAX_PLANES];
	const struct add *adds[CEN_MAX_PLANES];
};

/* Made once and kept: the fuzzer's time is for the client. */
static struct cen_offer *get_offer(void)
{
	static struct cen_offer *offer;
	struct cen_offer_desc desc = {.size = sizeof(desc), .main_device = 1};
	struct cen_capabilities *caps;

	if (offer)
		return offer;
	FUZZ_CHECK(cen_capabilities_create(&caps) == 0);
	for (size_t f = 0; f < sizeof(fourccs) / sizeof(fourccs[0]); f++) {
		/* The last modifier is not offered. */
		for (size_t m = 0; m < 3; m++) {
			const struct cen_capability capability = {
				.size = sizeof(capability), .fourcc = fourccs[f], .modifier = modifiers[m]};

			FUZZ_CHECK(cen_capabilities_add(caps, &capability, NULL) == 0);
		}
	}
	desc.renderer = caps;
	FUZZ_CHECK(cen_offer_create(&desc, &offer, NULL) == 0);
	cen_capabilities_unref(caps);
	return offer;
}

static uint64_t get_modifier(const struct add *add)
{
	return modifiers[add->modifier % 4];
}

/* The code that the protocol has for this "add"; -1: none, it is to be taken. */
static int expect_add(const struct model *model, const struct add *add, uint32_t version)
{
	if (add->plane >= CEN_MAX_PLANES)
		return CEN_PARAMS_ERROR_PLANE_IDX;
	if (model->is_set[add->plane])
		return CEN_PARAMS_ERROR_PLANE_SET;
	for (int n = 0; n < CEN_MAX_PLANES; n++) {
		if (version >= 5 && model->is_set[n] && get_modifier(model->adds[n]) != get_modifier(add))
			return CEN_PARAMS_ERROR_INVALID_FORMAT;
	}
	return -1;
}

static void check_told(const struct cen_refusal *refusal, int ret)
{
	FUZZ_CHECK(ret == -EPROTO || ret == -EINVAL);
	FUZZ_CHECK(refusal->is_protocol_error == (ret == -EPROTO));
	FUZZ_CHECK(refusal->message[0] && memchr(refusal->message, '\0', sizeof(refusal->message)));
}

static void add_one(struct cen_params *params, struct model *model, const struct script *script, const struct add *add,
		    int fd)
{
	int code = expect_add(model, add, script->version);
	struct cen_refusal refusal;
	int ret = cen_params_add(params, fcntl(fd, F_DUPFD_CLOEXEC, 0), add->plane, add->offset, add->stride,
				 get_modifier(add), &refusal);

	if (code < 0) {
		FUZZ_CHECK(ret == 0);
		model->is_set[add->plane] = true;
		model->adds[add->plane] = add;
		return;
	}
	check_told(&refusal, ret);
	FUZZ_CHECK(ret == -EPROTO && refusal.code == (uint32_t)code);
}

static uint32_t get_fourcc(const struct script *script)
{
	uint8_t n = script->fourcc % 6;

	return n < 5 ? fourccs[n] : script->any_fourcc;
}

static void try_requests(const struct script *script, struct model *model, int fd)
{
	struct cen_params *params;
	struct cen_refusal refusal;
	struct cen_buffer *buffer;
	int ret;

	FUZZ_CHECK(cen_params_create(get_offer(), script->version, script->flags & CEN_PARAMS_CPU, &params) == 0);
	for (int n = 0; n < script->add_count % (ADDS_MAX + 1); n++)
		add_one(params, model, script, &script->adds[n], fd);
	for (int n = 0; n < 2; n++) {
		ret = cen_params_finish(params, script->width, script->height, get_fourcc(script), &buffer, &refusal);
		FUZZ_CHECK(!buffer);
		check_told(&refusal, ret);
		FUZZ_CHECK((n == 1) == (ret == -EPROTO && refusal.code == CEN_PARAMS_ERROR_ALREADY_USED));
	}
	ret = cen_params_add(params, fcntl(fd, F_DUPFD_CLOEXEC, 0), 0, 0, 0, 0, &refusal);
	FUZZ_CHECK(ret == -EPROTO && refusal.code == CEN_PARAMS_ERROR_ALREADY_USED);
	cen_params_destroy(params);
}

/* A plane that was let through: each byte that a linear read of it touches is in the object. */
static void check_inside(const struct script *script, uint32_t n, const struct add *add, uint64_t bytes)
{
	const struct cen_format_info *format = cen_format_get_info(get_fourcc(script));
	unsigned __int128 rows, row, end;

	FUZZ_CHECK(format && script->width > 0 && script->height > 0 && add->offset < add->object_size);
	if (get_modifier(add) == TILED)
		return;
	FUZZ_CHECK(n < format->plane_count);
	rows = ((unsigned __int128)script->height + format->planes[n].vsub - 1) / format->planes[n].vsub;
	row = ((unsigned __int128)script->width + format->planes[n].hsub - 1) / format->planes[n].hsub *
	      format->planes[n].block_bytes / format->planes[n].block_width;
	end = add->offset + rows * add->stride;
	FUZZ_CHECK(add->stride >= row && end <= add->object_size && bytes == rows * add->stride);
}

static void try_numbers(const struct script *script, const struct model *model)
{
	struct params_wish wish = {
		.version = script->version,
		.width = script->width,
		.height = script->height,
		.fourcc = get_fourcc(script),
	};
	struct cen_refusal refusal;
	uint32_t plane_count;
	uint64_t bytes;
	int ret;

	for (int n = 0; n < CEN_MAX_PLANES; n++) {
		if (model->is_set[n])
			wish.planes[n] = (struct params_plane){true, -1, model->adds[n]->offset, model->adds[n]->stride,
							       get_modifier(model->adds[n])};
	}
	ret = _cen_params_check_wish(get_offer(), &wish, &plane_count, &refusal);
	if (ret < 0) {
		check_told(&refusal, ret);
		return;
	}
	FUZZ_CHECK(plane_count >= 1 && plane_count <= CEN_MAX_PLANES);
	for (uint32_t n = 0; n < plane_count; n++) {
		FUZZ_CHECK(model->is_set[n] && get_modifier(model->adds[n]) == get_modifier(model->adds[0]));
		FUZZ_CHECK(get_modifier(model->adds[n]) != 7);
		ret = _cen_params_check_bounds(&wish, n, model->adds[n]->object_size, &bytes, &refusal);
		if (ret == 0)
			check_inside(script, n, model->adds[n], bytes);
		else
			check_told(&refusal, ret);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = {0};
	struct model model = {0};
	int fd = memfd_create("fuzz-params", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	if (size)
		memcpy(&script, data, size < sizeof(script) ? size : sizeof(script));
	try_requests(&script, &model, fd);
	try_numbers(&script, &model);
	close(fd);
	return 0;
}
