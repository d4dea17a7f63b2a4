/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The text form of constraints: there and back for every kind, and what is refused at which column. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "constraint.h"

static void check_there_and_back(const struct cen_constraint *constraint)
{
	struct cen_constraint back = {0};
	char text[256], cut[6];
	int length = cen_constraint_to_string(constraint, text, sizeof(text));

	assert_int_equal(length, (int)strlen(text));
	assert_int_equal(cen_constraint_from_string(text, &back, NULL), 0);
	assert_int_equal(back.kind, constraint->kind);
	assert_int_equal(back.plane, constraint->plane);
	assert_true(back.value == constraint->value);
	assert_int_equal(back.provenance, constraint->provenance);
	assert_int_equal(cen_constraint_to_string(constraint, cut, sizeof(cut)), length);
	assert_int_equal(strlen(cut), 5);
	assert_memory_equal(cut, text, 5);
	assert_int_equal(cen_constraint_to_string(constraint, NULL, 0), length);
}

static void test_there_and_back(void **state)
{
	static const uint64_t values[] = {0, 1, 2, 3, 4, 7, 8, 15, 48, 64, 65535, UINT32_MAX, 1ull << 32, UINT64_MAX};
	unsigned int count = 0;

	(void)state;
	for (uint32_t kind = 1; cen_constraint_kind_get_info(kind); kind++)
		for (uint32_t plane = 0; _cen_constraint_slot(kind, plane) >= 0; plane++)
			for (uint32_t provenance = 0; provenance <= CEN_PROVENANCE_ASSUMED; provenance++)
				for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
					struct cen_constraint constraint = {kind,       plane, values[i],
									    provenance, 0,     NULL};

					if (_cen_constraint_check(&constraint, NULL) < 0)
						continue;
					check_there_and_back(&constraint);
					count++;
				}
	assert_true(count > 4000);
}

/* Read text, write it again: the canonical form. */
static void check_canonical(const char *text, uint32_t kind, uint32_t plane, uint64_t value, const char *canonical)
{
	struct cen_constraint constraint;
	char again[256];

	assert_int_equal(cen_constraint_from_string(text, &constraint, NULL), 0);
	assert_int_equal(constraint.kind, kind);
	assert_int_equal(constraint.plane, plane);
	assert_true(constraint.value == value);
	cen_constraint_to_string(&constraint, again, sizeof(again));
	assert_string_equal(again, canonical);
}

static void test_canonical(void **state)
{
	(void)state;
	check_canonical("stride-align.1=64@probed", CEN_CONSTRAINT_STRIDE_ALIGN, 1, 64, "stride-align.1=64@probed");
	check_canonical("stride-align.0=0x40", CEN_CONSTRAINT_STRIDE_ALIGN, 0, 64, "stride-align=64");
	check_canonical("objects=per-plane|one", CEN_CONSTRAINT_OBJECTS, 0, 3, "objects=one|per-plane");
	check_canonical("segments=1", CEN_CONSTRAINT_SEGMENTS, 0, 1, "segments=1");
	check_canonical("fd-mode=read-write", CEN_CONSTRAINT_FD_MODE, 0, 2, "fd-mode=read-write");
	check_canonical("cpu-access=2@policy", CEN_CONSTRAINT_CPU_ACCESS, 0, 2, "cpu-access=often@policy");
	check_canonical("cpu-mappable=yes", CEN_CONSTRAINT_CPU_MAPPABLE, 0, 1, "cpu-mappable=yes");
	check_canonical("exporter=57856", CEN_CONSTRAINT_EXPORTER, 0, 0xe200, "exporter=0xe200");
	check_canonical("sync=explicit|implicit", CEN_CONSTRAINT_SYNC, 0, 6, "sync=implicit|explicit");
	check_canonical("heap=system", CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("system"), "heap=system");
	check_canonical("heap=default_cma_region@queried", CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("default_cma_region"),
			"heap=default_cma_region@queried");
	check_canonical("heap=/dev/dri/card1", CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("/dev/dri/card1"),
			"heap=/dev/dri/card1");
	check_canonical("heap=linux,cma@4c000000", CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("linux,cma@4c000000"),
			"heap=linux,cma@4c000000");
	check_canonical("heap=linux,cma@4c000000@queried", CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("linux,cma@4c000000"),
			"heap=linux,cma@4c000000@queried");
	check_canonical("heap=#00000000000000ff@quirk", CEN_CONSTRAINT_HEAP, 0, 255, "heap=#00000000000000ff@quirk");
}

/* A heap whose name looks like a provenance keeps its value, if not its name. */
static void test_heap_ambiguous(void **state)
{
	struct cen_constraint constraint = {CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("a@probed"), 0, 0, "a@probed"};

	(void)state;
	check_there_and_back(&constraint);
	constraint.provenance = CEN_PROVENANCE_QUERIED;
	check_there_and_back(&constraint);
}

static void check_refused(const char *text, enum cen_error_code code, unsigned int column)
{
	struct cen_constraint constraint = {.kind = 99};
	struct cen_error *err = NULL;
	char place[32];

	assert_int_equal(cen_constraint_from_string(text, &constraint, &err), -EINVAL);
	assert_int_equal(constraint.kind, 99);
	assert_non_null(err);
	assert_int_equal(cen_error_get_code(err), code);
	if (column) {
		snprintf(place, sizeof(place), "column %u:", column);
		assert_non_null(strstr(cen_error_get_message(err), place));
	}
	cen_error_destroy(err);
}

static void test_refused(void **state)
{
	char endless[512] = "heap=";

	(void)state;
	memset(endless + 5, 'a', sizeof(endless) - 6);
	check_refused("", CEN_ERROR_SYNTAX, 1);
	check_refused("segments", CEN_ERROR_SYNTAX, 9);
	check_refused("segments=", CEN_ERROR_SYNTAX, 10);
	check_refused("segments=@probed", CEN_ERROR_SYNTAX, 10);
	check_refused("segments=1 ", CEN_ERROR_SYNTAX, 11);
	check_refused(" segments=1", CEN_ERROR_UNKNOWN_FLAG, 1);
	check_refused("segments=-1", CEN_ERROR_SYNTAX, 10);
	check_refused("segments=+1", CEN_ERROR_SYNTAX, 10);
	check_refused("segments=12a", CEN_ERROR_SYNTAX, 12);
	check_refused("segments=0x", CEN_ERROR_SYNTAX, 11);
	check_refused("segments=0", CEN_ERROR_ARGUMENT, 0);
	check_refused("segments=18446744073709551616", CEN_ERROR_ARGUMENT, 29);
	check_refused("segments=0x10000000000000000", CEN_ERROR_ARGUMENT, 28);
	check_refused("segments=1@", CEN_ERROR_UNKNOWN_FLAG, 12);
	check_refused("segments=1@guess", CEN_ERROR_UNKNOWN_FLAG, 12);
	check_refused("segments=1@probed@probed", CEN_ERROR_SYNTAX, 11);
	check_refused("segments.1=1", CEN_ERROR_ARGUMENT, 10);
	check_refused("stride-align.4=1", CEN_ERROR_ARGUMENT, 14);
	check_refused("stride-align.=1", CEN_ERROR_SYNTAX, 14);
	check_refused("stride-align.x=1", CEN_ERROR_SYNTAX, 14);
	check_refused("stride-align.4294967296=1", CEN_ERROR_ARGUMENT, 14);
	check_refused("colour=1", CEN_ERROR_UNKNOWN_FLAG, 1);
	check_refused("=1", CEN_ERROR_UNKNOWN_FLAG, 1);
	check_refused("objects=", CEN_ERROR_SYNTAX, 9);
	check_refused("objects=one|", CEN_ERROR_SYNTAX, 13);
	check_refused("objects=|one", CEN_ERROR_SYNTAX, 9);
	check_refused("objects=one|two", CEN_ERROR_UNKNOWN_FLAG, 13);
	check_refused("objects=1", CEN_ERROR_UNKNOWN_FLAG, 9);
	check_refused("fd-mode=often", CEN_ERROR_UNKNOWN_FLAG, 9);
	check_refused("fd-mode=3", CEN_ERROR_ARGUMENT, 0);
	check_refused("heap=", CEN_ERROR_SYNTAX, 6);
	check_refused("heap=a b", CEN_ERROR_SYNTAX, 6);
	check_refused("heap=a=b", CEN_ERROR_SYNTAX, 6);
	check_refused("heap=a b", CEN_ERROR_SYNTAX, 6);
	check_refused("heap=#0123", CEN_ERROR_SYNTAX, 6);
	check_refused("heap=#000000000000000g", CEN_ERROR_SYNTAX, 22);
	check_refused(endless, CEN_ERROR_SYNTAX, 6);
}

static void check_words(uint32_t kind, uint64_t value, const char *wanted)
{
	const struct cen_constraint constraint = {.kind = kind, .value = value};
	char text[64];

	assert_int_equal(_cen_constraint_value_to_string(&constraint, text, sizeof(text)), (int)strlen(wanted));
	assert_string_equal(text, wanted);
}

static void test_words(void **state)
{
	const struct cen_constraint heap = {CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("reserved"), 0, 0, "reserved"};
	char text[64];

	(void)state;
	check_words(CEN_CONSTRAINT_STRIDE_MIN, 1920, "1920 bytes");
	check_words(CEN_CONSTRAINT_STRIDE_MIN, 1, "1 byte");
	check_words(CEN_CONSTRAINT_WIDTH_MIN, 0, "0 pixels");
	check_words(CEN_CONSTRAINT_ADDRESS_BITS, 32, "32 bits");
	check_words(CEN_CONSTRAINT_ADDRESS_MAX, 0xffffffff, "0xffffffff");
	check_words(CEN_CONSTRAINT_SEGMENTS, 1, "1");
	check_words(CEN_CONSTRAINT_OBJECTS, 3, "one|per-plane");
	check_words(CEN_CONSTRAINT_EXPORTER, 0xe200, "device 226:0");
	check_words(CEN_CONSTRAINT_CPU_ACCESS, CEN_CPU_RARELY, "rarely");
	check_words(99, 5, "5");
	_cen_constraint_value_to_string(&heap, text, sizeof(text));
	assert_string_equal(text, "reserved");
	assert_string_equal(cen_provenance_get_name(CEN_PROVENANCE_ASSUMED), "assumed");
	assert_string_equal(cen_provenance_get_name(0), "unknown");
	assert_string_equal(cen_provenance_get_name(8), "unknown");
}

/* Values that no check has seen are written, too: a message about a bad one must be possible. */
static void test_not_valid(void **state)
{
	static const struct {
		struct cen_constraint constraint;
		const char *text;
	} cases[] = {
		{{.kind = 99, .plane = 7, .value = 3}, "kind-99.7=3"},
		{{.kind = CEN_CONSTRAINT_OBJECTS, .value = 5}, "objects=one|0x4"},
		{{.kind = CEN_CONSTRAINT_OBJECTS, .value = 0}, "objects=0x0"},
		{{.kind = CEN_CONSTRAINT_FD_MODE, .value = 9}, "fd-mode=9"},
		{{.kind = CEN_CONSTRAINT_SEGMENTS, .value = 1, .provenance = 50}, "segments=1@unknown"},
		{{.kind = CEN_CONSTRAINT_HEAP, .value = 1, .note = "other"}, "heap=#0000000000000001"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cen_constraint_to_string(&cases[i].constraint, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_heap_ambiguous), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_words),          cmocka_unit_test(test_not_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
