/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The catalogue of constraints: the rules of merging as properties, checks, sets. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "constraint.h"
#include "fault.h"

#define ROUNDS 3000
#define LAST_KIND CEN_CONSTRAINT_EXPORTERS

static uint64_t random_state = 0x2545f4914f6cdd1dull;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* What a kind means, written down a second time and apart from the catalogue. */
enum meaning { MULTIPLE, AT_LEAST, AT_MOST, EXACTLY, ONE_OF, ADDRESS, NOTHING };

static enum meaning meaning_of(uint32_t kind)
{
	switch (kind) {
	case CEN_CONSTRAINT_WIDTH_STEP:
	case CEN_CONSTRAINT_HEIGHT_STEP:
	case CEN_CONSTRAINT_STRIDE_ALIGN:
	case CEN_CONSTRAINT_OFFSET_ALIGN:
	case CEN_CONSTRAINT_SIZE_ALIGN:
	case CEN_CONSTRAINT_HEIGHT_ALIGN:
	case CEN_CONSTRAINT_GRANULARITY:
		return MULTIPLE;
	case CEN_CONSTRAINT_WIDTH_MAX:
	case CEN_CONSTRAINT_HEIGHT_MAX:
	case CEN_CONSTRAINT_STRIDE_MAX:
	case CEN_CONSTRAINT_OFFSET_MAX:
	case CEN_CONSTRAINT_SEGMENTS:
	case CEN_CONSTRAINT_IOVA_SEGMENTS:
	case CEN_CONSTRAINT_ADDRESS_MAX:
	case CEN_CONSTRAINT_COUNT_MAX:
	case CEN_CONSTRAINT_IOVA_MAX:
		return AT_MOST;
	case CEN_CONSTRAINT_STRIDE_EXACT:
	case CEN_CONSTRAINT_CHROMA_ROWS:
	case CEN_CONSTRAINT_HEAP:
	case CEN_CONSTRAINT_EXPORTER:
		return EXACTLY;
	case CEN_CONSTRAINT_OBJECTS:
	case CEN_CONSTRAINT_PLACEMENT:
	case CEN_CONSTRAINT_EXPORTERS:
		return ONE_OF;
	case CEN_CONSTRAINT_ADDRESS_BITS:
		return ADDRESS;
	case CEN_CONSTRAINT_SYNC:
		return NOTHING;
	default:
		return AT_LEAST;
	}
}

static bool accepts(uint32_t kind, uint64_t value, uint64_t concrete)
{
	switch (meaning_of(kind)) {
	case MULTIPLE:
		return concrete % value == 0;
	case AT_LEAST:
		return concrete >= value;
	case AT_MOST:
		return concrete <= value;
	case EXACTLY:
		return concrete == value;
	case ONE_OF:
		return concrete < 64 && (value >> concrete) & 1;
	case ADDRESS:
		return value == 64 || concrete >> value == 0;
	case NOTHING:
		break;
	}
	return true;
}

/* A value that the kind can have: often small, so that two have something in common, sometimes huge. */
static uint64_t random_value(uint32_t kind)
{
	uint64_t number = random_number() >> 8;

	switch (kind) {
	case CEN_CONSTRAINT_OBJECTS:
		return number % 3 + 1;
	case CEN_CONSTRAINT_PLACEMENT:
		return number % 15 + 1;
	case CEN_CONSTRAINT_SYNC:
		return number % 7 + 1;
	case CEN_CONSTRAINT_EXPORTERS:
		return number % 31 + 1;
	case CEN_CONSTRAINT_ADDRESS_BITS:
		return number % 64 + 1;
	case CEN_CONSTRAINT_FD_MODE:
	case CEN_CONSTRAINT_CPU_ACCESS:
		return number % 3;
	case CEN_CONSTRAINT_CPU_MAPPABLE:
	case CEN_CONSTRAINT_CACHE:
		return number % 2;
	default:
		break;
	}
	switch (random_number() % 8) {
	case 0:
		return meaning_of(kind) == MULTIPLE || kind >= CEN_CONSTRAINT_HEAP ? (number & 0xffff) | 1 : number | 1;
	case 1:
		return 1ull << (number % 32);
	case 2:
		return meaning_of(kind) == MULTIPLE ? UINT64_MAX - (number & 0xff) : number % 30 + 1;
	default:
		return number % 30 + 1;
	}
}

/* A concrete stride, size or bit to hold against constraints: near what they say. */
static uint64_t random_concrete(uint32_t kind, uint64_t a, uint64_t b)
{
	uint64_t factor = random_number() % 40 + 1, product;

	if (meaning_of(kind) == ONE_OF)
		return random_number() % 5;
	if (meaning_of(kind) == ADDRESS)
		return random_number() >> (random_number() % 64);
	switch (random_number() % 4) {
	case 0:
		return a + random_number() % 3 - (a ? 1 : 0);
	case 1:
		return b + random_number() % 3 - (b ? 1 : 0);
	case 2:
		return __builtin_mul_overflow(a, factor, &product) ? a : product;
	default:
		return __builtin_mul_overflow(a, b, &product) ? b : product;
	}
}

static void check_pair(uint32_t kind, uint64_t a, uint64_t b)
{
	uint64_t ab = 0, ba = 0, again = 0;
	bool is_possible = _cen_constraint_merge(kind, a, b, &ab);

	assert_int_equal(_cen_constraint_merge(kind, b, a, &ba), is_possible);
	if (is_possible) {
		assert_true(ab == ba);
		assert_true(_cen_constraint_merge(kind, a, ab, &again) && again == ab);
	}
	for (unsigned int i = 0; i < 8; i++) {
		uint64_t concrete = random_concrete(kind, a, b);
		bool both = accepts(kind, a, concrete) && accepts(kind, b, concrete);

		/* Nothing is lost and nothing is added. 0 is a multiple of everything, and no stride or size. */
		if (is_possible && meaning_of(kind) != NOTHING)
			assert_int_equal(accepts(kind, ab, concrete), both);
		else if (!is_possible && concrete != 0)
			assert_false(both);
	}
}

static void check_triple(uint32_t kind, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t ab, bc, left = 0, right = 0;
	bool has_left = _cen_constraint_merge(kind, a, b, &ab) && _cen_constraint_merge(kind, ab, c, &left);
	bool has_right = _cen_constraint_merge(kind, b, c, &bc) && _cen_constraint_merge(kind, a, bc, &right);

	assert_int_equal(has_left, has_right);
	assert_true(left == right || !has_left);
}

static void test_merge_properties(void **state)
{
	(void)state;
	for (uint32_t kind = 1; kind <= LAST_KIND; kind++)
		for (unsigned int round = 0; round < ROUNDS; round++) {
			uint64_t a = random_value(kind), b = random_value(kind), c = random_value(kind), same = 0;

			assert_true(_cen_constraint_merge(kind, a, a, &same));
			assert_true(same == a);
			check_pair(kind, a, b);
			check_triple(kind, a, b, c);
		}
}

static void check_merge(uint32_t kind, uint64_t a, uint64_t b, uint64_t wanted)
{
	uint64_t merged = ~wanted;

	assert_true(_cen_constraint_merge(kind, a, b, &merged));
	assert_true(merged == wanted);
}

static void test_merge_values(void **state)
{
	uint64_t merged;

	(void)state;
	check_merge(CEN_CONSTRAINT_STRIDE_ALIGN, 48, 64, 192);
	check_merge(CEN_CONSTRAINT_STRIDE_ALIGN, 3, 5, 15);
	check_merge(CEN_CONSTRAINT_STRIDE_ALIGN, 1ull << 63, 2, 1ull << 63);
	check_merge(CEN_CONSTRAINT_STRIDE_ALIGN, 65536, 65537, 65536ull * 65537);
	check_merge(CEN_CONSTRAINT_SIZE_MIN, 10, 20, 20);
	check_merge(CEN_CONSTRAINT_SEGMENTS, 1, UINT64_MAX, 1);
	check_merge(CEN_CONSTRAINT_ADDRESS_BITS, 32, 64, 32);
	check_merge(CEN_CONSTRAINT_OBJECTS, 3, 1, 1);
	check_merge(CEN_CONSTRAINT_FD_MODE, CEN_FD_READ_WRITE, CEN_FD_ANY, CEN_FD_READ_WRITE);
	check_merge(CEN_CONSTRAINT_SYNC, CEN_SYNC_NONE, CEN_SYNC_EXPLICIT, CEN_SYNC_NONE | CEN_SYNC_EXPLICIT);
	/* Does not fit 64 bits. */
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_STRIDE_ALIGN, 1ull << 63, 3, &merged));
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_SIZE_ALIGN, UINT64_MAX, UINT64_MAX - 1, &merged));
	/* Nothing in common. */
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_OBJECTS, 1, 2, &merged));
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_PLACEMENT, 5, 10, &merged));
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_STRIDE_EXACT, 1920, 1984, &merged));
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_HEAP, cen_heap_hash("a"), cen_heap_hash("b"), &merged));
	/* Not a number that a multiple can be taken of, and not a kind. */
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_STRIDE_ALIGN, 0, 8, &merged));
	assert_false(_cen_constraint_merge(CEN_CONSTRAINT_GRANULARITY, 8, 0, &merged));
	assert_false(_cen_constraint_merge(0, 1, 1, &merged));
	assert_false(_cen_constraint_merge(LAST_KIND + 1, 1, 1, &merged));
	assert_false(_cen_constraint_merge(UINT32_MAX, 1, 1, &merged));
}

static void test_slots(void **state)
{
	uint64_t seen = 0;

	(void)state;
	for (uint32_t kind = 1; kind <= LAST_KIND; kind++) {
		const struct cen_constraint_info *info = cen_constraint_kind_get_info(kind);

		assert_non_null(info);
		assert_int_equal(info->kind, kind);
		assert_true(info->name[0] && info->merge[0] && info->meaning[0] && info->unit);
		for (uint32_t plane = 0; plane < (info->per_plane ? 4u : 1u); plane++) {
			int slot = _cen_constraint_slot(kind, plane);

			assert_in_range(slot, 0, CEN_SLOT_COUNT - 1);
			assert_false(seen & (1ull << slot));
			seen |= 1ull << slot;
		}
		assert_int_equal(_cen_constraint_slot(kind, info->per_plane ? 4 : 1), -1);
		assert_int_equal(_cen_constraint_slot(kind, UINT32_MAX), -1);
	}
	assert_true(seen == (1ull << CEN_SLOT_COUNT) - 1);
	assert_null(cen_constraint_kind_get_info(0));
	assert_null(cen_constraint_kind_get_info(LAST_KIND + 1));
	assert_int_equal(_cen_constraint_slot(0, 0), -1);
	assert_int_equal(_cen_constraint_slot(LAST_KIND + 1, 0), -1);
}

/* 0 when the constraint is refused with this code, or, for code 0, taken. */
static int check_code(uint32_t kind, uint32_t plane, uint64_t value, int code)
{
	struct cen_constraint constraint = {.kind = kind, .plane = plane, .value = value};
	struct cen_error *err = NULL;
	int ret = _cen_constraint_check(&constraint, &err);
	int found = err ? (int)cen_error_get_code(err) : 0;

	cen_error_destroy(err);
	assert_int_equal(ret, code ? -EINVAL : 0);
	return found - code;
}

static void test_check(void **state)
{
	static const struct {
		uint32_t kind, plane;
		uint64_t value;
		int code;
	} cases[] = {
		{CEN_CONSTRAINT_WIDTH_MIN, 0, 0, 0},
		{CEN_CONSTRAINT_WIDTH_MAX, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_WIDTH_STEP, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 3, 48, 0},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 4, 48, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_OFFSET_ALIGN, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_OFFSET_MAX, 0, 0, 0},
		{CEN_CONSTRAINT_SIZE_ALIGN, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_HEIGHT_ALIGN, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_HEIGHT_ALIGN, 1, 16, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_GRANULARITY, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_SEGMENTS, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_IOVA_SEGMENTS, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_ADDRESS_BITS, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_ADDRESS_BITS, 0, 64, 0},
		{CEN_CONSTRAINT_ADDRESS_BITS, 0, 65, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_OBJECTS, 0, 3, 0},
		{CEN_CONSTRAINT_OBJECTS, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_OBJECTS, 0, 4, CEN_ERROR_UNKNOWN_FLAG},
		{CEN_CONSTRAINT_PLACEMENT, 0, 16, CEN_ERROR_UNKNOWN_FLAG},
		{CEN_CONSTRAINT_SYNC, 0, 1ull << 63, CEN_ERROR_UNKNOWN_FLAG},
		{CEN_CONSTRAINT_FD_MODE, 0, 2, 0},
		{CEN_CONSTRAINT_FD_MODE, 0, 3, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_CPU_MAPPABLE, 0, 2, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_CACHE, 0, 2, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_CPU_ACCESS, 0, 3, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_COUNT_MIN, 0, 0, CEN_ERROR_ARGUMENT},
		{CEN_CONSTRAINT_COUNT_MAX, 0, UINT32_MAX, 0},
		{CEN_CONSTRAINT_COUNT_MAX, 0, 1ull << 32, CEN_ERROR_ARGUMENT},
		{0, 0, 1, CEN_ERROR_UNKNOWN_FLAG},
		{LAST_KIND + 1, 0, 1, CEN_ERROR_UNKNOWN_FLAG},
	};
	struct cen_constraint constraint = {.kind = CEN_CONSTRAINT_SEGMENTS, .value = 1, .provenance = 8};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(check_code(cases[i].kind, cases[i].plane, cases[i].value, cases[i].code), 0);
	assert_int_equal(_cen_constraint_check(&constraint, NULL), -EINVAL);
	constraint.provenance = CEN_PROVENANCE_ASSUMED;
	assert_int_equal(_cen_constraint_check(&constraint, NULL), 0);
	constraint.reserved = 1;
	assert_int_equal(_cen_constraint_check(&constraint, NULL), -EINVAL);
	constraint = (struct cen_constraint){.kind = CEN_CONSTRAINT_HEAP, .value = 5, .note = "system"};
	assert_int_equal(_cen_constraint_check(&constraint, NULL), -EINVAL);
	constraint.value = cen_heap_hash("system");
	assert_int_equal(_cen_constraint_check(&constraint, NULL), 0);
}

static void test_set(void **state)
{
	char note[] = "VIDIOC_G_FMT";
	const struct cen_constraint in[] = {
		{CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_NONE, CEN_PROVENANCE_QUERIED, 0, NULL},
		{CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_IMPLICIT, CEN_PROVENANCE_ASSUMED, 0, NULL},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 1, 48, CEN_PROVENANCE_QUERIED, 0, "a"},
		{CEN_CONSTRAINT_SIZE_MIN, 0, 100, CEN_PROVENANCE_QUERIED, 0, note},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 1, 64, CEN_PROVENANCE_PROBED, 0, "b"},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 0, 32, CEN_PROVENANCE_QUIRK, 0, ""},
		{CEN_CONSTRAINT_SIZE_MIN, 0, 50, CEN_PROVENANCE_ASSUMED, 0, "less"},
		{CEN_CONSTRAINT_WIDTH_MAX, 0, 100, CEN_PROVENANCE_ASSUMED, 0, NULL},
		{CEN_CONSTRAINT_WIDTH_MAX, 0, 64, CEN_PROVENANCE_QUERIED, 0, "tighter"},
		{CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("system"), CEN_PROVENANCE_POLICY, 0, "system@policy"},
	};
	const struct cen_constraint wanted[] = {
		{CEN_CONSTRAINT_WIDTH_MAX, 0, 64, CEN_PROVENANCE_QUERIED, 0, "tighter"},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 0, 32, CEN_PROVENANCE_QUIRK, 0, ""},
		{CEN_CONSTRAINT_STRIDE_ALIGN, 1, 192, CEN_PROVENANCE_PROBED, 0, NULL},
		{CEN_CONSTRAINT_SIZE_MIN, 0, 100, CEN_PROVENANCE_QUERIED, 0, "VIDIOC_G_FMT"},
		{CEN_CONSTRAINT_HEAP, 0, cen_heap_hash("system"), CEN_PROVENANCE_POLICY, 0, "system"},
		{CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_NONE | CEN_SYNC_IMPLICIT, CEN_PROVENANCE_ASSUMED, 0, NULL},
	};
	struct constraint_set *set, *other;

	(void)state;
	assert_int_equal(_cen_constraint_set_create(in, 10, &set, NULL), 0);
	memset(note, 'x', sizeof(note) - 1);
	assert_int_equal(set->count, 6);
	assert_int_equal(__builtin_popcountll(set->slots), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(set->items[i].kind, wanted[i].kind);
		assert_int_equal(set->items[i].plane, wanted[i].plane);
		assert_true(set->items[i].value == wanted[i].value);
		assert_int_equal(set->items[i].provenance, wanted[i].provenance);
		assert_int_equal(!set->items[i].note, !wanted[i].note);
		if (wanted[i].note)
			assert_string_equal(set->items[i].note, wanted[i].note);
		assert_true(set->slots >> _cen_constraint_slot(wanted[i].kind, wanted[i].plane) & 1);
	}
	assert_int_equal(_cen_constraint_set_create(wanted, 6, &other, NULL), 0);
	assert_true(_cen_constraint_set_equal(set, other));
	free(other);
	assert_int_equal(_cen_constraint_set_create(wanted, 5, &other, NULL), 0);
	assert_false(_cen_constraint_set_equal(set, other));
	free(other);
	for (unsigned int i = 0; i < 3; i++) {
		struct cen_constraint changed[6];

		memcpy(changed, wanted, sizeof(wanted));
		changed[0].provenance = i == 0 ? CEN_PROVENANCE_QUIRK : CEN_PROVENANCE_QUERIED;
		changed[0].value = i == 1 ? 65 : 64;
		changed[0].note = i == 2 ? "other" : "tighter";
		assert_int_equal(_cen_constraint_set_create(changed, 6, &other, NULL), 0);
		assert_false(_cen_constraint_set_equal(set, other));
		free(other);
	}
	free(set);
	assert_int_equal(_cen_constraint_set_create(NULL, 0, &set, NULL), 0);
	assert_int_equal(set->count, 0);
	free(set);
}

static void test_set_order_free(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 500; round++) {
		struct cen_constraint forward[40], backward[40];
		struct constraint_set *a, *b;
		int ret;

		for (unsigned int i = 0; i < 40; i++) {
			uint32_t kind = (uint32_t)(random_number() % LAST_KIND) + 1;
			uint32_t plane = cen_constraint_kind_get_info(kind)->per_plane ? random_number() % 4 : 0;
			uint64_t value = meaning_of(kind) == EXACTLY ? 7 : random_value(kind);

			if (meaning_of(kind) == ONE_OF)
				value |= 1;
			if (value > UINT32_MAX)
				value = 32;
			forward[i] = (struct cen_constraint){.kind = kind, .plane = plane, .value = value};
			backward[39 - i] = forward[i];
		}
		ret = _cen_constraint_set_create(forward, 40, &a, NULL);
		assert_int_equal(_cen_constraint_set_create(backward, 40, &b, NULL), ret);
		assert_true(ret == 0 || ret == -ERANGE);
		if (ret == 0) {
			assert_int_equal(a->slots, b->slots);
			for (size_t i = 0; i < a->count; i++)
				assert_true(a->items[i].value == b->items[i].value);
		}
		free(a);
		free(b);
	}
}

static void test_set_refused(void **state)
{
	const struct cen_constraint unequal[] = {
		{.kind = CEN_CONSTRAINT_STRIDE_EXACT, .plane = 2, .value = 64},
		{.kind = CEN_CONSTRAINT_STRIDE_EXACT, .plane = 2, .value = 65},
	};
	const struct cen_constraint bad = {.kind = CEN_CONSTRAINT_SEGMENTS};
	struct constraint_set untouched = {0};
	struct constraint_set *set = &untouched;
	struct cen_error *err = NULL;

	(void)state;
	assert_int_equal(_cen_constraint_set_create(unequal, 2, &set, &err), -ERANGE);
	assert_null(set);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_OVERFLOW);
	assert_non_null(strstr(cen_error_get_message(err), "stride-exact"));
	assert_non_null(strstr(cen_error_get_message(err), "65"));
	cen_error_destroy(err);
	err = NULL;
	assert_int_equal(_cen_constraint_set_create(&bad, 1, &set, &err), -EINVAL);
	assert_null(set);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ARGUMENT);
	cen_error_destroy(err);
	fault_arm(FAULT_MEMORY, 1);
	assert_int_equal(_cen_constraint_set_create(unequal, 1, &set, NULL), -ENOMEM);
	assert_true(fault_disarm());
	assert_null(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge_properties),
		cmocka_unit_test(test_merge_values),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_order_free),
		cmocka_unit_test(test_set_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
