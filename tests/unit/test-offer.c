/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Offers: what is in the table and the tranches, in which order, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include <cenalloc/compositor.h>

#include "balance.h"
#include "fault.h"

#define GPU 0xe280u
#define CARD 0xe200u
#define OTHER_CARD 0xe201u
#define TILED 0x0100000000000001ull

struct entry {
	uint32_t fourcc, padding;
	uint64_t modifier;
};

static void add(struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier, uint32_t preference)
{
	const struct cen_capability capability = {
		.size = sizeof(capability), .fourcc = fourcc, .preference = preference, .modifier = modifier};

	assert_int_equal(cen_capabilities_add(caps, &capability, NULL), 0);
}

static struct cen_capabilities *make_caps(void)
{
	struct cen_capabilities *caps;

	assert_int_equal(cen_capabilities_create(&caps), 0);
	return caps;
}

/* A renderer that likes a tiled layout better, and has one format more than the planes. */
static struct cen_capabilities *make_renderer(void)
{
	struct cen_capabilities *caps = make_caps();

	add(caps, DRM_FORMAT_XRGB8888, CEN_MODIFIER_LINEAR, 2);
	add(caps, DRM_FORMAT_XRGB8888, TILED, 1);
	/* The same pair twice, with other constraints: told once, with the better preference. */
	add(caps, DRM_FORMAT_XRGB8888, TILED, 5);
	add(caps, DRM_FORMAT_XRGB8888, CEN_MODIFIER_INVALID, 7);
	add(caps, DRM_FORMAT_NV12, CEN_MODIFIER_LINEAR, 0);
	return caps;
}

static struct cen_capabilities *make_scanout(void)
{
	struct cen_capabilities *caps = make_caps();

	add(caps, DRM_FORMAT_XRGB8888, TILED, 1);
	add(caps, DRM_FORMAT_XRGB8888, CEN_MODIFIER_LINEAR, 0);
	/* Not sampled by the renderer: cannot be offered. */
	add(caps, DRM_FORMAT_YUYV, CEN_MODIFIER_LINEAR, 0);
	return caps;
}

static struct cen_offer *make_offer(const struct cen_capabilities *renderer, const struct cen_offer_plane *planes,
				    size_t plane_count)
{
	const struct cen_offer_desc desc = {
		.size = sizeof(desc),
		.main_device = GPU,
		.renderer = renderer,
		.planes = planes,
		.plane_count = plane_count,
	};
	struct cen_offer *offer;

	assert_int_equal(cen_offer_create(&desc, &offer, NULL), 0);
	return offer;
}

static struct cen_offer_tranche get_tranche(const struct cen_offer *offer, size_t index, uint32_t version)
{
	struct cen_offer_tranche tranche = {.size = sizeof(tranche)};

	assert_int_equal(cen_offer_get_tranche(offer, index, version, &tranche), 0);
	return tranche;
}

static void check_pair(const struct cen_offer *offer, uint16_t index, uint32_t fourcc, uint64_t modifier)
{
	uint64_t got_modifier;
	uint32_t got;

	assert_int_equal(cen_offer_get_pair(offer, index, &got, &got_modifier), 0);
	assert_int_equal(got, fourcc);
	assert_true(got_modifier == modifier);
}

static void test_renderer_only(void **state)
{
	struct cen_capabilities *caps = make_renderer();
	struct cen_offer *offer = make_offer(caps, NULL, 0);
	struct cen_offer_tranche tranche;
	uint64_t modifier;
	uint32_t fourcc;

	(void)state;
	cen_capabilities_unref(caps);
	assert_true(cen_offer_get_main_device(offer) == GPU);
	assert_int_equal(cen_offer_get_pair_count(offer), 4);
	assert_int_equal(cen_offer_get_pair(offer, 4, &fourcc, &modifier), -EINVAL);
	assert_int_equal(cen_offer_get_tranche_count(offer), 1);
	tranche = get_tranche(offer, 0, 5);
	assert_true(tranche.device == GPU && tranche.flags == 0 && tranche.index_count == 4);
	assert_int_equal(get_tranche(offer, 0, 6).flags, CEN_TRANCHE_SAMPLING);
	/* By format, and within it the one liked best first. */
	check_pair(offer, tranche.indices[0], DRM_FORMAT_NV12, CEN_MODIFIER_LINEAR);
	check_pair(offer, tranche.indices[1], DRM_FORMAT_XRGB8888, TILED);
	check_pair(offer, tranche.indices[2], DRM_FORMAT_XRGB8888, CEN_MODIFIER_LINEAR);
	check_pair(offer, tranche.indices[3], DRM_FORMAT_XRGB8888, CEN_MODIFIER_INVALID);
	assert_true(cen_offer_has_pair(offer, DRM_FORMAT_XRGB8888, TILED));
	assert_false(cen_offer_has_pair(offer, DRM_FORMAT_NV12, TILED));
	assert_false(cen_offer_has_pair(offer, DRM_FORMAT_YUYV, CEN_MODIFIER_LINEAR));
	assert_int_equal(cen_offer_get_tranche(offer, 1, 5, &tranche), -EINVAL);
	tranche.size = 8;
	assert_int_equal(cen_offer_get_tranche(offer, 0, 5, &tranche), -EINVAL);
	cen_offer_unref(offer);
	cen_offer_unref(NULL);
}

/* The table is what the client maps: each entry 16 bytes, and nobody changes it any more. */
static void test_table(void **state)
{
	struct cen_capabilities *caps = make_renderer();
	size_t fds = balance_count_fds();
	struct cen_offer *offer = make_offer(caps, NULL, 0);
	const struct entry *table;
	uint32_t size;
	struct stat st;
	int fd;

	(void)state;
	fd = cen_offer_get_table(offer, &size);
	assert_int_equal(size, 4 * 16);
	assert_true(fstat(fd, &st) == 0 && st.st_size == (off_t)size);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	table = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(table != MAP_FAILED);
	for (uint16_t n = 0; n < 4; n++)
		check_pair(offer, n, table[n].fourcc, table[n].modifier);
	munmap((void *)(uintptr_t)table, size);
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_true(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	assert_ptr_equal(cen_offer_ref(offer), offer);
	cen_offer_unref(offer);
	assert_true(fstat(fd, &st) == 0);
	cen_offer_unref(offer);
	cen_capabilities_unref(caps);
	assert_true(balance_check_fds(fds));
}

static void test_scanout(void **state)
{
	struct cen_capabilities *renderer = make_renderer(), *scanout = make_scanout();
	const struct cen_offer_plane plane = {CARD, scanout};
	struct cen_offer *offer = make_offer(renderer, &plane, 1);
	struct cen_offer_tranche tranche = get_tranche(offer, 0, 4);

	(void)state;
	assert_int_equal(cen_offer_get_tranche_count(offer), 2);
	assert_true(tranche.device == CARD && tranche.flags == CEN_TRANCHE_SCANOUT && tranche.index_count == 2);
	/* The plane's preference, not the renderer's. */
	check_pair(offer, tranche.indices[0], DRM_FORMAT_XRGB8888, CEN_MODIFIER_LINEAR);
	check_pair(offer, tranche.indices[1], DRM_FORMAT_XRGB8888, TILED);
	assert_int_equal(get_tranche(offer, 0, 6).flags, CEN_TRANCHE_SCANOUT);
	tranche = get_tranche(offer, 1, 6);
	assert_true(tranche.device == GPU && tranche.flags == CEN_TRANCHE_SAMPLING && tranche.index_count == 4);
	cen_offer_unref(offer);
	cen_capabilities_unref(renderer);
	cen_capabilities_unref(scanout);
}

/* Planes of one device: what one has said is not said again, and neighbours are one tranche. */
static void test_several_planes(void **state)
{
	struct cen_capabilities *renderer = make_renderer(), *first = make_caps(), *second = make_scanout();
	struct cen_capabilities *none = make_caps();
	const struct cen_offer_plane planes[] = {
		{CARD, first}, {CARD, second}, {OTHER_CARD, second}, {CARD, second}, {CARD, none}};
	struct cen_offer_tranche tranche;
	struct cen_offer *offer;

	(void)state;
	add(first, DRM_FORMAT_XRGB8888, TILED, 0);
	add(first, DRM_FORMAT_NV12, CEN_MODIFIER_LINEAR, 0);
	offer = make_offer(renderer, planes, 5);
	assert_int_equal(cen_offer_get_tranche_count(offer), 3);
	tranche = get_tranche(offer, 0, 4);
	assert_true(tranche.device == CARD && tranche.index_count == 3);
	check_pair(offer, tranche.indices[0], DRM_FORMAT_NV12, CEN_MODIFIER_LINEAR);
	check_pair(offer, tranche.indices[1], DRM_FORMAT_XRGB8888, TILED);
	check_pair(offer, tranche.indices[2], DRM_FORMAT_XRGB8888, CEN_MODIFIER_LINEAR);
	tranche = get_tranche(offer, 1, 4);
	assert_true(tranche.device == OTHER_CARD && tranche.index_count == 2);
	assert_true(get_tranche(offer, 2, 4).device == GPU);
	cen_offer_unref(offer);
	cen_capabilities_unref(renderer);
	cen_capabilities_unref(first);
	cen_capabilities_unref(second);
	cen_capabilities_unref(none);
}

static void test_equal(void **state)
{
	struct cen_capabilities *renderer = make_renderer(), *again = make_renderer(), *scanout = make_scanout();
	const struct cen_offer_plane plane = {CARD, scanout}, other = {OTHER_CARD, scanout};
	struct cen_offer *a = make_offer(renderer, &plane, 1), *b = make_offer(again, &plane, 1);
	struct cen_offer *c = make_offer(renderer, &other, 1), *d = make_offer(renderer, NULL, 0);
	struct cen_offer *e;

	(void)state;
	assert_true(cen_offer_is_equal(a, a) && cen_offer_is_equal(a, b));
	assert_false(cen_offer_is_equal(a, c));
	assert_false(cen_offer_is_equal(a, d));
	add(again, DRM_FORMAT_YUYV, CEN_MODIFIER_LINEAR, 0);
	e = make_offer(again, &plane, 1);
	assert_false(cen_offer_is_equal(a, e));
	cen_offer_unref(a);
	cen_offer_unref(b);
	cen_offer_unref(c);
	cen_offer_unref(d);
	cen_offer_unref(e);
	cen_capabilities_unref(renderer);
	cen_capabilities_unref(again);
	cen_capabilities_unref(scanout);
}

static void refuse(const struct cen_offer_desc *desc, const char *text)
{
	struct cen_error *err = NULL;
	struct cen_offer *offer = (struct cen_offer *)(uintptr_t)desc;

	assert_int_equal(cen_offer_create(desc, &offer, &err), -EINVAL);
	assert_null(offer);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ARGUMENT);
	if (!strstr(cen_error_get_message(err), text))
		fail_msg("\"%s\" is not in \"%s\"", text, cen_error_get_message(err));
	cen_error_destroy(err);
}

static void test_refusals(void **state)
{
	struct cen_capabilities *renderer = make_renderer(), *none = make_caps();
	struct cen_offer_plane planes[17] = {{CARD, renderer}, {0, renderer}};
	struct cen_offer_desc good = {.size = sizeof(good), .main_device = GPU, .renderer = renderer}, desc = good;

	(void)state;
	desc.size = 8;
	refuse(&desc, "size is 8");
	desc = good;
	desc.main_device = 0;
	refuse(&desc, "no main device");
	desc = good;
	desc.renderer = NULL;
	refuse(&desc, "the renderer has no capabilities");
	desc.renderer = none;
	refuse(&desc, "samples 0 formats");
	desc = good;
	desc.plane_count = 1;
	refuse(&desc, "1 planes: NULL");
	desc.planes = planes;
	desc.plane_count = 2;
	refuse(&desc, "plane 1 has no device");
	planes[1] = (struct cen_offer_plane){CARD, NULL};
	refuse(&desc, "plane 1 has no device or no capabilities");
	desc.plane_count = 17;
	refuse(&desc, "the bound of 16");
	cen_capabilities_unref(renderer);
	cen_capabilities_unref(none);
}

/* The most pairs there may be, on the most planes; in order, so that the set itself is quick. */
static void test_large(void **state)
{
	struct cen_capabilities *caps = make_caps();
	struct cen_offer_desc desc = {.size = sizeof(desc), .main_device = GPU, .renderer = caps, .plane_count = 16};
	struct cen_offer_plane planes[16];
	struct timespec before, after;
	struct cen_offer *offer;
	uint32_t size;

	(void)state;
	for (uint32_t n = 0; n < 65535; n++)
		add(caps, DRM_FORMAT_XRGB8888, n, n * 2654435761u);
	for (uint32_t n = 0; n < 16; n++)
		planes[n] = (struct cen_offer_plane){n % 2 ? CARD : OTHER_CARD, caps};
	desc.planes = planes;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(cen_offer_create(&desc, &offer, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(cen_offer_get_tranche_count(offer), 3);
	for (size_t n = 0; n < 3; n++)
		assert_int_equal(get_tranche(offer, n, 6).index_count, 65535);
	cen_offer_get_table(offer, &size);
	assert_int_equal(size, 65535 * 16);
	assert_true(cen_offer_has_pair(offer, DRM_FORMAT_XRGB8888, 65534));
	/* A quadratic way takes minutes. */
	assert_true(after.tv_sec - before.tv_sec < 20);
	cen_offer_unref(offer);
	add(caps, DRM_FORMAT_XRGB8888, 65535, 0);
	refuse(&desc, "samples 65536 formats with a modifier: an offer has 1 to 65535");
	cen_capabilities_unref(caps);
}

static void test_faults(void **state)
{
	struct cen_capabilities *renderer = make_renderer(), *scanout = make_scanout();
	const struct cen_offer_plane planes[] = {{CARD, scanout}, {CARD, renderer}, {OTHER_CARD, scanout}};
	const struct cen_offer_desc desc = {
		.size = sizeof(desc), .main_device = GPU, .renderer = renderer, .planes = planes, .plane_count = 3};
	size_t fds = balance_count_fds(), alive = fault_alive();

	(void)state;
	for (unsigned long n = 1;; n++) {
		struct cen_error *err = NULL;
		struct cen_offer *offer;
		bool fired;
		int ret;

		fault_arm(FAULT_MEMORY | FAULT_FD, n);
		ret = cen_offer_create(&desc, &offer, &err);
		fired = fault_disarm();
		cen_error_destroy(err);
		cen_offer_unref(offer);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
		if (!fired) {
			assert_int_equal(ret, 0);
			assert_true(n > 10);
			break;
		}
		assert_true(ret == -ENOMEM || ret == -EMFILE);
	}
	cen_capabilities_unref(renderer);
	cen_capabilities_unref(scanout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_renderer_only),  cmocka_unit_test(test_table),  cmocka_unit_test(test_scanout),
		cmocka_unit_test(test_several_planes), cmocka_unit_test(test_equal),  cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_large),          cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
