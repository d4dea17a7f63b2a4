/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The grammar of maps, as the Contiguous Memory Allocator of 2010 has it: a table of texts and what they decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "fault.h"
#include "map.h"
#include "util.h"

#define NO_RULE SIZE_MAX

static struct cen_map *parse(const char *text)
{
	struct cen_map *map = NULL;
	struct cen_error *err = NULL;

	if (cen_map_parse(text, &map, &err) < 0)
		fail_msg("\"%s\": %s", text, cen_error_get_message(err));
	assert_null(err);
	return map;
}

struct lookup_case {
	const char *map, *device, *type;
	size_t rule;
};

/* The examples of the text of 2010, and what it says about them. */
static void test_cma_2010_examples(void **state)
{
	static const char first[] = "video,camera=region;*=common", quaz[] = "foo/quaz=r1;foo/*=r2";
	static const char inherited[] = "foo/quaz=r1;/*=r2", lists[] = "bar=r1,r2", question[] = "baz?/a,baz?/b=r3";
	static const char banks[] = "foo/a=a,b;foo/b=b,a;*=a,b";
	static const struct lookup_case cases[] = {
		{first, "video", NULL, 0},
		{first, "camera", "any", 0},
		{first, "gpu", NULL, 1},
		{first, "", NULL, 1},
		{first, "videos", NULL, 1},
		{first, "vide", NULL, 1},
		{quaz, "foo", "quaz", 0},
		{quaz, "foo", "bar", 1},
		{quaz, "foo", NULL, 1},
		{quaz, "bar", "quaz", NO_RULE},
		{inherited, "foo", "quaz", 0},
		{inherited, "foo", "bar", 1},
		{inherited, "foo", NULL, 1},
		{inherited, "bar", "x", NO_RULE},
		{lists, "bar", NULL, 0},
		{lists, "bar", "x", 0},
		{lists, "ba", NULL, NO_RULE},
		{lists, "barr", NULL, NO_RULE},
		{question, "baz1", "a", 0},
		{question, "bazx", "b", 0},
		{question, "baz", "a", NO_RULE},
		{question, "baz12", "a", NO_RULE},
		{question, "baz1", NULL, NO_RULE},
		{question, "baz1", "c", NO_RULE},
		{banks, "foo", "a", 0},
		{banks, "foo", "b", 1},
		{banks, "foo", NULL, 2},
		{banks, "bar", "a", 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct lookup_case *row = &cases[i];
		struct cen_map *map = parse(row->map);
		struct cen_map_match match = {.size = sizeof(match)};
		int ret = cen_map_lookup(map, &row->device, 1, row->type, &match);

		if (ret != (row->rule == NO_RULE ? -ENOENT : 0) || (ret == 0 && match.rule != row->rule))
			fail_msg("%s: %s/%s: %d, rule %zu", row->map, row->device, row->type ? row->type : "", ret,
				 match.rule);
		assert_int_equal(cen_map_lookup(map, &row->device, 1, row->type, NULL), ret);
		cen_map_unref(map);
	}
}

/* The type that a caller does not name is "common". */
static void test_common_type(void **state)
{
	const char *name = "foo";
	struct cen_map_match match = {.size = sizeof(match)};
	struct cen_map *map = parse("foo/comm=no;foo/common=yes;foo=any");

	(void)state;
	assert_int_equal(cen_map_lookup(map, &name, 1, NULL, &match), 0);
	assert_int_equal(match.rule, 1);
	assert_int_equal(cen_map_lookup(map, &name, 1, "", &match), 0);
	assert_int_equal(match.rule, 2);
	assert_null(match.type);
	cen_map_unref(map);
}

/* "/TYPE" alone goes on from the pattern before it, also when that is one itself, or of another rule. */
static void test_inherited(void **state)
{
	const char *foo = "foo", *bar = "bar";
	struct cen_map_trial trial = {.size = sizeof(trial)};
	struct cen_map_match match = {.size = sizeof(match)};
	struct cen_map *map = parse("foo/a,/b,bar/c,/d=x;/e=y");

	(void)state;
	assert_int_equal(cen_map_lookup(map, &foo, 1, "b", &match), 0);
	assert_int_equal(match.pattern, 1);
	assert_string_equal(match.device, "foo");
	assert_int_equal(cen_map_lookup(map, &foo, 1, "d", NULL), -ENOENT);
	assert_int_equal(cen_map_lookup(map, &bar, 1, "d", NULL), 0);
	assert_int_equal(cen_map_lookup(map, &bar, 1, "e", &match), 0);
	assert_int_equal(match.rule, 1);
	assert_int_equal(cen_map_lookup(map, &foo, 1, "e", NULL), -ENOENT);
	assert_int_equal(cen_map_try_pattern(map, 1, 0, &bar, 1, "f", &trial), 0);
	assert_true(trial.is_inherited && !trial.is_type_matched && trial.matched == bar);
	assert_string_equal(cen_map_to_string(map), "foo/a,/b,bar/c,/d=x;/e=y");
	cen_map_unref(map);
}

/* Several names of one device: a pattern matches when it matches any. The order of rules counts, not that of names. */
static void test_names(void **state)
{
	static const char *const names[] = {"video0", "vivid-000", "vivid", "v4l2", "camera"};
	struct cen_map_match match = {.size = sizeof(match)};
	struct cen_map *map = parse("vivid-*/x=a;camera=b;video0=c");

	(void)state;
	assert_int_equal(cen_map_lookup(map, names, ARRAY_LENGTH(names), "capture", &match), 0);
	assert_int_equal(match.rule, 1);
	assert_ptr_equal(match.matched, names[4]);
	assert_string_equal(match.text, "camera=b");
	assert_int_equal(match.name_count, 1);
	assert_int_equal(cen_map_lookup(map, names, 0, "capture", &match), -ENOENT);
	match.size = sizeof(match) - 1;
	assert_int_equal(cen_map_lookup(map, names, 1, NULL, &match), -EINVAL);
	cen_map_unref(map);
}

static void test_canonical(void **state)
{
	static const char *const cases[][2] = {
		{"a=b", "a=b"},
		{"a=b;", "a=b"},
		{" camera , codec = cma-heap ;\n\tgpu / scanout = gbm ;\r\n* = system , udmabuf ;\n",
		 "camera,codec=cma-heap;gpu/scanout=gbm;*=system,udmabuf"},
		{"?*/??*=a", "?*/??*=a"},
		{"a/b,/c=/dev/dri/card0,gbm:/dev/dri/card0", "a/b,/c=/dev/dri/card0,gbm:/dev/dri/card0"},
		{"\xc3\xa9=\xe2\x82\xac", "\xc3\xa9=\xe2\x82\xac"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cen_map *map = parse(cases[i][0]), *again;

		assert_string_equal(cen_map_to_string(map), cases[i][1]);
		again = parse(cen_map_to_string(map));
		assert_true(_cen_map_equal(map, again));
		cen_map_unref(again);
		cen_map_unref(map);
	}
}

static void test_accessors(void **state)
{
	struct cen_map_trial trial = {.size = sizeof(trial)};
	struct cen_map *map = parse("a,b/x=m,n;\n\nc=o");
	const char *name = "b";

	(void)state;
	assert_int_equal(cen_map_get_rule_count(map), 2);
	assert_string_equal(cen_map_get_rule(map, 0), "a,b/x=m,n");
	assert_string_equal(cen_map_get_rule(map, 1), "c=o");
	assert_null(cen_map_get_rule(map, 2));
	assert_int_equal(cen_map_get_rule_line(map, 0), 1);
	assert_int_equal(cen_map_get_rule_line(map, 1), 3);
	assert_int_equal(cen_map_get_rule_line(map, 2), 0);
	assert_int_equal(cen_map_get_pattern_count(map, 0), 2);
	assert_int_equal(cen_map_get_pattern_count(map, 2), 0);
	assert_int_equal(cen_map_get_name_count(map, 0), 2);
	assert_int_equal(cen_map_get_name_count(map, 2), 0);
	assert_string_equal(cen_map_get_name(map, 0, 1), "n");
	assert_string_equal(cen_map_get_name(map, 1, 0), "o");
	assert_null(cen_map_get_name(map, 0, 2));
	assert_null(cen_map_get_name(map, 2, 0));
	assert_string_equal(cen_map_get_origin(map), "the program");
	assert_int_equal(cen_map_try_pattern(map, 0, 1, &name, 1, "x", &trial), 1);
	assert_string_equal(trial.device, "b");
	assert_string_equal(trial.type, "x");
	assert_int_equal(cen_map_try_pattern(map, 0, 2, &name, 1, "x", &trial), -EINVAL);
	assert_int_equal(cen_map_try_pattern(map, 2, 0, &name, 1, "x", &trial), -EINVAL);
	trial.size--;
	assert_int_equal(cen_map_try_pattern(map, 0, 1, &name, 1, "x", &trial), -EINVAL);
	cen_map_ref(map);
	cen_map_unref(map);
	assert_string_equal(cen_map_get_rule(map, 1), "c=o");
	cen_map_unref(map);
	cen_map_unref(NULL);
}

struct error_case {
	const char *text, *message;
};

static void test_errors(void **state)
{
	static const struct error_case cases[] = {
		{"", "line 1, column 1: a pattern for a device is wanted, found the end"},
		{"  ", "line 1, column 3: a pattern for a device is wanted, found the end"},
		{";", "line 1, column 1: a pattern for a device is wanted, found ';'"},
		{"a=b;;", "line 1, column 5: a pattern for a device is wanted, found ';'"},
		{"=b", "line 1, column 1: a pattern for a device is wanted, found '='"},
		{"a", "line 1, column 2: '/', ',' or '=' is wanted, found the end"},
		{"a/t", "line 1, column 4: ',' or '=' is wanted, found the end"},
		{"a b=c", "line 1, column 3: '/', ',' or '=' is wanted, found 'b'"},
		{"a/", "line 1, column 3: a type behind '/' is wanted, found the end"},
		{"a/=b", "line 1, column 3: a type behind '/' is wanted, found '='"},
		{"a/b/c=d", "line 1, column 4: ',' or '=' is wanted, found '/'"},
		{"a,=b", "line 1, column 3: a pattern for a device is wanted, found '='"},
		{"a=", "line 1, column 3: the name of a region, heap or backend is wanted, found the end"},
		{"a=;b=c", "line 1, column 3: the name of a region, heap or backend is wanted, found ';'"},
		{"a=b,", "line 1, column 5: the name of a region, heap or backend is wanted, found the end"},
		{"a=b=c", "line 1, column 4: ',' or ';' is wanted, found '='"},
		{"a=b c=d", "line 1, column 5: ',' or ';' is wanted, found 'c'"},
		{"a=b;\n  c=d e", "line 2, column 7: ',' or ';' is wanted, found 'e'"},
		{"a=*", "line 1, column 3: a name on the right has no '*'"},
		{"a=b?", "line 1, column 4: a name on the right has no '?'"},
		{"a*b=c", "line 1, column 2: a '*' ends a pattern, but 'b' stands behind it"},
		{"ab**=c", "line 1, column 3: a '*' ends a pattern, but '*' stands behind it"},
		{"a/x*?=c", "line 1, column 4: a '*' ends a pattern, but '?' stands behind it"},
		{"/t=a", "line 1, column 1: '/TYPE' alone goes on from the pattern before it, and there is none"},
		{"a=b\x01", "line 1, column 4: ',' or ';' is wanted, found byte 0x01"},
		{"a=b\n;\n\x7f=c", "line 3, column 1: a pattern for a device is wanted, found byte 0x7f"},
		{"a=b \xc3\xa9", "line 1, column 5: ',' or ';' is wanted, found another word"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct cen_map *before = parse("a=b"), *map = before;
		struct cen_error *err = NULL;

		assert_int_equal(cen_map_parse(cases[i].text, &map, &err), -EINVAL);
		assert_null(map);
		cen_map_unref(before);
		assert_non_null(err);
		assert_int_equal(cen_error_get_code(err), CEN_ERROR_SYNTAX);
		assert_string_equal(cen_error_get_message(err), cases[i].message);
		cen_error_destroy(err);
		assert_int_equal(cen_map_parse(cases[i].text, &map, NULL), -EINVAL);
	}
}

/* Repeat a piece of text, with other text around it. */
static char *repeat(const char *before, const char *piece, size_t times, const char *behind)
{
	size_t bytes = strlen(before) + strlen(piece) * times + strlen(behind) + 1;
	char *text = calloc(bytes, 1), *to = text;

	assert_non_null(text);
	to = stpcpy(to, before);
	for (size_t i = 0; i < times; i++)
		to = stpcpy(to, piece);
	stpcpy(to, behind);
	return text;
}

struct bound_case {
	const char *before, *piece;
	size_t most;
	const char *behind, *message;
};

static void test_bounds(void **state)
{
	static const struct bound_case cases[] = {
		{"a=b", " ", CEN_MAP_MAX_BYTES - 3, "", "the bound is 65536"},
		{"", "a=b;", CEN_MAP_MAX_RULES, "", "more than 1024 rules"},
		{"a", ",a", CEN_MAP_MAX_PATTERNS - 1, "=b", "more than 64 patterns"},
		{"a=b", ",b", CEN_MAP_MAX_NAMES - 1, "", "more than 64 names"},
		{"", "a", CEN_MAP_MAX_WORD, "=b", "256 bytes; the bound is 255"},
		{"a/", "t", CEN_MAP_MAX_WORD, "=b", "256 bytes; the bound is 255"},
		{"a=", "n", CEN_MAP_MAX_WORD, "", "256 bytes; the bound is 255"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct bound_case *row = &cases[i];
		char *text = repeat(row->before, row->piece, row->most, row->behind);
		struct cen_error *err = NULL;
		struct cen_map *map = parse(text);

		cen_map_unref(map);
		free(text);
		text = repeat(row->before, row->piece, row->most + 1, row->behind);
		assert_int_equal(cen_map_parse(text, &map, &err), -EINVAL);
		if (!strstr(cen_error_get_message(err), row->message))
			fail_msg("\"%s\" is not in \"%s\"", row->message, cen_error_get_message(err));
		cen_error_destroy(err);
		free(text);
	}
	assert_int_equal(cen_map_parse(NULL, &(struct cen_map *){NULL}, NULL), -EINVAL);
}

/* On copies of exactly their size, so that a sanitizer or valgrind sees a read past the end. */
static bool glob(const char *pattern, const char *text)
{
	char *own_pattern = strdup(pattern), *own_text = strdup(text);
	bool matches = _cen_map_glob(own_pattern, own_text);

	free(own_pattern);
	free(own_text);
	return matches;
}

/* In 2010 the matcher went on behind the end of the name, or of the pattern, when one was shorter than the other. */
static void test_cma_2010_flaw_walks_past_the_end(void **state)
{
	(void)state;
	assert_false(glob("abc", "ab"));
	assert_false(glob("ab", "abc"));
	assert_false(glob("???", "ab"));
	assert_false(glob("??", "abc"));
	assert_false(glob("a", ""));
	assert_false(glob("?", ""));
	assert_true(glob("???", "abc"));
	assert_true(glob("a?c", "abc"));
	assert_false(glob("abc*", "ab"));
}

/* In 2010 a '*' was looked at behind the loop only: one that met a character was compared with it. */
static void test_cma_2010_flaw_star_behind_the_loop(void **state)
{
	(void)state;
	assert_true(glob("ab*", "ab"));
	assert_true(glob("ab*", "abc"));
	assert_true(glob("ab*", "abcdefgh"));
	assert_true(glob("*", ""));
	assert_true(glob("*", "x"));
	assert_true(glob("?*", "x"));
	assert_false(glob("?*", ""));
	assert_true(glob("ab*", "ab*"));
	assert_false(glob("ab*", "a*"));
}

/* A matcher that knows nothing of ours: a '*' is any number of characters, tried one after the other. */
static bool brute_force(const char *pattern, size_t pattern_length, const char *text, size_t length)
{
	if (!pattern_length)
		return !length;
	if (pattern[0] == '*') {
		for (size_t skip = 0; skip <= length; skip++) {
			if (brute_force(pattern + 1, pattern_length - 1, text + skip, length - skip))
				return true;
		}
		return false;
	}
	return length && (pattern[0] == '?' || pattern[0] == text[0]) &&
	       brute_force(pattern + 1, pattern_length - 1, text + 1, length - 1);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void test_matcher_against_brute_force(void **state)
{
	uint32_t seed = 2010;
	size_t hits = 0;

	(void)state;
	for (size_t i = 0; i < 1000000; i++) {
		size_t length = next_random(&seed) % 7, text_length = next_random(&seed) % 7;
		char pattern[8], text[8];
		bool wanted;

		for (size_t c = 0; c < length; c++)
			pattern[c] = "ab?"[next_random(&seed) % 3];
		if (length && next_random(&seed) % 2)
			pattern[length - 1] = '*';
		for (size_t c = 0; c < text_length; c++)
			text[c] =
				"ab*?"[next_random(&seed) % 16 < 14 ? next_random(&seed) % 2 : next_random(&seed) % 4];
		pattern[length] = text[text_length] = '\0';
		wanted = brute_force(pattern, length, text, text_length);
		if (_cen_map_glob(pattern, text) != wanted)
			fail_msg("\"%s\" on \"%s\": %d is wanted", pattern, text, wanted);
		hits += wanted;
	}
	/* Both answers come up often, or the test proves little. */
	assert_true(hits > 100000 && hits < 900000);
}

/* Every allocation fails in turn. */
static void test_no_memory(void **state)
{
	static const char *const texts[] = {"a/b,/c,d=e,f;g=h;i,j,k,l,m,n,o,p,q,r=s", "a=b=", "a"};

	(void)state;
	for (size_t t = 0; t < ARRAY_LENGTH(texts); t++) {
		for (unsigned long n = 1;; n++) {
			size_t alive = fault_alive();
			struct cen_error *err = NULL;
			struct cen_map *map;
			int ret;

			fault_arm(FAULT_MEMORY, n);
			ret = cen_map_parse(texts[t], &map, &err);
			if (!fault_disarm()) {
				assert_int_equal(ret, t ? -EINVAL : 0);
				cen_map_unref(map);
				cen_error_destroy(err);
				break;
			}
			cen_error_destroy(err);
			assert_true(ret == -ENOMEM || (t && ret == -EINVAL));
			assert_null(map);
			assert_int_equal(fault_alive(), alive);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cma_2010_examples),
		cmocka_unit_test(test_common_type),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_accessors),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_cma_2010_flaw_walks_past_the_end),
		cmocka_unit_test(test_cma_2010_flaw_star_behind_the_loop),
		cmocka_unit_test(test_matcher_against_brute_force),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
