/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Rules of machine files from values: each that there is, and values that only nearly follow one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capability.h"
#include "cleanup.h"
#include "fault.h"
#include "file-infer.h"
#include "file-record.h"
#include "util.h"

#define NV12 0x3231564eu
#define XR24 0x34325258u

static const struct cen_record_size sizes[] = {{640, 480},  {648, 486},   {1280, 720},
					       {1366, 768}, {1920, 1080}, {3840, 2160}};
#define SIZE_COUNT ARRAY_LENGTH(sizes)

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) / align * align;
}

/* A device that says one thing of NV12, and what is made of it. */
struct scene {
	struct file_answer answers[SIZE_COUNT];
	struct file_gathering gathering;
};

static void add(struct cen_capabilities *caps, uint32_t fourcc, struct cen_constraint constraint)
{
	assert_int_equal(cen_capabilities_add(caps,
					      &(struct cen_capability){.size = sizeof(struct cen_capability),
								       .fourcc = fourcc,
								       .constraints = &constraint,
								       .constraint_count = constraint.kind ? 1 : 0},
					      NULL),
			 0);
}

static void start(struct scene *scene)
{
	*scene = (struct scene){.gathering = {.sizes = sizes, .size_count = SIZE_COUNT}};
	scene->gathering.arena = _cen_arena_create();
	assert_non_null(scene->gathering.arena);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		assert_int_equal(cen_capabilities_create(&scene->answers[i].caps), 0);
}

static void finish(struct scene *scene)
{
	for (size_t i = 0; i < SIZE_COUNT; i++)
		cen_capabilities_unref(scene->answers[i].caps);
	_cen_file_gathering_finish(&scene->gathering);
	_cen_arena_destroy(scene->gathering.arena);
}

static void group(struct scene *scene)
{
	assert_int_equal(_cen_file_gather(&scene->gathering, CEN_USAGE_CAPTURE, scene->answers), 0);
	assert_int_equal(_cen_file_group(&scene->gathering), 0);
}

/* The one rule that holds for all sizes. */
static struct file_rule infer(uint32_t kind, uint32_t plane, const uint64_t values[SIZE_COUNT])
{
	struct file_rule rule = {0};
	struct scene scene;

	start(&scene);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		add(scene.answers[i].caps, NV12,
		    (struct cen_constraint){.kind = kind, .plane = plane, .value = values[i], .provenance = 1});
	group(&scene);
	if (!scene.gathering.alternatives[0].sizes.count) {
		assert_int_equal(scene.gathering.alternative_count, 1);
		assert_int_equal(scene.gathering.common.count, 1);
		rule = scene.gathering.common.items[0];
	} else {
		size_t count = 0;

		for (size_t i = 0; i < scene.gathering.alternative_count; i++) {
			assert_false(scene.gathering.alternatives[i].sizes.is_except);
			count += scene.gathering.alternatives[i].sizes.count;
		}
		assert_int_equal(count, SIZE_COUNT);
	}
	finish(&scene);
	return rule;
}

static void check_rule(const struct file_rule *rule, enum file_rule_form form, uint64_t step, uint64_t width,
		       uint64_t align)
{
	assert_int_equal(rule->form, form);
	assert_int_equal(rule->step, step);
	assert_int_equal(rule->width_step, width);
	assert_int_equal(rule->align, align);
	assert_int_equal(rule->more, 0);
}

/* Every candidate is found again, as itself or as a simpler one that gives the same at these sizes. */
static void check_all(uint32_t kind, uint32_t plane, size_t stride)
{
	const struct cen_constraint constraint = {.kind = kind, .plane = plane, .provenance = 1};
	size_t count = _cen_file_infer_count(kind);

	assert_in_range(count, 1, FILE_INFER_MAX);
	for (size_t i = 0; i < count; i += stride) {
		struct file_rule wanted = _cen_file_infer_get(&constraint, i), found;
		uint64_t values[SIZE_COUNT];

		for (size_t s = 0; s < SIZE_COUNT; s++) {
			struct cen_constraint value;

			assert_true(_cen_file_rule_evaluate(&wanted, cen_format_get_info(NV12), sizes[s].width,
							    sizes[s].height, &value));
			values[s] = value.value;
		}
		found = infer(kind, plane, values);
		if (found.form == FILE_RULE_VALUE) {
			/* One large alignment makes all sizes equal. */
			assert_int_equal(found.constraint.value, values[0]);
			continue;
		}
		for (size_t s = 0; s < SIZE_COUNT; s++) {
			struct cen_constraint value;

			assert_true(_cen_file_rule_evaluate(&found, cen_format_get_info(NV12), sizes[s].width,
							    sizes[s].height, &value));
			assert_int_equal(value.value, values[s]);
		}
	}
}

static void test_all(void **state)
{
	(void)state;
	check_all(CEN_CONSTRAINT_STRIDE_EXACT, 0, 1);
	check_all(CEN_CONSTRAINT_STRIDE_MIN, 1, 1);
	check_all(CEN_CONSTRAINT_SIZE_TAIL, 0, 1);
	check_all(CEN_CONSTRAINT_CHROMA_ROWS, 0, 1);
	check_all(CEN_CONSTRAINT_SIZE_MIN, 0, 7);
	assert_int_equal(_cen_file_infer_count(CEN_CONSTRAINT_STRIDE_ALIGN), 0);
	assert_int_equal(_cen_file_infer_count(CEN_CONSTRAINT_WIDTH_MAX), 0);
}

static void test_row(void **state)
{
	static const uint64_t aligns[] = {1, 16, 32, 64, 128, 256};
	uint64_t values[SIZE_COUNT];
	struct file_rule rule;

	(void)state;
	for (size_t a = 0; a < ARRAY_LENGTH(aligns); a++) {
		for (size_t i = 0; i < SIZE_COUNT; i++)
			values[i] = round_up(sizes[i].width, aligns[a]);
		rule = infer(CEN_CONSTRAINT_STRIDE_EXACT, 0, values);
		check_rule(&rule, FILE_RULE_ROW, 1, 1, aligns[a]);
	}
	/* 24 pixels of 3 bytes: nothing but three times a power of two. */
	for (size_t i = 0; i < SIZE_COUNT; i++)
		values[i] = round_up(sizes[i].width, 96);
	rule = infer(CEN_CONSTRAINT_STRIDE_MIN, 0, values);
	check_rule(&rule, FILE_RULE_ROW, 1, 1, 96);
}

static void test_height(void **state)
{
	uint64_t values[SIZE_COUNT];
	struct file_rule rule;

	(void)state;
	for (size_t i = 0; i < SIZE_COUNT; i++)
		values[i] = round_up(sizes[i].height, 16);
	rule = infer(CEN_CONSTRAINT_CHROMA_ROWS, 0, values);
	check_rule(&rule, FILE_RULE_HEIGHT, 16, 1, 1);
}

static void test_image(void **state)
{
	uint64_t values[SIZE_COUNT];
	struct file_rule rule;

	(void)state;
	for (size_t i = 0; i < SIZE_COUNT; i++)
		values[i] = round_up(round_up(sizes[i].width, 64) * round_up(sizes[i].height, 16) * 3 / 2, 4096);
	rule = infer(CEN_CONSTRAINT_SIZE_MIN, 0, values);
	check_rule(&rule, FILE_RULE_IMAGE, 16, 64, 4096);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		values[i] = (uint64_t)sizes[i].width * sizes[i].height * 3 / 2;
	rule = infer(CEN_CONSTRAINT_SIZE_MIN, 0, values);
	check_rule(&rule, FILE_RULE_IMAGE, 1, 1, 1);
}

/* One value of six that is off by one, or of a kind without a rule, or what is known in another way. */
static void test_near_misses(void **state)
{
	uint64_t values[SIZE_COUNT];
	struct file_rule rule;

	(void)state;
	for (size_t off = 0; off < SIZE_COUNT; off++) {
		for (size_t i = 0; i < SIZE_COUNT; i++)
			values[i] = round_up(sizes[i].width, 64) + (i == off);
		rule = infer(CEN_CONSTRAINT_STRIDE_EXACT, 0, values);
		assert_int_equal(rule.constraint.kind, 0);
		for (size_t i = 0; i < SIZE_COUNT; i++)
			values[i] = round_up(sizes[i].height, 16) + (i == off);
		rule = infer(CEN_CONSTRAINT_CHROMA_ROWS, 0, values);
		assert_int_equal(rule.constraint.kind, 0);
		for (size_t i = 0; i < SIZE_COUNT; i++)
			values[i] = (uint64_t)sizes[i].width * sizes[i].height * 3 / 2 + (i == off);
		rule = infer(CEN_CONSTRAINT_SIZE_MIN, 0, values);
		assert_int_equal(rule.constraint.kind, 0);
		for (size_t i = 0; i < SIZE_COUNT; i++)
			values[i] = 64 + (i == off) * 64;
		rule = infer(CEN_CONSTRAINT_STRIDE_ALIGN, 0, values);
		assert_int_equal(rule.constraint.kind, 0);
	}
	/* A step of 24 pixels is none that is tried, nor is 5 bytes. */
	for (size_t i = 0; i < SIZE_COUNT; i++)
		values[i] = round_up(sizes[i].height, 24);
	rule = infer(CEN_CONSTRAINT_CHROMA_ROWS, 0, values);
	assert_int_equal(rule.constraint.kind, 0);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		values[i] = round_up(sizes[i].width, 5 * 64);
	rule = infer(CEN_CONSTRAINT_STRIDE_EXACT, 0, values);
	assert_int_equal(rule.constraint.kind, 0);
}

/* Equal everywhere is a value, also of a kind that has rules. */
static void test_value(void **state)
{
	static const uint64_t same[SIZE_COUNT] = {4096, 4096, 4096, 4096, 4096, 4096};
	struct file_rule rule = infer(CEN_CONSTRAINT_STRIDE_EXACT, 0, same);

	(void)state;
	check_rule(&rule, FILE_RULE_VALUE, 0, 1, 1);
	assert_int_equal(rule.constraint.value, 4096);
	rule = infer(CEN_CONSTRAINT_STRIDE_ALIGN, 1, same);
	assert_int_equal(rule.constraint.value, 4096);
	assert_int_equal(rule.constraint.plane, 1);
}

static void check_sizes(const struct file_alternative *alternative, bool is_except, size_t count, uint32_t width)
{
	assert_int_equal(alternative->sizes.is_except, is_except);
	assert_int_equal(alternative->sizes.count, count);
	assert_int_equal(alternative->sizes.items[0].width, width);
}

/* A size at which it is known in another way, or not said, or the format is not there: all others have the rule. */
static void test_exceptions(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		add(scene.answers[i].caps, NV12,
		    (struct cen_constraint){.kind = CEN_CONSTRAINT_CHROMA_ROWS,
					    .value = sizes[i].height,
					    .provenance = i == 2 ? 3 : 1});
	group(&scene);
	assert_int_equal(scene.gathering.alternative_count, 2);
	check_sizes(&scene.gathering.alternatives[0], true, 1, 1280);
	check_rule(&scene.gathering.alternatives[0].rules.items[0], FILE_RULE_HEIGHT, 1, 1, 1);
	check_sizes(&scene.gathering.alternatives[1], false, 1, 1280);
	check_rule(&scene.gathering.alternatives[1].rules.items[0], FILE_RULE_VALUE, 0, 1, 1);
	finish(&scene);
	start(&scene);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		add(scene.answers[i].caps, NV12,
		    (struct cen_constraint){
			    .kind = i < 2 ? 0 : CEN_CONSTRAINT_CHROMA_ROWS, .value = sizes[i].height, .provenance = 1});
	group(&scene);
	/* The two have nothing else to say: they are one. */
	assert_int_equal(scene.gathering.alternative_count, 2);
	check_sizes(&scene.gathering.alternatives[0], true, 2, 640);
	check_sizes(&scene.gathering.alternatives[1], false, 2, 640);
	assert_int_equal(scene.gathering.alternatives[1].sizes.items[1].width, 648);
	finish(&scene);
	start(&scene);
	for (size_t i = 0; i + 1 < SIZE_COUNT; i++)
		add(scene.answers[i].caps, NV12, (struct cen_constraint){0});
	add(scene.answers[SIZE_COUNT - 1].caps, XR24, (struct cen_constraint){0});
	group(&scene);
	assert_int_equal(scene.gathering.alternative_count, 2);
	check_sizes(&scene.gathering.alternatives[0], true, 1, 3840);
	assert_int_equal(scene.gathering.alternatives[0].fourccs[0], NV12);
	check_sizes(&scene.gathering.alternatives[1], false, 1, 3840);
	finish(&scene);
}

/* Half of the sizes are no rule with exceptions. */
static void test_halves(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < SIZE_COUNT / 2; i++)
		add(scene.answers[i].caps, NV12,
		    (struct cen_constraint){
			    .kind = CEN_CONSTRAINT_CHROMA_ROWS, .value = sizes[i].height, .provenance = 1});
	group(&scene);
	assert_int_equal(scene.gathering.alternative_count, SIZE_COUNT / 2);
	for (size_t i = 0; i < SIZE_COUNT / 2; i++)
		assert_false(scene.gathering.alternatives[i].sizes.is_except);
	finish(&scene);
	/* Of those that could be asked, that is: a device that fails is no evidence. */
	start(&scene);
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		if (i < 3) {
			add(scene.answers[i].caps, NV12,
			    (struct cen_constraint){
				    .kind = CEN_CONSTRAINT_CHROMA_ROWS, .value = sizes[i].height, .provenance = 1});
			continue;
		}
		cen_capabilities_unref(scene.answers[i].caps);
		scene.answers[i].caps = NULL;
	}
	group(&scene);
	assert_int_equal(scene.gathering.alternative_count, 1);
	assert_int_equal(scene.gathering.alternatives[0].sizes.count, 0);
	finish(&scene);
}

/* Of rules that fit a format, the one that fits the others too: bytes, not pixels. */
static void test_votes(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene);
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		add(scene.answers[i].caps, NV12,
		    (struct cen_constraint){.kind = CEN_CONSTRAINT_STRIDE_EXACT,
					    .value = round_up(sizes[i].width, 16),
					    .provenance = 1});
		add(scene.answers[i].caps, XR24,
		    (struct cen_constraint){.kind = CEN_CONSTRAINT_STRIDE_EXACT,
					    .value = round_up(sizes[i].width, 16) * 4,
					    .provenance = 1});
	}
	group(&scene);
	/* 16 bytes would do for NV12, but 16 pixels do for both. */
	assert_int_equal(scene.gathering.alternative_count, 1);
	assert_int_equal(scene.gathering.alternatives[0].fourcc_count, 2);
	check_rule(&scene.gathering.common.items[0], FILE_RULE_ROW, 16, 1, 1);
	finish(&scene);
}

static void test_faults(void **state)
{
	unsigned long n = 1;
	struct scene scene;
	bool is_over = false;

	(void)state;
	for (; !is_over; n++) {
		size_t alive = fault_alive();
		int ret;

		start(&scene);
		for (size_t i = 0; i < SIZE_COUNT; i++) {
			add(scene.answers[i].caps, NV12,
			    (struct cen_constraint){
				    .kind = CEN_CONSTRAINT_STRIDE_EXACT, .value = sizes[i].width, .provenance = 1});
			add(scene.answers[i].caps, XR24,
			    (struct cen_constraint){
				    .kind = CEN_CONSTRAINT_CHROMA_ROWS, .value = 7 * i + 1, .provenance = 1});
		}
		fault_arm(FAULT_MEMORY, n);
		ret = _cen_file_gather(&scene.gathering, CEN_USAGE_CAPTURE, scene.answers);
		if (ret == 0)
			ret = _cen_file_group(&scene.gathering);
		is_over = !fault_disarm();
		assert_int_equal(ret, is_over ? 0 : -12);
		finish(&scene);
		assert_int_equal(fault_alive(), alive);
	}
	assert_in_range(n, 10, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),        cmocka_unit_test(test_row),         cmocka_unit_test(test_height),
		cmocka_unit_test(test_image),      cmocka_unit_test(test_near_misses), cmocka_unit_test(test_value),
		cmocka_unit_test(test_exceptions), cmocka_unit_test(test_halves),      cmocka_unit_test(test_votes),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
