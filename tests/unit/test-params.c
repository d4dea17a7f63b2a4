/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A client's buffer, as far as a host without dma-bufs goes: the numbers, and each refusal with its code. The way to a
 * buffer is walked in the guest (tests/vm/guest-tests/params.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "balance.h"
#include "fault.h"
#include "params-check.h"

#define TILED 0x0100000000000001ull

static struct cen_offer *make_offer(void)
{
	static const struct {
		uint32_t fourcc;
		uint64_t modifier;
	} pairs[] = {
		{DRM_FORMAT_XRGB8888, CEN_MODIFIER_LINEAR},  {DRM_FORMAT_XRGB8888, TILED},
		{DRM_FORMAT_XRGB8888, CEN_MODIFIER_INVALID}, {DRM_FORMAT_NV12, CEN_MODIFIER_LINEAR},
		{DRM_FORMAT_YUV420, CEN_MODIFIER_LINEAR},
	};
	struct cen_offer_desc desc = {.size = sizeof(desc), .main_device = 0xe280};
	struct cen_capabilities *caps;
	struct cen_offer *offer;

	assert_int_equal(cen_capabilities_create(&caps), 0);
	for (size_t n = 0; n < sizeof(pairs) / sizeof(pairs[0]); n++) {
		const struct cen_capability capability = {
			.size = sizeof(capability), .fourcc = pairs[n].fourcc, .modifier = pairs[n].modifier};

		assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
	}
	desc.renderer = caps;
	assert_int_equal(cen_offer_create(&desc, &offer, NULL), 0);
	cen_capabilities_unref(caps);
	return offer;
}

static int open_memory(void)
{
	int fd = memfd_create("no-dma-buf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	return fd;
}

static struct cen_params *make_params(uint32_t version, uint32_t flags)
{
	struct cen_offer *offer = make_offer();
	struct cen_params *params;

	assert_int_equal(cen_params_create(offer, version, flags, &params), 0);
	cen_offer_unref(offer);
	return params;
}

static void add(struct cen_params *params, uint32_t plane, uint32_t offset, uint32_t stride, uint64_t modifier)
{
	struct cen_refusal refusal;

	assert_int_equal(cen_params_add(params, open_memory(), plane, offset, stride, modifier, &refusal), 0);
}

/* Anything but a refusal with a text is a failure of the test. */
static void check_refusal(const struct cen_refusal *refusal, int ret, int code, const char *text)
{
	assert_int_equal(ret, code < 0 ? -EINVAL : -EPROTO);
	assert_int_equal(refusal->is_protocol_error, code >= 0);
	if (code >= 0)
		assert_int_equal(refusal->code, (uint32_t)code);
	if (!strstr(refusal->message, text))
		fail_msg("\"%s\" is not in \"%s\"", text, refusal->message);
}

#define POLITE (-1)

static void refuse_add(struct cen_params *params, uint32_t plane, uint64_t modifier, int code, const char *text)
{
	struct cen_refusal refusal;
	int ret = cen_params_add(params, open_memory(), plane, 0, 256, modifier, &refusal);

	check_refusal(&refusal, ret, code, text);
}

/* Also the end of the parameters. */
static void refuse_finish(struct cen_params *params, int32_t width, int32_t height, uint32_t fourcc, int code,
			  const char *text)
{
	struct cen_buffer *buffer = (struct cen_buffer *)params;
	struct cen_refusal refusal;
	int ret = cen_params_finish(params, width, height, fourcc, &buffer, &refusal);

	assert_null(buffer);
	check_refusal(&refusal, ret, code, text);
	cen_params_destroy(params);
}

static void test_create(void **state)
{
	struct cen_offer *offer = make_offer();
	struct cen_params *params = (struct cen_params *)offer;

	(void)state;
	assert_int_equal(cen_params_create(offer, 5, 2, &params), -EINVAL);
	assert_null(params);
	cen_params_destroy(NULL);
	cen_offer_unref(offer);
}

static void test_add(void **state)
{
	size_t fds = balance_count_fds();
	struct cen_params *params = make_params(5, 0);
	struct cen_buffer *buffer;
	struct cen_refusal refusal;

	(void)state;
	add(params, 1, 0, 256, CEN_MODIFIER_LINEAR);
	refuse_add(params, 4, CEN_MODIFIER_LINEAR, CEN_PARAMS_ERROR_PLANE_IDX, "plane 4");
	refuse_add(params, UINT32_MAX, CEN_MODIFIER_LINEAR, CEN_PARAMS_ERROR_PLANE_IDX, "plane 4294967295");
	refuse_add(params, 1, CEN_MODIFIER_LINEAR, CEN_PARAMS_ERROR_PLANE_SET, "plane 1");
	refuse_add(params, 0, TILED, CEN_PARAMS_ERROR_INVALID_FORMAT, "planes 1 and 0 have different modifiers");
	assert_int_equal(cen_params_finish(params, 64, 64, DRM_FORMAT_NV12, &buffer, &refusal), -EPROTO);
	refuse_add(params, 2, CEN_MODIFIER_LINEAR, CEN_PARAMS_ERROR_ALREADY_USED, "already used");
	refuse_finish(params, 64, 64, DRM_FORMAT_NV12, CEN_PARAMS_ERROR_ALREADY_USED, "already used");
	/* What was added and never used is closed, too. */
	params = make_params(5, 0);
	add(params, 0, 0, 256, CEN_MODIFIER_LINEAR);
	cen_params_destroy(params);
	assert_true(balance_check_fds(fds));
}

static void test_finish(void **state)
{
	static const struct {
		uint32_t version, fourcc;
		int32_t width, height;
		uint32_t planes; /* a bit each */
		int code;
		uint64_t modifier;
		const char *text;
	} cases[] = {
		{5, DRM_FORMAT_XRGB8888, 0, 64, 1, CEN_PARAMS_ERROR_INVALID_DIMENSIONS, 0, "size 0x64"},
		{5, DRM_FORMAT_XRGB8888, 64, -1, 1, CEN_PARAMS_ERROR_INVALID_DIMENSIONS, 0, "size 64x-1"},
		{5, DRM_FORMAT_XRGB8888, INT32_MIN, 64, 1, CEN_PARAMS_ERROR_INVALID_DIMENSIONS, 0, "size -2147483648"},
		{5, DRM_FORMAT_XRGB8888, 65537, 64, 1, POLITE, 0, "bounded by 65536"},
		{5, DRM_FORMAT_XRGB8888, 64, 64, 0, CEN_PARAMS_ERROR_INCOMPLETE, 0, "plane 0 of XR24 was not added"},
		{5, DRM_FORMAT_NV12, 64, 64, 1, CEN_PARAMS_ERROR_INCOMPLETE, 0, "1 planes were added, NV12 has 2"},
		{5, DRM_FORMAT_YUV420, 64, 64, 5, CEN_PARAMS_ERROR_INCOMPLETE, 0, "plane 1 of YU12 was not added"},
		{5, DRM_FORMAT_NV12, 64, 64, 7, CEN_PARAMS_ERROR_INCOMPLETE, 0, "3 planes were added"},
		{5, DRM_FORMAT_XRGB8888, 64, 64, 3, CEN_PARAMS_ERROR_INCOMPLETE, CEN_MODIFIER_INVALID, "2 planes"},
		{5, 0x34333231, 64, 64, 1, CEN_PARAMS_ERROR_INVALID_FORMAT, 0, "1234 (0x34333231) was not offered"},
		{3, DRM_FORMAT_YUYV, 64, 64, 1, CEN_PARAMS_ERROR_INVALID_FORMAT, 0,
		 "YUYV (0x56595559) was not offered"},
		{4, DRM_FORMAT_NV12, 64, 64, 3, CEN_PARAMS_ERROR_INVALID_FORMAT, TILED, "NV12 with the modifier"},
		{3, DRM_FORMAT_NV12, 64, 64, 3, POLITE, TILED, "NV12 with the modifier"},
		{5, DRM_FORMAT_XRGB8888, 64, 64, 1, POLITE, 0, "plane 0: its fd is no dma-buf"},
		{5, DRM_FORMAT_XRGB8888, 64, 64, 15, POLITE, TILED, "no dma-buf"},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		size_t fds = balance_count_fds();
		struct cen_params *params = make_params(cases[n].version, CEN_PARAMS_CPU);

		for (uint32_t plane = 0; plane < 4; plane++) {
			if (cases[n].planes >> plane & 1)
				add(params, plane, 0, 256, cases[n].modifier);
		}
		refuse_finish(params, cases[n].width, cases[n].height, cases[n].fourcc, cases[n].code, cases[n].text);
		assert_true(balance_check_fds(fds));
	}
}

/* Before version 5 unequal modifiers are no protocol error. */
static void test_unequal_modifiers(void **state)
{
	struct cen_params *params = make_params(4, 0);

	(void)state;
	add(params, 0, 0, 64, CEN_MODIFIER_LINEAR);
	add(params, 1, 0, 64, TILED);
	refuse_finish(params, 64, 64, DRM_FORMAT_NV12, POLITE, "planes 0 and 1 have different modifiers");
}

static void check_bounds(uint32_t fourcc, uint32_t plane, struct params_plane numbers, uint64_t object, uint64_t bytes)
{
	struct params_wish wish = {.version = 5, .width = 101, .height = 51, .fourcc = fourcc};
	struct cen_refusal refusal = {0};
	uint64_t got = 1;
	int ret;

	wish.planes[plane] = numbers;
	ret = _cen_params_check_bounds(&wish, plane, object, &got, &refusal);
	if (bytes != UINT64_MAX) {
		assert_int_equal(ret, 0);
		assert_true(got == bytes);
		return;
	}
	check_refusal(&refusal, ret, CEN_PARAMS_ERROR_OUT_OF_BOUNDS, "plane");
}

/* 101x51: the last byte that is needed, and one less. */
static void test_bounds(void **state)
{
	const uint64_t implicit = CEN_MODIFIER_INVALID, refused = UINT64_MAX;

	(void)state;
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.stride = 404}, 404 * 51, 404 * 51);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.stride = 404}, 404 * 51 - 1, refused);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.stride = 403}, 1 << 20, refused);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.stride = 0}, 1 << 20, refused);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.offset = 1, .stride = 404}, 404 * 51, refused);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.offset = 9, .stride = 404}, 9 + 404 * 51, 404 * 51);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.offset = UINT32_MAX, .stride = UINT32_MAX}, 1 << 20,
		     refused);
	/* Everything that 32 bits would have wrapped to something that fits. */
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.stride = 0x05050506}, 1 << 20, refused);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.offset = UINT32_MAX, .stride = UINT32_MAX},
		     UINT64_MAX, 51ull * UINT32_MAX);
	/* Half a sample more is a whole one, in both directions. */
	check_bounds(DRM_FORMAT_NV12, 1, (struct params_plane){.stride = 102}, 102 * 26, 102 * 26);
	check_bounds(DRM_FORMAT_NV12, 1, (struct params_plane){.stride = 102}, 102 * 26 - 1, refused);
	check_bounds(DRM_FORMAT_NV12, 1, (struct params_plane){.stride = 101}, 1 << 20, refused);
	check_bounds(DRM_FORMAT_YUV420, 2, (struct params_plane){.offset = 64, .stride = 51}, 64 + 51 * 26, 51 * 26);
	/* Without a modifier as linear; a driver's layout by its start alone. */
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.stride = 404, .modifier = implicit}, 404 * 51 - 1,
		     refused);
	check_bounds(DRM_FORMAT_XRGB8888, 0, (struct params_plane){.offset = 99, .modifier = TILED}, 100, 0);
	check_bounds(DRM_FORMAT_XRGB8888, 3, (struct params_plane){.offset = 100, .modifier = TILED}, 100, refused);
}

static int walk(struct cen_offer *offer)
{
	struct cen_params *params;
	struct cen_refusal refusal;
	struct cen_buffer *buffer;
	int ret = cen_params_create(offer, 5, 0, &params);

	if (ret < 0)
		return ret;
	ret = cen_params_add(params, open("/dev/null", O_RDWR | O_CLOEXEC), 0, 0, 256, 0, &refusal);
	if (ret == 0)
		ret = cen_params_finish(params, 64, 64, DRM_FORMAT_XRGB8888, &buffer, &refusal);
	cen_params_destroy(params);
	return ret;
}

static void test_faults(void **state)
{
	struct cen_offer *offer = make_offer();
	size_t fds = balance_count_fds(), alive = fault_alive();
	unsigned long n = 1;
	bool fired;

	(void)state;
	do {
		int ret;

		fault_arm(FAULT_MEMORY, n++);
		ret = walk(offer);
		fired = fault_disarm();
		assert_int_equal(ret, fired ? -ENOMEM : -EINVAL);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	} while (fired);
	assert_true(n > 3);
	cen_offer_unref(offer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create), cmocka_unit_test(test_add),
		cmocka_unit_test(test_finish), cmocka_unit_test(test_unequal_modifiers),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
