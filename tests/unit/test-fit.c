/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One more device for memory that is there: what each constraint lets pass and refuses, and the words for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fit.h"
#include "problem.h"

#define VENDOR UINT64_C(0x0100000000000001)

/* 640x360 NV12 in one object of 356,352 bytes: rows of 640, chroma after 368 rows, 5,632 bytes behind the last row. */
static const struct cen_image_desc one_object = {
	.size = sizeof(one_object),
	.fourcc = 0x3231564e,
	.width = 640,
	.height = 360,
	.plane_count = 2,
	.object_count = 1,
	.planes = {{.stride = 640}, {.offset = 368 * 640, .stride = 640}},
	.objects = {{.fd = -1, .size = 356352}},
};

static const struct cen_source_desc pages = {
	.size = sizeof(pages),
	.name = "pages",
	.placement = CEN_PLACEMENT_SYSTEM,
	.is_mappable = 1,
	.fd_mode = CEN_FD_READ_WRITE,
	.address_max = 0x7fffffff,
};

/* Asks with one alternative. Returns the reason, or "" where it fits. */
static const char *ask(const struct cen_image_desc *image, const struct cen_source_desc *source, const char *fourcc,
		       uint64_t modifier, const char *constraints)
{
	static char reason[FIT_REASON_SIZE];
	const struct fit_storage storage = {.image = image, .source = source};
	struct problem p;
	bool fits;

	problem_init(&p, image->width, image->height);
	problem_usage(&p, 0);
	problem_cap(&p, fourcc, modifier, 0, constraints);
	fits = _cen_fit_check(p.caps[0], &storage, reason);
	problem_finish(&p);
	return fits ? "" : reason;
}

/* The words of the refusal, NULL where it fits. */
static const struct {
	const char *constraints, *reason;
} rows[] = {
	{"", NULL},
	{"stride-align=128", NULL},
	{"stride-align=256", "requires stride a multiple of 256 bytes (declared); it is 640"},
	{"stride-align.1=256", "requires stride a multiple of 256 bytes in plane 1 (declared); it is 640"},
	{"stride-min=640", NULL},
	{"stride-min=641", "stride at least 641 bytes"},
	{"stride-max=640", NULL},
	{"stride-max=639", "stride at most 639 bytes"},
	{"stride-exact=640", NULL},
	{"stride-exact=704", "stride exactly 704 bytes"},
	{"offset-align.1=640", NULL},
	{"offset-align.1=4096", "offset a multiple of 4096 bytes in plane 1 (declared); it is 235520"},
	{"offset-max.1=235520", NULL},
	{"offset-max.1=235519", "offset at most 235519 bytes"},
	{"height-align=8", NULL},
	{"height-align=16", NULL},
	{"height-align=23", NULL},
	{"height-align=32", "requires memory for a multiple of 32 rows (declared); plane 0 ends at byte 235520"},
	{"chroma-rows=368", NULL},
	{"chroma-rows=360", "requires chroma right after 360 rows (declared); plane 1 begins at byte 235520"},
	{"size-min=356352", NULL},
	{"size-min=356353", "size at least 356353 bytes (declared); it has 356352"},
	{"size-align=4096", NULL},
	{"size-align=65536", "size a multiple of 65536 bytes"},
	{"size-tail=5632", NULL},
	{"size-tail=5633", "requires 5633 bytes more behind the last row (declared); 5632 are left"},
	{"objects=one", NULL},
	{"objects=per-plane", "planes in dma-bufs: per-plane (declared); it has 1 for 2 planes"},
	{"segments=1", "requires contiguous memory (declared); pages: memory is scattered"},
	{"segments=87", NULL},
	{"segments=86", "at most 86 physical pieces"},
	{"address-max=0x7fffffff", NULL},
	{"address-max=0x3fffffff", "pages: memory may lie too high"},
	{"placement=system", NULL},
	{"placement=cma", "pages: memory of another kind"},
	{"heap=pages", NULL},
	{"heap=other", "pages: another allocator is wanted"},
	{"cpu-mappable=yes", NULL},
	{"cache=yes", "pages: CPU mappings are not cached"},
	{"width-max=640", NULL},
	{"width-max=639", "requires width at most 639 pixels; it is 640x360 pixels"},
	{"count-min=6", NULL},
};

static void test_constraints(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		const char *reason = ask(&one_object, &pages, "NV12", 0, rows[n].constraints);

		if (rows[n].reason ? !strstr(reason, rows[n].reason) : *reason)
			fail_msg("\"%s\": \"%s\", not \"%s\"", rows[n].constraints, reason,
				 rows[n].reason ? rows[n].reason : "");
	}
}

static void test_other_format(void **state)
{
	(void)state;
	assert_string_equal(ask(&one_object, &pages, "XR24", 0, ""), "does not take NV12 with the modifier LINEAR");
	assert_string_equal(ask(&one_object, &pages, "NV12", VENDOR, ""),
			    "does not take NV12 with the modifier LINEAR");
}

/* Planes of their own objects: each begins at 0, and no device derives anything. */
static void test_per_plane(void **state)
{
	struct cen_image_desc image = one_object;

	(void)state;
	image.object_count = 2;
	image.planes[1].object = 1;
	image.planes[1].offset = 0;
	image.objects[0].size = 640 * 360;
	image.objects[1].size = 640 * 180;
	assert_string_equal(ask(&image, &pages, "NV12", 0, "objects=per-plane chroma-rows=1000 height-align=4"), "");
	assert_non_null(strstr(ask(&image, &pages, "NV12", 0, "height-align=16"), "plane 0 ends at byte 230400"));
	assert_non_null(strstr(ask(&image, &pages, "NV12", 0, "objects=one"), "it has 2 for 2 planes"));
	assert_non_null(strstr(ask(&image, &pages, "NV12", 0, "size-tail.1=1"), "0 are left"));
}

/* What is full or closed today has been allocated all the same. */
static void test_made_already(void **state)
{
	struct cen_source_desc source = pages;

	(void)state;
	source.access = -13;
	source.max_bytes = 4096;
	source.free_bytes = 4096;
	assert_string_equal(ask(&one_object, &source, "NV12", 0, ""), "");
}

/* Of several alternatives one is enough, and the reason is that of the one that came furthest. */
static void test_alternatives(void **state)
{
	const struct fit_storage storage = {.image = &one_object, .source = &pages};
	char reason[FIT_REASON_SIZE];
	struct problem p;

	(void)state;
	problem_init(&p, 640, 360);
	problem_usage(&p, 0);
	problem_cap(&p, "NV12", 0, 0, "width-max=100");
	problem_cap(&p, "NV12", 0, 0, "segments=1");
	problem_cap(&p, "NV12", 0, 0, "stride-align=1000");
	assert_false(_cen_fit_check(p.caps[0], &storage, reason));
	assert_non_null(strstr(reason, "contiguous memory"));
	problem_cap(&p, "NV12", 0, 0, "stride-align=64");
	assert_true(_cen_fit_check(p.caps[0], &storage, reason));
	problem_finish(&p);
}

/* A camera's own memory suits the camera, whatever it is. */
static void test_own(void **state)
{
	struct fit_storage storage = {.image = &one_object, .source = &pages, .is_own = true};
	char reason[FIT_REASON_SIZE];
	struct problem p;

	(void)state;
	problem_init(&p, 640, 360);
	problem_usage(&p, 0);
	problem_cap(&p, "NV12", 0, 0, "segments=1");
	assert_true(_cen_fit_check(p.caps[0], &storage, reason));
	storage.is_own = false;
	assert_false(_cen_fit_check(p.caps[0], &storage, reason));
	problem_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constraints),  cmocka_unit_test(test_other_format),
		cmocka_unit_test(test_per_plane),    cmocka_unit_test(test_made_already),
		cmocka_unit_test(test_alternatives), cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
