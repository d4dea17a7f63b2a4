/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of a compositor's feedback share: a table, tranches of it, and reading back. */
#pragma once

#include <errno.h>
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

#include <cenalloc/feedback.h>
#include <cenalloc/machine.h>

#include "balance.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VENDOR UINT64_C(0x0100000000000001)
#define UNHEARD UINT64_C(0x7f12345678abcdef)
#define NO_FORMAT 0x31415926u
#define MOST 65536u

struct entry {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};

/* 4 repeats 1; 5 and 6 are a format and a modifier of the future. */
static const struct entry entries[] = {
	{DRM_FORMAT_XRGB8888, 0xdead, VENDOR},
	{DRM_FORMAT_XRGB8888, 0, DRM_FORMAT_MOD_LINEAR},
	{DRM_FORMAT_NV12, 0, DRM_FORMAT_MOD_INVALID},
	{DRM_FORMAT_ARGB8888, 0, DRM_FORMAT_MOD_INVALID},
	{DRM_FORMAT_XRGB8888, 1, DRM_FORMAT_MOD_LINEAR},
	{NO_FORMAT, 0, DRM_FORMAT_MOD_LINEAR},
	{DRM_FORMAT_XRGB8888, 0, UNHEARD},
	{DRM_FORMAT_ARGB8888, 0, DRM_FORMAT_MOD_LINEAR},
};
#define TABLE_BYTES ((uint32_t)sizeof(entries))

static const dev_t gpu = 0xe280, card = 0xe200;

static inline int make_file(const void *bytes, size_t size)
{
	int fd = memfd_create("table", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(write(fd, bytes, size) == (ssize_t)size);
	return fd;
}

/* Hand over a table. Returns what the event returned. */
static inline int send_table(struct cen_feedback *feedback, const void *bytes, size_t file_size, uint32_t size)
{
	int fd = make_file(bytes, file_size);
	int ret = cen_feedback_format_table(feedback, fd, size, NULL);

	close(fd);
	return ret;
}

/* A tranche of some entries of the table. Returns the first failure. */
static inline int send_tranche(struct cen_feedback *feedback, dev_t device, uint32_t flags, const uint16_t *indices,
			       size_t count)
{
	int ret = cen_feedback_tranche_target_device(feedback, &device, sizeof(device), NULL);

	if (ret == 0)
		ret = cen_feedback_tranche_flags(feedback, flags, NULL);
	if (ret == 0)
		ret = cen_feedback_tranche_formats(feedback, indices, count * sizeof(*indices), NULL);
	return ret < 0 ? ret : cen_feedback_tranche_done(feedback, NULL);
}

#define TRANCHE(feedback, device, flags, ...)                                                                          \
	send_tranche(feedback, device, flags, (const uint16_t[]){__VA_ARGS__},                                         \
		     sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

static inline struct cen_feedback *create(void)
{
	struct cen_feedback *feedback;

	assert_int_equal(cen_feedback_create(&feedback), 0);
	return feedback;
}

/* One complete round with the table above: a scanout tranche, then all. */
static inline struct cen_feedback *create_full(void)
{
	struct cen_feedback *feedback = create();

	assert_int_equal(send_table(feedback, entries, sizeof(entries), TABLE_BYTES), 0);
	assert_int_equal(cen_feedback_main_device(feedback, &gpu, sizeof(gpu), NULL), 0);
	assert_int_equal(TRANCHE(feedback, card, CEN_TRANCHE_SCANOUT, 1, 3), 0);
	assert_int_equal(TRANCHE(feedback, gpu, 0, 0, 1, 2, 3, 4, 5, 6), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	return feedback;
}

static inline struct cen_feedback_tranche get_tranche(const struct cen_feedback *feedback, size_t index)
{
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche)};

	assert_int_equal(cen_feedback_get_tranche(feedback, index, &tranche), 0);
	return tranche;
}

static inline void check_pair(const struct cen_feedback *feedback, size_t tranche, size_t index, uint32_t fourcc,
			      uint64_t modifier)
{
	uint32_t got_fourcc;
	uint64_t got_modifier;

	assert_int_equal(cen_feedback_get_pair(feedback, tranche, index, &got_fourcc, &got_modifier), 0);
	assert_int_equal(got_fourcc, fourcc);
	assert_true(got_modifier == modifier);
}

static size_t fds_before;

static inline int count_before(void **state)
{
	(void)state;
	fds_before = balance_count_fds();
	return 0;
}

static inline int check_after(void **state)
{
	(void)state;
	return balance_check_fds(fds_before) ? 0 : -1;
}

#define WITH_BALANCE(function) cmocka_unit_test_setup_teardown(function, count_before, check_after)
