/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Quirks: what they match, and what they make of a device's answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <cenalloc/format.h>
#include <cenalloc/machine.h>

#include "fault.h"
#include "quirk.h"
#include "util.h"

#define NV12 0x3231564eu
#define XR24 0x34325258u
#define TILED 0x0300000000000001u

static void test_glob(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool is_match;
	} rows[] = {
		{"nvidia", "nvidia", true},
		{"nvidia", "nvidia-drm", false},
		{"nvidia", "nvidi", false},
		{"nvidia*", "nvidia", true},
		{"nvidia*", "nvidia-drm", true},
		{"*", "", true},
		{"*", "x", true},
		{"?", "", false},
		{"?", "x", true},
		{"?", "xy", false},
		{"", "", true},
		{"", "x", false},
		{"pci:10de:*", "pci:10de:2684", true},
		{"pci:10de:*", "pci:10df:2684", false},
		{"pci:*:2684", "pci:10de:2684", true},
		{"pci:*:2684", "pci:10de:2684x", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxaxx", false},
		{"*aab", "aaab", true},
		{"a*a", "a", false},
		{"**", "anything", true},
		{"i?15", "i915", true},
		{"I915", "i915", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (_cen_quirk_glob(rows[i].pattern, rows[i].text) != rows[i].is_match)
			fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].text);
	}
}

/* What takes each '*' back to its beginning would need 10^20 steps here. */
static void test_glob_is_quick(void **state)
{
	static const char pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
	char text[1024];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(_cen_quirk_glob(pattern, text));
}

static void test_versions(void **state)
{
	static const struct {
		const char *text;
		bool is_bound, is_release;
	} rows[] = {
		{"6.9", true, true},
		{"6.9.12", true, true},
		{"6.9-rc1", true, true},
		{"6.9.0-rc7", true, true},
		{"6.12.3-custom", false, true},
		{"6.1.0-23-amd64", false, true},
		{"6.6.31+rpt-rpi-v8", false, true},
		{"6.8.0-rc5+", false, true},
		{"5.10.y", false, true},
		{"6.9.1.2", false, true},
		{"6", false, false},
		{"", false, false},
		{"6.", false, false},
		{".9", false, false},
		{"v6.9", false, false},
		{"6.1234567", false, false},
		{"6.9-rc0", false, false},
		{"6.9-rc", false, true},
		{" 6.9", false, false},
	};
	struct kernel_version version;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (_cen_kernel_version_parse(rows[i].text, false, &version) != rows[i].is_bound ||
		    _cen_kernel_version_parse(rows[i].text, true, &version) != rows[i].is_release)
			fail_msg("\"%s\"", rows[i].text);
	}
	assert_true(_cen_kernel_version_parse("6.12.3-rc4", false, &version));
	assert_int_equal(version.numbers[0], 6);
	assert_int_equal(version.numbers[1], 12);
	assert_int_equal(version.numbers[2], 3);
	assert_int_equal(version.candidate, 4);
}

/* A fix of 6.9 is in 6.9-rc1 already: a candidate counts as its release, unless the bound is one. */
static void test_kernel_ranges(void **state)
{
	static const struct {
		const char *release, *from, *before;
		bool is_in;
	} rows[] = {
		{"6.8.12", NULL, "6.9", true},
		{"6.9.0", NULL, "6.9", false},
		{"6.9.0-rc1", NULL, "6.9", false},
		{"6.9.0-rc1", "6.9", NULL, true},
		{"6.9.0-rc1", NULL, "6.9-rc2", true},
		{"6.9.0-rc2", NULL, "6.9-rc2", false},
		{"6.9.0", NULL, "6.9-rc2", false},
		{"6.9.0-rc1", "6.9-rc2", NULL, false},
		{"6.9.0", "6.9-rc2", NULL, true},
		{"6.12.3-custom", "6.9", "6.12.4", true},
		{"6.12.3-custom", "6.9", "6.12.3", false},
		{"6.10.0", "6.9", NULL, true},
		{"10.0.0", "6.9", NULL, true},
		{"4.19.0", "5.0", "6.9", false},
		{"5.0.0", "5.0", "6.9", true},
		{NULL, "5.0", NULL, false},
		{"unknown", NULL, "6.9", false},
		{NULL, NULL, NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const struct quirk_facts facts = {.backend = "fake", .kernel = rows[i].release};
		struct quirk_match match = {.has_from = rows[i].from, .has_before = rows[i].before};

		if (rows[i].from)
			assert_true(_cen_kernel_version_parse(rows[i].from, false, &match.from));
		if (rows[i].before)
			assert_true(_cen_kernel_version_parse(rows[i].before, false, &match.before));
		if (_cen_quirk_matches_device(&match, &facts) != rows[i].is_in)
			fail_msg("%s from %s before %s", rows[i].release, rows[i].from, rows[i].before);
	}
}

static void test_devices(void **state)
{
	const struct quirk_facts gpu = {
		.driver = "nvidia", .id = "pci:10de:2684", .backend = "egl", .usage = CEN_USAGE_TEXTURE};
	const struct quirk_facts unknown = {.backend = "egl", .usage = CEN_USAGE_TEXTURE};

	(void)state;
	assert_true(_cen_quirk_matches_device(&(struct quirk_match){.driver = "nv*"}, &gpu));
	assert_false(_cen_quirk_matches_device(&(struct quirk_match){.driver = "i915"}, &gpu));
	assert_false(_cen_quirk_matches_device(&(struct quirk_match){.driver = "*"}, &unknown));
	assert_true(_cen_quirk_matches_device(&(struct quirk_match){.id = "pci:10de:*"}, &gpu));
	assert_false(_cen_quirk_matches_device(&(struct quirk_match){.driver = "nvidia", .id = "pci:1002:*"}, &gpu));
	assert_false(_cen_quirk_matches_device(&(struct quirk_match){.id = "*"}, &unknown));
	assert_true(_cen_quirk_matches_device(&(struct quirk_match){.backend = "egl"}, &unknown));
	assert_false(_cen_quirk_matches_device(&(struct quirk_match){.backend = "vulkan"}, &gpu));
	assert_true(_cen_quirk_matches_device(&(struct quirk_match){.usages = CEN_USAGE_BIT(CEN_USAGE_TEXTURE)}, &gpu));
	assert_false(_cen_quirk_matches_device(&(struct quirk_match){.usages = CEN_USAGE_BIT(CEN_USAGE_RENDER)}, &gpu));
}

static void test_alternatives(void **state)
{
	static const uint32_t fourccs[] = {NV12, XR24};
	static const uint64_t modifiers[] = {CEN_MODIFIER_LINEAR};
	const struct quirk_match formats = {.fourccs = fourccs, .fourcc_count = 2};
	const struct quirk_match both = {
		.fourccs = fourccs, .fourcc_count = 1, .modifiers = modifiers, .modifier_count = 1};

	(void)state;
	assert_true(_cen_quirk_matches_alternative(&(struct quirk_match){0}, NV12, TILED));
	assert_true(_cen_quirk_matches_alternative(&formats, XR24, TILED));
	assert_false(_cen_quirk_matches_alternative(&formats, 0x34324241u, CEN_MODIFIER_LINEAR));
	assert_true(_cen_quirk_matches_alternative(&both, NV12, CEN_MODIFIER_LINEAR));
	assert_false(_cen_quirk_matches_alternative(&both, NV12, TILED));
	assert_false(_cen_quirk_matches_alternative(&both, XR24, CEN_MODIFIER_LINEAR));
}

/* What the quirks of a file make of "XR24 LINEAR", "XR24 tiled" and "NV12 LINEAR" of one device. */
struct outcome {
	struct cen_capabilities *caps, *changed;
	char *report;
};

#define HEAD "{\"cenalloc-quirks\": 1, \"quirks\": ["
#define Q(name, rest) "{\"name\": \"" name "\", \"text\": \"is odd\", \"source\": \"here\", " rest "}"
#define TAIL "]}"
#define ANY "\"match\": {\"driver\": \"d\"}, "

static struct cen_capabilities *make_caps(void)
{
	static const struct cen_constraint plain[] = {
		{.kind = CEN_CONSTRAINT_STRIDE_ALIGN,
		 .value = 48,
		 .provenance = CEN_PROVENANCE_QUERIED,
		 .note = "said"},
		{.kind = CEN_CONSTRAINT_OBJECTS, .value = CEN_OBJECTS_ONE, .provenance = CEN_PROVENANCE_PROBED},
	};
	static const struct cen_constraint exact[] = {
		{.kind = CEN_CONSTRAINT_STRIDE_EXACT, .value = 1920, .provenance = CEN_PROVENANCE_QUERIED},
		{.kind = CEN_CONSTRAINT_STRIDE_EXACT, .plane = 1, .value = 1920},
	};
	const struct cen_capability items[] = {
		{sizeof(struct cen_capability), XR24, 3, CEN_MODIFIER_LINEAR, plain, 2},
		{sizeof(struct cen_capability), XR24, 0, TILED, plain, 2},
		{sizeof(struct cen_capability), NV12, 1, CEN_MODIFIER_LINEAR, exact, 2},
	};
	struct cen_capabilities *caps;

	assert_int_equal(cen_capabilities_create(&caps), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(items); i++)
		assert_int_equal(cen_capabilities_add(caps, &items[i], NULL), 0);
	return caps;
}

static int apply(const struct quirk_file *file, struct outcome *out, struct cen_error **err)
{
	static const struct quirk_facts facts = {
		.driver = "d", .backend = "fake", .kernel = "6.1.0", .usage = CEN_USAGE_TEXTURE};
	const struct quirk *quirks[16];

	for (size_t i = 0; i < file->count; i++)
		quirks[i] = &file->quirks[i];
	return _cen_quirks_apply(quirks, file->count, &facts, out->caps, &out->changed, &out->report, err);
}

static void run(const char *text, struct quirk_file *file, struct outcome *out)
{
	struct cen_error *err = NULL;

	if (_cen_quirk_file_parse("/q", text, strlen(text), file, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	*out = (struct outcome){.caps = make_caps()};
	assert_int_equal(apply(file, out, NULL), 0);
}

static void stop(struct quirk_file *file, struct outcome *out)
{
	cen_capabilities_unref(out->caps);
	cen_capabilities_unref(out->changed);
	free(out->report);
	_cen_quirk_file_finish(file);
}

/* The constraint of an alternative; NULL where it has none of the kind. */
static const struct cen_constraint *find(const struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier,
					 uint32_t kind)
{
	struct cen_capability item = {.size = sizeof(item)};

	for (size_t i = 0; cen_capabilities_get(caps, i, &item) == 0; i++) {
		for (size_t c = 0; item.fourcc == fourcc && item.modifier == modifier && c < item.constraint_count;
		     c++) {
			if (item.constraints[c].kind == kind && !item.constraints[c].plane)
				return &item.constraints[c];
		}
	}
	return NULL;
}

static void test_add(void **state)
{
	struct quirk_file file;
	struct outcome out;
	const struct cen_constraint *found;
	struct cen_capability item = {.size = sizeof(item)};

	(void)state;
	run(HEAD Q("a", ANY "\"add\": {\"stride-align\": 64, \"segments\": 1, \"objects\": \"one\"}") TAIL, &file,
	    &out);
	found = find(out.changed, XR24, TILED, CEN_CONSTRAINT_STRIDE_ALIGN);
	assert_true(found && found->value == 192 && found->provenance == CEN_PROVENANCE_QUIRK);
	assert_string_equal(found->note, "quirk a: is odd");
	/* What the device says itself stays its own word. */
	found = find(out.changed, XR24, TILED, CEN_CONSTRAINT_OBJECTS);
	assert_true(found && found->provenance == CEN_PROVENANCE_PROBED && !found->note);
	found = find(out.changed, NV12, CEN_MODIFIER_LINEAR, CEN_CONSTRAINT_OBJECTS);
	assert_true(found && found->provenance == CEN_PROVENANCE_QUIRK);
	assert_string_equal(out.report, "quirk a: stride-align 64 added (1 alternative)\n"
					"quirk a: segments 1 added (3 alternatives)\n"
					"quirk a: objects one added (1 alternative)\n"
					"quirk a: stride-align 48 -> 192 (2 alternatives)");
	/* Order and preferences stay. */
	assert_int_equal(cen_capabilities_get_count(out.changed), 3);
	assert_int_equal(cen_capabilities_get(out.changed, 1, &item), 0);
	assert_true(item.fourcc == XR24 && item.modifier == CEN_MODIFIER_LINEAR && item.preference == 3);
	stop(&file, &out);
}

static void test_set_and_remove(void **state)
{
	struct quirk_file file;
	struct outcome out;
	const struct cen_constraint *found;

	(void)state;
	run(HEAD Q("r", ANY "\"remove\": [\"stride-exact\"], \"set\": {\"stride-align\": 16}") TAIL, &file, &out);
	assert_null(find(out.changed, NV12, CEN_MODIFIER_LINEAR, CEN_CONSTRAINT_STRIDE_EXACT));
	found = find(out.changed, XR24, CEN_MODIFIER_LINEAR, CEN_CONSTRAINT_STRIDE_ALIGN);
	assert_true(found && found->value == 16 && found->provenance == CEN_PROVENANCE_QUIRK);
	assert_string_equal(out.report, "quirk r: stride-exact 1920 removed (1 alternative)\n"
					"quirk r: stride-exact.1 1920 removed (1 alternative)\n"
					"quirk r: stride-align 16 added (1 alternative)\n"
					"quirk r: stride-align 48 -> 16 (2 alternatives)");
	stop(&file, &out);
	/* Of one plane only. */
	run(HEAD Q("r", ANY "\"remove\": [\"stride-exact.1\", \"width-max\"]") TAIL, &file, &out);
	assert_non_null(find(out.changed, NV12, CEN_MODIFIER_LINEAR, CEN_CONSTRAINT_STRIDE_EXACT));
	assert_string_equal(out.report, "quirk r: stride-exact.1 1920 removed (1 alternative)");
	stop(&file, &out);
}

static void test_refuse(void **state)
{
	struct quirk_file file;
	struct outcome out;

	(void)state;
	run(HEAD Q("n", "\"match\": {\"driver\": \"d\", \"formats\": [\"XR24\"]}, \"refuse\": true") TAIL, &file, &out);
	assert_int_equal(cen_capabilities_get_count(out.changed), 1);
	assert_non_null(find(out.changed, NV12, CEN_MODIFIER_LINEAR, CEN_CONSTRAINT_STRIDE_EXACT));
	assert_string_equal(out.report, "quirk n: refused (2 alternatives)");
	stop(&file, &out);
	run(HEAD Q("n", ANY "\"refuse\": true") TAIL, &file, &out);
	assert_int_equal(cen_capabilities_get_count(out.changed), 0);
	stop(&file, &out);
}

/* A constraint that cannot hold together with the device's own leaves no alternative. */
static void test_clash(void **state)
{
	struct quirk_file file;
	struct outcome out;

	(void)state;
	run(HEAD Q("c", ANY "\"add\": {\"stride-exact\": 2048, \"objects\": \"per-plane\"}") TAIL, &file, &out);
	assert_int_equal(cen_capabilities_get_count(out.changed), 0);
	assert_string_equal(out.report, "quirk c: refused: stride-exact 1920 cannot be 2048, too (1 alternative)\n"
					"quirk c: stride-exact 2048 added (2 alternatives)\n"
					"quirk c: refused: objects one cannot be per-plane, too (2 alternatives)");
	stop(&file, &out);
}

/* They apply one behind the other: the later sees what the earlier left, and wins. */
static void test_order(void **state)
{
	struct quirk_file file;
	struct outcome out;

	(void)state;
	run(HEAD Q("one", ANY "\"set\": {\"stride-align\": 8}") "," Q(
		    "two", ANY "\"set\": {\"stride-align\": 32}") "," Q("three", ANY "\"add\": {\"stride-align\": 24}")
		    TAIL,
	    &file, &out);
	assert_int_equal(find(out.changed, XR24, TILED, CEN_CONSTRAINT_STRIDE_ALIGN)->value, 96);
	assert_string_equal(find(out.changed, XR24, TILED, CEN_CONSTRAINT_STRIDE_ALIGN)->note, "quirk three: is odd");
	assert_non_null(strstr(out.report, "quirk two: stride-align 8 -> 32 (3 alternatives)"));
	stop(&file, &out);
}

static void test_nothing_to_do(void **state)
{
	struct quirk_file file;
	struct outcome out;

	(void)state;
	/* Another device: the answer stays the same object. */
	run(HEAD Q("o", "\"match\": {\"driver\": \"e\"}, \"refuse\": true") TAIL, &file, &out);
	assert_null(out.changed);
	assert_null(out.report);
	stop(&file, &out);
	/* The device says the same already. */
	run(HEAD Q("s", "\"match\": {\"driver\": \"d\", \"formats\": [\"XR24\"]}, \"set\": {\"stride-align\": 48}, "
			"\"add\": {\"stride-align\": 16}") TAIL,
	    &file, &out);
	assert_null(out.report);
	assert_int_equal(find(out.changed, XR24, TILED, CEN_CONSTRAINT_STRIDE_ALIGN)->provenance,
			 CEN_PROVENANCE_QUERIED);
	stop(&file, &out);
}

/* A heap's constraint keeps the name of the heap as its note. */
static void test_heap(void **state)
{
	struct quirk_file file;
	struct outcome out;
	const struct cen_constraint *found;

	(void)state;
	run(HEAD Q("h", ANY "\"add\": {\"heap\": \"linux,cma\", \"stride-align.1\": \"0x20\"}") TAIL, &file, &out);
	found = find(out.changed, NV12, CEN_MODIFIER_LINEAR, CEN_CONSTRAINT_HEAP);
	assert_true(found && found->value == cen_heap_hash("linux,cma"));
	assert_string_equal(found->note, "linux,cma");
	assert_non_null(strstr(out.report, "quirk h: heap linux,cma added (3 alternatives)"));
	assert_non_null(strstr(out.report, "quirk h: stride-align.1 32 added (3 alternatives)"));
	stop(&file, &out);
}

/* A report is bounded, and says what it left out. */
static void test_long_report(void **state)
{
	static const char text[] = HEAD Q("l", ANY "\"add\": {\"stride-align\": 64}") TAIL;
	struct quirk_file file;
	struct outcome out = {0};
	size_t lines = 1;

	(void)state;
	assert_int_equal(_cen_quirk_file_parse("/q", text, strlen(text), &file, NULL), 0);
	assert_int_equal(cen_capabilities_create(&out.caps), 0);
	for (uint32_t i = 0; i < 100; i++) {
		const struct cen_constraint odd = {.kind = CEN_CONSTRAINT_STRIDE_ALIGN, .value = 2 * i + 3};
		const struct cen_capability item = {
			.size = sizeof(item), .fourcc = XR24, .constraints = &odd, .constraint_count = 1};

		assert_int_equal(cen_capabilities_add(out.caps, &item, NULL), 0);
	}
	assert_int_equal(apply(&file, &out, NULL), 0);
	for (const char *c = out.report; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 65);
	assert_non_null(strstr(out.report, "\nquirks: 36 more changes"));
	stop(&file, &out);
}

static void test_faults(void **state)
{
	static const char text[] = HEAD Q(
		"f", "\"match\": {\"driver\": \"d\", \"formats\": [\"XR24\", \"NV12\"], \"modifiers\": [\"LINEAR\"]}, "
		     "\"add\": {\"stride-align\": 64, \"heap\": \"system\"}, \"remove\": [\"objects\"]") TAIL;
	struct cen_capabilities *caps = make_caps();

	(void)state;
	for (unsigned long n = 1;; n++) {
		struct outcome out = {.caps = caps};
		struct cen_error *err = NULL;
		size_t alive = fault_alive();
		struct quirk_file file;
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = _cen_quirk_file_parse("/q", text, strlen(text), &file, &err);
		if (ret == 0)
			ret = apply(&file, &out, &err);
		cen_capabilities_unref(out.changed);
		free(out.report);
		_cen_quirk_file_finish(&file);
		cen_error_destroy(err);
		assert_int_equal(fault_alive(), alive);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_int_equal(ret, -ENOMEM);
	}
	cen_capabilities_unref(caps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob),     cmocka_unit_test(test_glob_is_quick),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_kernel_ranges),
		cmocka_unit_test(test_devices),  cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_add),      cmocka_unit_test(test_set_and_remove),
		cmocka_unit_test(test_refuse),   cmocka_unit_test(test_clash),
		cmocka_unit_test(test_order),    cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_heap),     cmocka_unit_test(test_long_report),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
