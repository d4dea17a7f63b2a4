/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A compositor's feedback as capabilities: ranks, doubles, what is assumed, and what is sent back. */
#include <cenalloc/format.h>

#include "feedback-rounds.h"

static struct cen_capabilities *get_caps(const struct cen_feedback *feedback, uint32_t usage)
{
	struct cen_capabilities *caps;

	assert_int_equal(cen_feedback_get_capabilities(feedback, usage, &caps, NULL), 0);
	return caps;
}

/* The alternative of this format and modifier; size 0 when there is none. More than one fails. */
static struct cen_capability find(const struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier)
{
	struct cen_capability got = {.size = sizeof(got)}, found = {0};

	for (size_t i = 0; cen_capabilities_get(caps, i, &got) == 0; i++) {
		if (got.fourcc != fourcc || got.modifier != modifier)
			continue;
		assert_int_equal(found.size, 0);
		found = got;
	}
	return found;
}

static void check_rank(const struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier, uint32_t preference)
{
	struct cen_capability got = find(caps, fourcc, modifier);

	assert_int_equal(got.size, sizeof(got));
	assert_int_equal(got.preference, preference);
}

/* The order that a set promises. */
static void check_order(const struct cen_capabilities *caps)
{
	struct cen_capability got = {.size = sizeof(got)}, before = {0};

	for (size_t i = 0; cen_capabilities_get(caps, i, &got) == 0; i++) {
		assert_true(got.fourcc > before.fourcc ||
			    (got.fourcc == before.fourcc && got.modifier > before.modifier));
		before = got;
	}
}

static void test_doubles(void **state)
{
	struct cen_feedback *feedback = create();
	const uint16_t more[] = {1, 4, 0};
	struct cen_capabilities *caps;

	(void)state;
	assert_int_equal(send_table(feedback, entries, sizeof(entries), TABLE_BYTES), 0);
	assert_int_equal(cen_feedback_tranche_formats(feedback, more, sizeof(more), NULL), 0);
	assert_int_equal(TRANCHE(feedback, gpu, 0, 4, 4, 1, 0, 2), 0);
	/* Another tranche may list them once more. */
	assert_int_equal(TRANCHE(feedback, card, 0, 4, 0), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_int_equal(get_tranche(feedback, 0).pair_count, 3);
	assert_int_equal(get_tranche(feedback, 1).pair_count, 2);
	check_pair(feedback, 0, 0, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR);
	check_pair(feedback, 1, 0, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR);
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	check_rank(caps, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR, 0);
	check_order(caps);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);
}

static void test_largest(void **state)
{
	struct entry *table = calloc(MOST, sizeof(*table));
	uint16_t *indices = calloc(MOST, sizeof(*indices));
	struct cen_feedback *feedback = create();
	struct cen_capabilities *caps;

	(void)state;
	assert_true(table && indices);
	for (uint32_t i = 0; i < MOST; i++) {
		table[i] = (struct entry){i % 2 ? DRM_FORMAT_NV12 : DRM_FORMAT_XRGB8888, 0, MOST - i / 4};
		indices[i] = (uint16_t)i;
	}
	assert_int_equal(send_table(feedback, table, MOST * sizeof(*table), MOST * 16), 0);
	assert_int_equal(send_tranche(feedback, gpu, 0, indices, MOST), 0);
	assert_int_equal(send_tranche(feedback, card, 0, indices, MOST), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	/* Each pair is there twice. */
	assert_int_equal(get_tranche(feedback, 0).pair_count, MOST / 2);
	assert_int_equal(get_tranche(feedback, 1).pair_count, MOST / 2);
	for (uint32_t i = 0; i < MOST / 2; i++)
		check_pair(feedback, 1, i, table[i / 2 * 4 + i % 2].fourcc, table[i / 2 * 4].modifier);
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	assert_true(cen_capabilities_get_count(caps) == MOST / 2);
	check_order(caps);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);
	free(table);
	free(indices);
}

static void test_version_3(void **state)
{
	struct cen_feedback *feedback = create();
	struct cen_capabilities *caps;
	struct cen_capability got;

	(void)state;
	assert_int_equal(cen_feedback_modifier(feedback, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR, NULL), 0);
	assert_int_equal(cen_feedback_modifier(feedback, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID, NULL), 0);
	assert_int_equal(cen_feedback_modifier(feedback, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR, NULL), 0);
	assert_true(cen_feedback_get_generation(feedback) == 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_generation(feedback) == 1);
	assert_true(cen_feedback_get_main_device(feedback) == 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 1);
	assert_int_equal(get_tranche(feedback, 0).pair_count, 2);
	assert_true(get_tranche(feedback, 0).device == 0);
	check_pair(feedback, 0, 1, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID);
	/* Nobody says what draws: it may be the CPU. */
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	for (int i = 0; i < 2; i++) {
		got = find(caps, i ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR);
		assert_true(got.constraint_count == 3);
		assert_int_equal(got.constraints[0].kind, CEN_CONSTRAINT_FD_MODE);
		assert_true(got.constraints[0].value == CEN_FD_READ_WRITE);
		assert_int_equal(got.constraints[0].provenance, CEN_PROVENANCE_ASSUMED);
		assert_non_null(strstr(got.constraints[0].note, "names no device"));
		assert_int_equal(got.constraints[1].kind, CEN_CONSTRAINT_CPU_MAPPABLE);
		assert_true(got.constraints[1].value == 1);
		/* Without another protocol, fences are in the dma-buf. */
		assert_int_equal(got.constraints[2].kind, CEN_CONSTRAINT_SYNC);
		assert_true(got.constraints[2].value == CEN_SYNC_IMPLICIT);
	}
	cen_capabilities_unref(caps);
	/* No tranche is for scanout. */
	caps = get_caps(feedback, CEN_USAGE_SCANOUT);
	assert_true(cen_capabilities_get_count(caps) == 0);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);
}

static void test_capabilities(void **state)
{
	struct cen_feedback *feedback = create();
	struct cen_capabilities *caps = (void *)feedback;
	struct cen_error *err = NULL;

	(void)state;
	assert_int_equal(cen_feedback_get_capabilities(feedback, CEN_USAGE_TEXTURE, &caps, NULL), -EAGAIN);
	assert_null(caps);
	/* A round that says nothing is an answer. */
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	assert_true(cen_capabilities_get_count(caps) == 0);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);

	feedback = create_full();
	for (uint32_t usage = 0; usage < 40; usage++) {
		if (usage == CEN_USAGE_TEXTURE || usage == CEN_USAGE_SCANOUT)
			continue;
		assert_int_equal(cen_feedback_get_capabilities(feedback, usage, &caps, &err), -EINVAL);
		assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_FLAG);
		cen_error_destroy(err);
		err = NULL;
	}
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	check_order(caps);
	check_rank(caps, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR, 0);
	check_rank(caps, DRM_FORMAT_XRGB8888, VENDOR, 1);
	check_rank(caps, DRM_FORMAT_XRGB8888, UNHEARD, 1);
	check_rank(caps, DRM_FORMAT_NV12, DRM_FORMAT_MOD_INVALID, 1);
	check_rank(caps, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR, 2);
	check_rank(caps, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_INVALID, 0);
	check_rank(caps, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR, 2);
	/* The format of the future is not among them. */
	assert_true(cen_capabilities_get_count(caps) == 7);
	assert_true(find(caps, DRM_FORMAT_XRGB8888, VENDOR).constraint_count == 1);
	assert_true(find(caps, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR).constraint_count == 1);
	cen_capabilities_unref(caps);

	caps = get_caps(feedback, CEN_USAGE_SCANOUT);
	assert_true(cen_capabilities_get_count(caps) == 3);
	check_rank(caps, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR, 0);
	check_rank(caps, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_INVALID, 0);
	check_rank(caps, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR, 1);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);
}

/* Empty tranches are told, and have no rank. A device number of 0 names no device. */
static void test_empty_tranches(void **state)
{
	struct cen_feedback *feedback = create();
	struct cen_capabilities *caps;

	(void)state;
	assert_int_equal(send_tranche(feedback, gpu, 0, NULL, 0), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 1);
	assert_int_equal(get_tranche(feedback, 0).pair_count, 0);
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	assert_true(cen_capabilities_get_count(caps) == 0);
	cen_capabilities_unref(caps);

	assert_int_equal(send_table(feedback, entries, sizeof(entries), TABLE_BYTES), 0);
	assert_int_equal(send_tranche(feedback, gpu, CEN_TRANCHE_SCANOUT, NULL, 0), 0);
	assert_int_equal(TRANCHE(feedback, gpu, 0, 1), 0);
	assert_int_equal(send_tranche(feedback, gpu, 0, NULL, 0), 0);
	assert_int_equal(TRANCHE(feedback, 0, 0, 0), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 4);
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	check_rank(caps, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR, 0);
	check_rank(caps, DRM_FORMAT_XRGB8888, VENDOR, 1);
	assert_true(find(caps, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR).constraint_count == 1);
	assert_true(find(caps, DRM_FORMAT_XRGB8888, VENDOR).constraint_count == 3);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);
}

static void test_wire_modifier(void **state)
{
	struct cen_feedback *feedback = create_full();
	const uint64_t linear = DRM_FORMAT_MOD_LINEAR, invalid = DRM_FORMAT_MOD_INVALID;
	struct cen_capabilities *caps;

	(void)state;
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_XRGB8888, linear) == linear);
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_XRGB8888, VENDOR) == VENDOR);
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_NV12, linear) == invalid);
	/* A layout that has a name is not sent without it. */
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_NV12, VENDOR) == VENDOR);
	/* In the table, but in no tranche. */
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_ARGB8888, linear) == invalid);
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_YUYV, linear) == linear);
	/* Both are listed: nothing is added, and linear is sent as such. */
	assert_int_equal(TRANCHE(feedback, gpu, 0, 3, 7), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_wire_modifier(feedback, DRM_FORMAT_ARGB8888, linear) == linear);
	caps = get_caps(feedback, CEN_USAGE_TEXTURE);
	assert_true(cen_capabilities_get_count(caps) == 2);
	check_rank(caps, DRM_FORMAT_ARGB8888, linear, 0);
	cen_capabilities_unref(caps);
	cen_feedback_destroy(feedback);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BALANCE(test_doubles),      WITH_BALANCE(test_largest),        WITH_BALANCE(test_version_3),
		WITH_BALANCE(test_capabilities), WITH_BALANCE(test_empty_tranches), WITH_BALANCE(test_wire_modifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
