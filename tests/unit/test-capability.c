/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Capability sets: order, sharing, freezing, looking up, and what is refused. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include <cenalloc/format.h>

#include "capability.h"
#include "fault.h"

static const struct cen_constraint align64 = {CEN_CONSTRAINT_STRIDE_ALIGN, 0, 64, CEN_PROVENANCE_QUERIED, 0, "S_FMT"};
static const struct cen_constraint align32 = {CEN_CONSTRAINT_STRIDE_ALIGN, 0, 32, CEN_PROVENANCE_QUERIED, 0, "S_FMT"};

static int add(struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier, uint32_t preference,
	       const struct cen_constraint *constraint)
{
	const struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = fourcc,
		.preference = preference,
		.modifier = modifier,
		.constraints = constraint,
		.constraint_count = constraint ? 1 : 0,
	};

	return cen_capabilities_add(caps, &capability, NULL);
}

static void test_order(void **state)
{
	struct cen_capability got = {.size = sizeof(got)}, before = {0};
	struct cen_capabilities *caps;
	size_t first, end;

	(void)state;
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(add(caps, DRM_FORMAT_XRGB8888, 5, 0, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, 0, 1, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_XRGB8888, 0, 2, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, 0, 3, &align32), 0);
	assert_int_equal(add(caps, DRM_FORMAT_YUYV, 0, 4, NULL), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, 0, 5, &align32), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(cen_capabilities_get(caps, i, &got), 0);
		assert_true(before.fourcc < got.fourcc ||
			    (before.fourcc == got.fourcc && before.modifier < got.modifier) ||
			    (before.fourcc == got.fourcc && before.modifier == got.modifier &&
			     before.preference < got.preference));
		before = got;
	}
	assert_int_equal(cen_capabilities_get(caps, 6, &got), -EINVAL);
	got.size = sizeof(got) - 1;
	assert_int_equal(cen_capabilities_get(caps, 0, &got), -EINVAL);

	_cen_capabilities_find(caps, DRM_FORMAT_NV12, &first, &end);
	assert_int_equal(end - first, 3);
	assert_int_equal(caps->entries[first].preference, 1);
	assert_int_equal(caps->entries[end - 1].preference, 5);
	_cen_capabilities_find(caps, DRM_FORMAT_XRGB8888, &first, &end);
	assert_int_equal(end - first, 2);
	assert_int_equal(caps->entries[first].modifier, 0);
	assert_int_equal(caps->entries[first + 1].modifier, 5);
	_cen_capabilities_find(caps, DRM_FORMAT_NV21, &first, &end);
	assert_int_equal(first, end);
	_cen_capabilities_find(caps, 0, &first, &end);
	assert_int_equal(first, end);
	_cen_capabilities_find(caps, UINT32_MAX, &first, &end);
	assert_int_equal(first, end);
	cen_capabilities_unref(caps);
}

/* Against a simple loop, in a random order of adding. */
static void test_find_all(void **state)
{
	struct cen_capabilities *caps;
	const struct cen_format_info *info;
	unsigned int seed = 7;

	(void)state;
	assert_int_equal(cen_capabilities_create(&caps), 0);
	for (unsigned int i = 0; i < 2000; i++) {
		seed = seed * 1103515245u + 12345u;
		info = cen_format_get_nth((seed >> 16) % 90);
		assert_int_equal(add(caps, info->fourcc, (seed >> 8) % 7, i, i % 2 ? &align32 : &align64), 0);
	}
	for (size_t n = 0; (info = cen_format_get_nth(n)); n++) {
		size_t first, end, count = 0;

		for (size_t i = 0; i < caps->count; i++)
			count += caps->entries[i].fourcc == info->fourcc;
		_cen_capabilities_find(caps, info->fourcc, &first, &end);
		assert_int_equal(end - first, count);
		for (size_t i = first; i < end; i++)
			assert_int_equal(caps->entries[i].fourcc, info->fourcc);
	}
	cen_capabilities_unref(caps);
}

/* The older number of a layout: once, with what the newer has, and behind all; not the other way round. */
static void test_older_number(void **state)
{
	const uint64_t older = DRM_FORMAT_MOD_NVIDIA_16BX2_BLOCK(4);
	const uint64_t newer = DRM_FORMAT_MOD_NVIDIA_BLOCK_LINEAR_2D(0, 0, 0, 0xfe, 4);
	const uint64_t desktop = DRM_FORMAT_MOD_NVIDIA_BLOCK_LINEAR_2D(0, 1, 2, 0x06, 4);
	struct cen_capability got = {.size = sizeof(got)};
	struct cen_capabilities *caps;

	(void)state;
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(add(caps, DRM_FORMAT_XRGB8888, older, 0, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_XRGB8888, desktop, 0, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_NVIDIA_TEGRA_TILED, 0, &align64), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 3);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, newer, 7, &align32), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 5);
	assert_int_equal(cen_capabilities_get(caps, 0, &got), 0);
	assert_int_equal(got.fourcc, DRM_FORMAT_NV12);
	assert_true(got.modifier == older);
	assert_int_equal(got.preference, 7 + 256);
	assert_int_equal(got.constraints[0].value, 32);
	assert_int_equal(cen_capabilities_get(caps, 1, &got), 0);
	assert_true(got.modifier == newer);
	assert_int_equal(got.preference, 7);
	cen_capabilities_unref(caps);

	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, older, 0, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, newer, 1, &align64), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 2);
	cen_capabilities_unref(caps);
}

static void test_sharing(void **state)
{
	struct cen_constraint own = align64;
	char note[] = "S_FMT";
	struct cen_capabilities *caps;

	(void)state;
	own.note = note;
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV12, 0, 0, &own), 0);
	assert_int_equal(add(caps, DRM_FORMAT_YUYV, 0, 0, &align64), 0);
	assert_int_equal(add(caps, DRM_FORMAT_XRGB8888, 0, 0, &align32), 0);
	assert_int_equal(add(caps, DRM_FORMAT_NV16, 0, 0, &align64), 0);
	memset(note, 'x', 5);
	assert_int_equal(caps->set_count, 2);
	assert_int_equal(caps->count, 4);
	assert_string_equal(caps->entries[0].set->items[0].note, "S_FMT");
	/* Behind YUYV, which has the other set: the last set that came counts, too. */
	assert_int_equal(add(caps, DRM_FORMAT_UYVY, 0, 0, &align32), 0);
	assert_int_equal(caps->set_count, 2);
	/* Modifiers that alternate: so does the set, and is kept once. */
	for (uint32_t modifier = 1; modifier < 17; modifier++)
		assert_int_equal(add(caps, DRM_FORMAT_UYVY, modifier, 0, modifier & 1 ? &align64 : &align32), 0);
	assert_int_equal(caps->set_count, 2);
	cen_capabilities_unref(caps);
}

static void test_freeze_and_refs(void **state)
{
	struct cen_capabilities *caps;
	struct cen_error *err = NULL;
	const struct cen_capability capability = {.size = sizeof(capability), .fourcc = DRM_FORMAT_NV12};
	size_t alive = fault_alive();

	(void)state;
	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
	assert_ptr_equal(cen_capabilities_ref(caps), caps);
	_cen_capabilities_freeze(caps);
	_cen_capabilities_freeze(caps);
	assert_int_equal(cen_capabilities_add(caps, &capability, &err), -EBUSY);
	assert_non_null(err);
	cen_error_destroy(err);
	cen_capabilities_unref(caps);
	assert_int_equal(cen_capabilities_get_count(caps), 1);
	cen_capabilities_unref(caps);
	cen_capabilities_unref(NULL);
	assert_int_equal(fault_alive(), alive);
}

static void check_refused(const struct cen_capability *capability, int ret, enum cen_error_code code)
{
	struct cen_capabilities *caps;
	struct cen_error *err = NULL;

	assert_int_equal(cen_capabilities_create(&caps), 0);
	assert_int_equal(cen_capabilities_add(caps, capability, &err), ret);
	assert_int_equal(cen_error_get_code(err), code);
	assert_int_equal(cen_capabilities_get_count(caps), 0);
	cen_error_destroy(err);
	cen_capabilities_unref(caps);
}

static void test_refused(void **state)
{
	const struct cen_constraint unequal[] = {
		{.kind = CEN_CONSTRAINT_CHROMA_ROWS, .value = 1080},
		{.kind = CEN_CONSTRAINT_CHROMA_ROWS, .value = 1088},
	};
	const struct cen_constraint unknown = {.kind = 1000, .value = 1};
	const struct cen_constraint zero = {.kind = CEN_CONSTRAINT_STRIDE_ALIGN};
	struct {
		struct cen_capability known;
		uint64_t later;
	} longer = {.known = {.size = sizeof(longer), .fourcc = DRM_FORMAT_NV12}, .later = 1};
	struct cen_capability capability = {.size = sizeof(capability) - 8, .fourcc = DRM_FORMAT_NV12};

	(void)state;
	check_refused(&capability, -EINVAL, CEN_ERROR_ARGUMENT);
	capability.size = sizeof(capability);
	capability.fourcc = 0x12345678;
	check_refused(&capability, -EINVAL, CEN_ERROR_UNKNOWN_FORMAT);
	capability.fourcc = DRM_FORMAT_NV12;
	capability.constraint_count = 1;
	check_refused(&capability, -EINVAL, CEN_ERROR_ARGUMENT);
	capability.constraints = &unknown;
	check_refused(&capability, -EINVAL, CEN_ERROR_UNKNOWN_FLAG);
	capability.constraints = &zero;
	check_refused(&capability, -EINVAL, CEN_ERROR_ARGUMENT);
	capability.constraints = unequal;
	capability.constraint_count = 2;
	check_refused(&capability, -ERANGE, CEN_ERROR_OVERFLOW);
	check_refused(&longer.known, -EINVAL, CEN_ERROR_UNKNOWN_FLAG);
}

static int build(struct cen_capabilities **out)
{
	int ret = cen_capabilities_create(out);

	for (uint32_t i = 0; ret == 0 && i < 20; i++)
		ret = add(*out, i % 2 ? DRM_FORMAT_NV12 : DRM_FORMAT_YUYV, 100 - i, 0, i % 3 ? &align64 : &align32);
	return ret;
}

static void test_no_memory(void **state)
{
	unsigned long nth = 0;
	bool has_failed;

	(void)state;
	do {
		size_t alive = fault_alive();
		struct cen_capabilities *caps;
		int ret;

		fault_arm(FAULT_MEMORY, ++nth);
		ret = build(&caps);
		has_failed = fault_disarm();
		assert_int_equal(ret, has_failed ? -ENOMEM : 0);
		cen_capabilities_unref(caps);
		assert_int_equal(fault_alive(), alive);
	} while (has_failed);
	assert_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),           cmocka_unit_test(test_find_all),
		cmocka_unit_test(test_sharing),         cmocka_unit_test(test_older_number),
		cmocka_unit_test(test_freeze_and_refs), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
