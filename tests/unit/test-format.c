/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The facts about formats, against independent statements, and the text forms. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include <cenalloc/format.h>

#ifndef DRM_FORMAT_NV20
#define DRM_FORMAT_NV20 fourcc_code('N', 'V', '2', '0')
#define DRM_FORMAT_NV30 fourcc_code('N', 'V', '3', '0')
#endif

/* Bytes of an image of 48 by 16 pixels without padding: worked out by hand from bits per pixel, 48 * 16 = 768. */
static const struct size_case {
	uint32_t fourcc;
	uint8_t planes;
	bool is_yuv, has_alpha;
	uint32_t bytes;
} size_cases[] = {
	{DRM_FORMAT_R8, 1, false, false, 768},
	{DRM_FORMAT_R10, 1, false, false, 768 * 2},
	{DRM_FORMAT_R16, 1, false, false, 768 * 2},
	{DRM_FORMAT_GR88, 1, false, false, 768 * 2},
	{DRM_FORMAT_RG1616, 1, false, false, 768 * 4},
	{DRM_FORMAT_RGB565, 1, false, false, 768 * 2},
	{DRM_FORMAT_ARGB1555, 1, false, true, 768 * 2},
	{DRM_FORMAT_BGRX4444, 1, false, false, 768 * 2},
	{DRM_FORMAT_BGR888, 1, false, false, 768 * 3},
	{DRM_FORMAT_XRGB8888, 1, false, false, 768 * 4},
	{DRM_FORMAT_BGRA8888, 1, false, true, 768 * 4},
	{DRM_FORMAT_ABGR2101010, 1, false, true, 768 * 4},
	{DRM_FORMAT_XBGR16161616F, 1, false, false, 768 * 8},
	{DRM_FORMAT_ARGB16161616, 1, false, true, 768 * 8},
	{DRM_FORMAT_YVYU, 1, true, false, 768 * 2},
	{DRM_FORMAT_UYVY, 1, true, false, 768 * 2},
	{DRM_FORMAT_YUYV, 1, true, false, 768 * 2},
	{DRM_FORMAT_VYUY, 1, true, false, 768 * 2},
	{DRM_FORMAT_AYUV, 1, true, true, 768 * 4},
	{DRM_FORMAT_XYUV8888, 1, true, false, 768 * 4},
	{DRM_FORMAT_Y210, 1, true, false, 768 * 4},
	{DRM_FORMAT_Y212, 1, true, false, 768 * 4},
	{DRM_FORMAT_Y216, 1, true, false, 768 * 4},
	{DRM_FORMAT_NV12, 2, true, false, 768 * 3 / 2},
	{DRM_FORMAT_NV21, 2, true, false, 768 * 3 / 2},
	{DRM_FORMAT_NV16, 2, true, false, 768 * 2},
	{DRM_FORMAT_NV61, 2, true, false, 768 * 2},
	{DRM_FORMAT_NV24, 2, true, false, 768 * 3},
	{DRM_FORMAT_NV42, 2, true, false, 768 * 3},
	{DRM_FORMAT_NV15, 2, true, false, 768 * 15 / 8},
	{DRM_FORMAT_NV20, 2, true, false, 768 * 20 / 8},
	{DRM_FORMAT_NV30, 2, true, false, 768 * 30 / 8},
	{DRM_FORMAT_P010, 2, true, false, 768 * 3},
	{DRM_FORMAT_P012, 2, true, false, 768 * 3},
	{DRM_FORMAT_P016, 2, true, false, 768 * 3},
	{DRM_FORMAT_P030, 2, true, false, 768 * 2},
	{DRM_FORMAT_P210, 2, true, false, 768 * 4},
	{DRM_FORMAT_YUV410, 3, true, false, 768 * 9 / 8},
	{DRM_FORMAT_YVU410, 3, true, false, 768 * 9 / 8},
	{DRM_FORMAT_YUV411, 3, true, false, 768 * 3 / 2},
	{DRM_FORMAT_YVU411, 3, true, false, 768 * 3 / 2},
	{DRM_FORMAT_YUV420, 3, true, false, 768 * 3 / 2},
	{DRM_FORMAT_YVU420, 3, true, false, 768 * 3 / 2},
	{DRM_FORMAT_YUV422, 3, true, false, 768 * 2},
	{DRM_FORMAT_YVU422, 3, true, false, 768 * 2},
	{DRM_FORMAT_YUV444, 3, true, false, 768 * 3},
	{DRM_FORMAT_YVU444, 3, true, false, 768 * 3},
	{DRM_FORMAT_Q410, 3, true, false, 768 * 6},
	{fourcc_code('B', 'A', '8', '1'), 1, false, false, 768},
	{fourcc_code('R', 'G', '1', '0'), 1, false, false, 768 * 2},
	{fourcc_code('R', 'G', '1', '2'), 1, false, false, 768 * 2},
	{fourcc_code('p', 'B', 'A', 'A'), 1, false, false, 768 * 10 / 8},
	{fourcc_code('p', 'R', 'C', 'C'), 1, false, false, 768 * 12 / 8},
	{fourcc_code('p', 'g', 'E', 'E'), 1, false, false, 768 * 14 / 8},
	{fourcc_code('V', 'T', '1', '2'), 2, true, false, 768 * 3 / 2},
	{fourcc_code('S', 'T', '1', '2'), 2, true, false, 768 * 3 / 2},
	{fourcc_code('Q', '0', '8', 'C'), 2, true, false, 768 * 3 / 2},
};

static uint32_t tight_bytes(const struct cen_format_info *info, uint32_t width, uint32_t height)
{
	uint32_t bytes = 0;

	for (unsigned int i = 0; i < info->plane_count; i++) {
		const struct cen_format_plane *plane = &info->planes[i];

		bytes += width / plane->hsub / plane->block_width * plane->block_bytes * (height / plane->vsub);
	}
	return bytes;
}

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(size_cases) / sizeof(size_cases[0]); i++) {
		const struct size_case *c = &size_cases[i];
		const struct cen_format_info *info = cen_format_get_info(c->fourcc);

		assert_non_null(info);
		assert_int_equal(info->fourcc, c->fourcc);
		assert_int_equal(info->plane_count, c->planes);
		assert_int_equal(info->is_yuv, c->is_yuv);
		assert_int_equal(info->has_alpha, c->has_alpha);
		assert_int_equal(tight_bytes(info, 48, 16), c->bytes);
	}
}

/* Bytes per pixel of packed RGB, from the sum of the bits in its name; alpha from the letter A. */
static void test_rgb_names(void **state)
{
	static const char *const names[] = {
		"XRGB4444",      "XBGR4444",      "RGBX4444",     "BGRX4444",     "ARGB4444",      "ABGR4444",
		"RGBA4444",      "BGRA4444",      "XRGB1555",     "XBGR1555",     "RGBX5551",      "BGRX5551",
		"ARGB1555",      "ABGR1555",      "RGBA5551",     "BGRA5551",     "RGB565",        "BGR565",
		"RGB888",        "BGR888",        "XRGB8888",     "XBGR8888",     "RGBX8888",      "BGRX8888",
		"ARGB8888",      "ABGR8888",      "RGBA8888",     "BGRA8888",     "RGB332",        "BGR233",
		"XRGB16161616",  "XBGR16161616",  "ARGB16161616", "ABGR16161616", "XRGB16161616F", "XBGR16161616F",
		"ARGB16161616F", "ABGR16161616F", "XRGB2101010",  "XBGR2101010",  "RGBX1010102",   "BGRX1010102",
		"ARGB2101010",   "ABGR2101010",   "RGBA1010102",  "BGRA1010102",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct cen_format_info *info = cen_format_get_info(cen_format_from_string(names[i]));
		const char *digits = names[i] + strcspn(names[i], "0123456789");
		unsigned int bits = 0;

		assert_non_null(info);
		if (strncmp(digits, "16161616", 8) == 0)
			bits = 64;
		else if (strstr(digits, "101010"))
			bits = 32;
		else
			for (; *digits; digits++)
				bits += (unsigned int)(*digits - '0');
		assert_int_equal(info->planes[0].block_bytes, bits / 8);
		assert_int_equal(info->planes[0].block_width, 1);
		assert_int_equal(info->plane_count, 1);
		assert_false(info->is_yuv);
		assert_int_equal(info->has_alpha, strchr(names[i], 'A') != NULL);
	}
}

/* Planes whose facts have a name of their own in the interface. */
static void test_planes(void **state)
{
	const struct cen_format_plane nv15[2] = {{5, 4, 1, 1}, {5, 2, 2, 2}};
	const struct cen_format_plane nv12[2] = {{1, 1, 1, 1}, {2, 1, 2, 2}};
	const struct cen_format_plane yuyv = {4, 2, 1, 1};
	const struct cen_format_plane p010[2] = {{2, 1, 1, 1}, {4, 1, 2, 2}};

	(void)state;
	assert_memory_equal(cen_format_get_info(DRM_FORMAT_NV15)->planes, nv15, sizeof(nv15));
	assert_memory_equal(cen_format_get_info(DRM_FORMAT_NV12)->planes, nv12, sizeof(nv12));
	assert_memory_equal(cen_format_get_info(DRM_FORMAT_YUYV)->planes, &yuyv, sizeof(yuyv));
	assert_memory_equal(cen_format_get_info(DRM_FORMAT_P010)->planes, p010, sizeof(p010));
}

static void test_table(void **state)
{
	const struct cen_format_info *info, *before = NULL;
	size_t n;

	(void)state;
	for (n = 0; (info = cen_format_get_nth(n)); n++) {
		assert_true(!before || before->fourcc < info->fourcc);
		assert_ptr_equal(cen_format_get_info(info->fourcc), info);
		assert_true(info->plane_count >= 1 && info->plane_count <= CEN_MAX_PLANES);
		assert_non_null(info->description);
		for (unsigned int i = 0; i < CEN_MAX_PLANES; i++) {
			const struct cen_format_plane *plane = &info->planes[i];
			bool is_used = i < info->plane_count;

			assert_int_equal(plane->block_bytes != 0, is_used);
			assert_int_equal(plane->block_width != 0, is_used);
			assert_int_equal(plane->hsub != 0, is_used);
			assert_int_equal(plane->vsub != 0, is_used);
			assert_true(i > 0 || (plane->hsub == 1 && plane->vsub == 1));
		}
		before = info;
	}
	assert_true(n >= 90);
	assert_null(cen_format_get_nth(n + 1));
	assert_null(cen_format_get_nth(SIZE_MAX));
	assert_null(cen_format_get_info(0));
	assert_null(cen_format_get_info(UINT32_MAX));
	assert_null(cen_format_get_info(DRM_FORMAT_NV12 | DRM_FORMAT_BIG_ENDIAN));
	assert_null(cen_format_get_info(DRM_FORMAT_NV12 + 1));
}

static void test_text(void **state)
{
	const struct cen_format_info *info;
	char letters[8];

	(void)state;
	for (size_t n = 0; (info = cen_format_get_nth(n)); n++)
		assert_int_equal(cen_format_from_string(cen_format_to_string(info->fourcc, letters)), info->fourcc);
	assert_string_equal(cen_format_to_string(DRM_FORMAT_NV12, letters), "NV12");
	assert_string_equal(cen_format_to_string(DRM_FORMAT_XRGB8888 | DRM_FORMAT_BIG_ENDIAN, letters), "XR24-BE");
	assert_string_equal(cen_format_to_string(0x01ff0041u, letters), "A...");
	assert_int_equal(cen_format_from_string("XRGB8888"), DRM_FORMAT_XRGB8888);
	assert_int_equal(cen_format_from_string("YUV420"), DRM_FORMAT_YUV420);
	assert_int_equal(cen_format_from_string("R8"), DRM_FORMAT_R8);
	assert_int_equal(cen_format_from_string("R8  "), DRM_FORMAT_R8);
	assert_int_equal(cen_format_from_string("RGB8"), DRM_FORMAT_RGB332);
	assert_int_equal(cen_format_from_string(""), 0);
	assert_int_equal(cen_format_from_string("nv12"), 0);
	assert_int_equal(cen_format_from_string("NV1"), 0);
	assert_int_equal(cen_format_from_string("NV12 "), 0);
	assert_int_equal(cen_format_from_string("    "), 0);
	assert_int_equal(cen_format_from_string("XRGB8888x"), 0);
}

/* V4L2's spelling: of formats that only it has, and of those that it calls otherwise. */
static void test_v4l2_text(void **state)
{
	(void)state;
	assert_int_equal(cen_format_from_string("pBAA"), fourcc_code('p', 'B', 'A', 'A'));
	assert_int_equal(cen_format_from_string("SBGGR10P"), fourcc_code('p', 'B', 'A', 'A'));
	assert_int_equal(cen_format_from_string("NV12_4L4"), fourcc_code('V', 'T', '1', '2'));
	assert_int_equal(cen_format_from_string("GREY"), DRM_FORMAT_R8);
	assert_int_equal(cen_format_from_string("RGB3"), DRM_FORMAT_BGR888);
	assert_int_equal(cen_format_from_string("BGR3"), DRM_FORMAT_RGB888);
	assert_int_equal(cen_format_from_string("NM12"), DRM_FORMAT_NV12);
	assert_int_equal(cen_format_from_string("YM12"), DRM_FORMAT_YUV420);
	/* What means another thing in DRM is what DRM says. */
	assert_int_equal(cen_format_from_string("BA12"), DRM_FORMAT_BGRA4444);
	assert_int_equal(cen_format_from_string("RG16"), DRM_FORMAT_RGB565);
	assert_int_equal(cen_format_from_string("MM21"), 0);
	assert_int_equal(cen_format_from_string("NM1"), 0);
}

static void check_modifier(uint64_t modifier, const char *text)
{
	uint64_t back = ~modifier;
	char buf[64], cut[4];

	assert_int_equal(cen_modifier_to_string(modifier, buf, sizeof(buf)), (int)strlen(text));
	assert_string_equal(buf, text);
	assert_true(cen_modifier_from_string(text, &back));
	assert_true(back == modifier);
	assert_int_equal(cen_modifier_to_string(modifier, cut, sizeof(cut)), (int)strlen(text));
	assert_int_equal(strlen(cut), 3);
	assert_int_equal(cen_modifier_to_string(modifier, NULL, 0), (int)strlen(text));
}

static void test_modifiers(void **state)
{
	static const char *const bad[] = {"",
					  "0x",
					  "12",
					  "0x1g",
					  "linear",
					  "AMD:",
					  "AMD:0x1",
					  ":0x1",
					  "INTEL:0x200000000000001",
					  "0x-1",
					  " 0x1",
					  "0x1 ",
					  "FOO:0x1",
					  "0x00000000000000001",
					  "AMD:LINEAR"};
	uint64_t value = 42;

	(void)state;
	assert_true(CEN_MODIFIER_INVALID == DRM_FORMAT_MOD_INVALID);
	assert_true(CEN_MODIFIER_LINEAR == DRM_FORMAT_MOD_LINEAR);
	check_modifier(CEN_MODIFIER_LINEAR, "LINEAR");
	check_modifier(CEN_MODIFIER_INVALID, "INVALID");
	check_modifier(I915_FORMAT_MOD_X_TILED, "INTEL:0x100000000000001");
	check_modifier(0x0200000000000301ull, "AMD:0x200000000000301");
	check_modifier(DRM_FORMAT_MOD_SAMSUNG_64_32_TILE, "SAMSUNG:0x400000000000001");
	check_modifier(0xfe00000000000001ull, "0xfe00000000000001");
	check_modifier(7, "0x7");
	assert_true(cen_modifier_from_string("0x0", &value) && value == 0);
	assert_true(cen_modifier_from_string("0xFFffffffffffffff", &value) && value == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		value = 42;
		assert_false(cen_modifier_from_string(bad[i], &value));
		assert_true(value == 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),     cmocka_unit_test(test_rgb_names), cmocka_unit_test(test_planes),
		cmocka_unit_test(test_table),     cmocka_unit_test(test_text),      cmocka_unit_test(test_modifiers),
		cmocka_unit_test(test_v4l2_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
