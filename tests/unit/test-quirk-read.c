/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Files of quirks: what they say, and where what is wrong stands. */
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

#include "constraint.h"
#include "quirk.h"
#include "util.h"

#define HEAD "{\"cenalloc-quirks\": 1,\n \"quirks\": [\n"
#define ONE HEAD "  {\"name\": \"n\", \"text\": \"t\", \"source\": \"s\",\n"
#define TAIL "\n  }\n ]\n}"
#define MATCH "   \"match\": {\"driver\": \"d\"},\n"

static int parse(const char *text, struct quirk_file *file, struct cen_error **err)
{
	return _cen_quirk_file_parse("/q.json", text, strlen(text), file, err);
}

static void test_whole(void **state)
{
	static const char text[] =
		HEAD "{\"name\": \"linear-pitch_2.0\",\n"
		     "\"text\": \"takes what it cannot sample – skewed\",\n"
		     "\"source\": \"https://example.org/1\",\n"
		     "\"match\": {\"driver\": \"nv*\", \"id\": \"pci:10de:*\", \"backend\": \"egl\",\n"
		     "  \"kernel\": {\"from\": \"5.0\", \"before\": \"6.9-rc2\"},\n"
		     "  \"usages\": [\"texture\", \"render\"], \"formats\": [\"NV12\", \"XRGB8888\"],\n"
		     "  \"modifiers\": [\"LINEAR\", \"0x0300000000000001\"]},\n"
		     "\"add\": {\"stride-align\": 64, \"objects\": \"one|per-plane\"},\n"
		     "\"remove\": [\"stride-exact\", \"offset-align.2\"],\n"
		     "\"set\": {\"address-max\": \"0xffffffff\"}},\n"
		     "{\"match\": {\"backend\": \"v4l2\"}, \"source\": \"s\", \"refuse\": true, \"text\": \"t\", "
		     "\"name\": \"b\"}]}";
	const struct quirk *quirk;
	struct cen_error *err = NULL;
	struct quirk_file file;

	(void)state;
	if (parse(text, &file, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	assert_int_equal(file.count, 2);
	quirk = &file.quirks[0];
	assert_string_equal(quirk->name, "linear-pitch_2.0");
	assert_string_equal(quirk->source, "https://example.org/1");
	assert_string_equal(quirk->place, "/q.json:3");
	assert_string_equal(quirk->match.driver, "nv*");
	assert_string_equal(quirk->match.id, "pci:10de:*");
	assert_string_equal(quirk->match.backend, "egl");
	assert_true(quirk->match.has_from && quirk->match.from.numbers[0] == 5);
	assert_true(quirk->match.has_before && quirk->match.before.candidate == 2);
	assert_int_equal(quirk->match.usages, CEN_USAGE_BIT(CEN_USAGE_TEXTURE) | CEN_USAGE_BIT(CEN_USAGE_RENDER));
	assert_true(quirk->match.fourcc_count == 2 && quirk->match.fourccs[1] == 0x34325258u);
	assert_true(quirk->match.modifier_count == 2 && quirk->match.modifiers[1] == 0x0300000000000001u);
	assert_true(quirk->add.count == 2 && quirk->add.items[0].kind == CEN_CONSTRAINT_STRIDE_ALIGN &&
		    quirk->add.items[0].value == 64 && quirk->add.items[1].value == 3);
	assert_string_equal(quirk->add.items[0].note, "quirk linear-pitch_2.0: takes what it cannot sample – skewed");
	assert_true(quirk->set.count == 1 && quirk->set.items[0].value == 0xffffffffu);
	assert_true(quirk->remove == (0xfull << _cen_constraint_slot(CEN_CONSTRAINT_STRIDE_EXACT, 0) |
				      1ull << _cen_constraint_slot(CEN_CONSTRAINT_OFFSET_ALIGN, 2)));
	assert_false(quirk->is_refusal);
	quirk = &file.quirks[1];
	assert_true(quirk->is_refusal && !quirk->match.usages && !quirk->match.fourcc_count && !quirk->match.driver);
	assert_string_equal(quirk->place, "/q.json:13");
	_cen_quirk_file_finish(&file);
}

static void test_empty_is_a_mask(void **state)
{
	struct quirk_file file;

	(void)state;
	assert_int_equal(parse("", &file, NULL), 0);
	assert_int_equal(file.count, 0);
	_cen_quirk_file_finish(&file);
}

struct bad {
	const char *text, *message;
};

static void check_bad(const struct bad *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct cen_error *err = NULL;
		struct quirk_file file;

		assert_int_equal(parse(cases[i].text, &file, &err), -EINVAL);
		assert_non_null(err);
		if (cen_error_get_code(err) != CEN_ERROR_SYNTAX ||
		    !strstr(cen_error_get_message(err), cases[i].message))
			fail_msg("case %zu: \"%s\" is not in \"%s\"", i, cases[i].message, cen_error_get_message(err));
		assert_int_equal(strncmp(cen_error_get_message(err), "/q.json:", 8), 0);
		assert_int_equal(file.count, 0);
		cen_error_destroy(err);
		_cen_quirk_file_finish(&file);
	}
}

static void test_bad_documents(void **state)
{
	static const struct bad cases[] = {
		{"{", "/q.json:1"},
		{"[]", "/q.json:1: the document is one object"},
		{"null\n", "/q.json:2: the document is one object"},
		{"{}", "/q.json:1: cenalloc-quirks: the version is 1"},
		{"{\"cenalloc-quirks\": 1}", "/q.json:1: quirks: this is missing"},
		{"{\"cenalloc-quirks\": 2,\n\"quirks\": []}",
		 "/q.json:1: cenalloc-quirks: the version is 1; no other is known here"},
		{"{\"cenalloc-quirks\": \"1\",\n\"quirks\": []}", "/q.json:1: cenalloc-quirks: the version is 1"},
		{"{\"cenalloc-quirks\": 1,\n\"quirks\": {}}", "/q.json:2: quirks: an array is wanted"},
		{"{\"cenalloc-quirks\": 1,\n\"quirks\": []}", "/q.json:2: quirks: an empty list says nothing"},
		{"{\"cenalloc-quirks\": 1, \"quirks\": [\n1]}", "/q.json:2: quirks[0]: an object is wanted"},
		{"{\"cenalloc-quirks\": 1,\n\"quirk\": [],\n\"quirks\": [{}]}",
		 "/q.json:2: quirk: this key is not known"},
		{"{\"cenalloc-quirks\": 1, \"quirks\": [{\"name\": \"n\", \"text\": \"\xff\"}]}", "/q.json:1"},
	};

	(void)state;
	check_bad(cases, ARRAY_LENGTH(cases));
}

static void test_bad_quirks(void **state)
{
	static const struct bad cases[] = {
		{HEAD "{}]}", "/q.json:3: quirks[0].name: this is missing"},
		{ONE "   \"refuse\": true" TAIL, "/q.json:3: quirks[0].match: this is missing"},
		{ONE MATCH "   \"colour\": 1" TAIL, "/q.json:5: quirks[0].colour: this key is not known"},
		{ONE "   \"match\": {\"driver\": \"d\"}" TAIL,
		 "/q.json:3: quirks[0]: one of \"add\", \"remove\", \"set\" and \"refuse\" is needed"},
		{ONE MATCH "   \"add\": {}" TAIL, "/q.json:5: quirks[0].add: 0 constraints; 1 to 64 are wanted"},
		{ONE MATCH "   \"refuse\": false" TAIL, "/q.json:5: quirks[0].refuse: only true says something here"},
		{ONE MATCH "   \"refuse\": true, \"remove\": [\"stride-align\"]" TAIL,
		 "/q.json:3: quirks[0]: \"refuse\" leaves nothing"},
		{HEAD "{\"name\": \"a b\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": "
		      "true}]}",
		 "quirks[0].name: a name has letters, digits"},
		{HEAD
		 "{\"name\": \"\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": true}]}",
		 "quirks[0].name: a string of 0 bytes"},
		{HEAD "{\"name\": \"n\", \"text\": \"a\\nb\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, "
		      "\"refuse\": true}]}",
		 "quirks[0].text: a string with the control character 0x0a"},
		{HEAD "{\"name\": \"n\", \"text\": \"a\\u0000b\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, "
		      "\"refuse\": "
		      "true}]}",
		 "quirks[0].text: "},
		{HEAD
		 "{\"name\": \"n\", \"text\": \"t\", \"source\": 5, \"match\": {\"id\": \"i\"}, \"refuse\": true}]}",
		 "quirks[0].source: a string is wanted"},
		{HEAD "{\"name\": \"n\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": "
		      "true},\n"
		      "{\"name\": \"n\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": "
		      "true}]}",
		 "/q.json:4: quirks[1].name: quirks[0] has the name n"},
	};

	(void)state;
	check_bad(cases, ARRAY_LENGTH(cases));
}

#define BAD_MATCH(text) ONE "   \"match\": {\n    " text "\n   }, \"refuse\": true" TAIL

static void test_bad_matches(void **state)
{
	static const struct bad cases[] = {
		{BAD_MATCH("\"usages\": [\"texture\"]"),
		 "/q.json:4: quirks[0].match: \"driver\", \"id\" or \"backend\" is needed"},
		{BAD_MATCH("\"driver\": \"d\", \"serial\": \"1\""),
		 "/q.json:5: quirks[0].match.serial: this key is not known"},
		{BAD_MATCH("\"driver\": 3"), "/q.json:5: quirks[0].match.driver: a string is wanted"},
		{BAD_MATCH("\"driver\": \"d\", \"kernel\": {}"),
		 "quirks[0].match.kernel: \"from\" or \"before\" is needed"},
		{BAD_MATCH("\"driver\": \"d\", \"kernel\": {\"since\": \"6.9\"}"),
		 "quirks[0].match.kernel.since: this key is not known"},
		{BAD_MATCH("\"driver\": \"d\", \"kernel\": {\"from\": \"six\"}"),
		 "/q.json:5: quirks[0].match.kernel.from: \"six\" is no version"},
		{BAD_MATCH("\"driver\": \"d\", \"kernel\": {\"before\": \"6.9-custom\"}"),
		 "\"6.9-custom\" is no version"},
		{BAD_MATCH("\"driver\": \"d\", \"kernel\": {\"from\": \"6.9\", \"before\": \"6.9\"}"),
		 "quirks[0].match.kernel: no kernel is both"},
		{BAD_MATCH("\"driver\": \"d\", \"usages\": []"), "quirks[0].match.usages: an empty list says nothing"},
		{BAD_MATCH("\"driver\": \"d\", \"usages\": [\"texture\",\n \"tex\"]"),
		 "/q.json:6: quirks[0].match.usages[1]: \"tex\" is no usage"},
		{BAD_MATCH("\"driver\": \"d\", \"formats\": [\"NV13\"]"),
		 "quirks[0].match.formats[0]: \"NV13\" is no format"},
		{BAD_MATCH("\"driver\": \"d\", \"formats\": \"NV12\""), "quirks[0].match.formats: an array is wanted"},
		{BAD_MATCH("\"driver\": \"d\", \"modifiers\": [\"TILED\"]"), "modifiers[0]: \"TILED\" is no modifier"},
	};

	(void)state;
	check_bad(cases, ARRAY_LENGTH(cases));
}

#define BAD_CHANGE(text) ONE MATCH "   " text TAIL

static void test_bad_changes(void **state)
{
	static const struct bad cases[] = {
		{BAD_CHANGE("\"add\": []"), "/q.json:5: quirks[0].add: an object is wanted"},
		{BAD_CHANGE("\"add\": {\"stride-allign\": 64}"),
		 "/q.json:5: quirks[0].add.stride-allign: \"stride-allign=64\", column 1: there is no constraint"},
		{BAD_CHANGE("\"set\": {\"stride-align\": -1}"), "quirks[0].set.stride-align: a whole number is wanted"},
		{BAD_CHANGE("\"set\": {\"stride-align\": 0.5}"),
		 "quirks[0].set.stride-align: a whole number is wanted"},
		{BAD_CHANGE("\"set\": {\"stride-align\": 0}"),
		 "quirks[0].set.stride-align: stride-align: the value 0 is not"},
		{BAD_CHANGE("\"set\": {\"stride-align\": true}"),
		 "quirks[0].set.stride-align: a whole number is wanted"},
		{BAD_CHANGE("\"add\": {\"stride-align\": \"64@probed\"}"),
		 "quirks[0].add.stride-align: \"stride-align=64@probed"},
		{BAD_CHANGE("\"add\": {\"stride-align.4\": 64}"), "stride-align has no plane 4"},
		{BAD_CHANGE("\"add\": {\"objects\": \"two\"}"), "objects has no \"two\""},
		{BAD_CHANGE("\"add\": {\"stride-align\": 64, \"stride-align.0\": 32}"),
		 "add.stride-align.0: this constraint is there"},
		{BAD_CHANGE("\"remove\": \"stride-align\""), "quirks[0].remove: an array is wanted"},
		{BAD_CHANGE("\"remove\": []"), "quirks[0].remove: an empty list says nothing"},
		{BAD_CHANGE("\"remove\": [\"stride-align.4\"]"),
		 "quirks[0].remove[0]: there is no constraint \"stride-align.4\""},
		{BAD_CHANGE("\"remove\": [\"width-max.0\"]"),
		 "quirks[0].remove[0]: there is no constraint \"width-max.0\""},
		{BAD_CHANGE("\"add\": {\"segments\": 1, \"segments\": 2}"), "quirks[0].add: a key is there twice"},
		{BAD_CHANGE("\"add\": {\"segments\": null}"), "quirks[0].add.segments: a number or text is wanted"},
		{BAD_CHANGE("\"remove\": [7]"), "quirks[0].remove[0]: a string is wanted"},
	};

	(void)state;
	check_bad(cases, ARRAY_LENGTH(cases));
}

/* The longest that is taken, and one more. */
static void check_length(const char *before, size_t max, const char *after)
{
	char *text = malloc(strlen(before) + max + strlen(after) + 2);

	if (!text)
		abort();
	for (size_t bytes = max; bytes <= max + 1; bytes++) {
		struct quirk_file file;

		sprintf(text, "%s%0*d%s", before, (int)bytes, 1, after);
		assert_int_equal(parse(text, &file, NULL), bytes > max ? -EINVAL : 0);
		_cen_quirk_file_finish(&file);
	}
	free(text);
}

static void test_lengths(void **state)
{
	(void)state;
	check_length(HEAD "{\"name\": \"", QUIRK_MAX_NAME,
		     "\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": true}]}");
	check_length(HEAD "{\"name\": \"n\", \"text\": \"", QUIRK_MAX_TEXT,
		     "\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": true}]}");
	check_length(HEAD "{\"name\": \"n\", \"text\": \"t\", \"source\": \"", QUIRK_MAX_SOURCE,
		     "\", \"match\": {\"id\": \"i\"}, \"refuse\": true}]}");
	check_length(ONE "\"match\": {\"driver\": \"", QUIRK_MAX_PATTERN, "\"}, \"refuse\": true}]}");
}

/* So many quirks, or so many formats of one. */
static void check_count(const char *head, const char *item, size_t max, const char *tail)
{
	char *text = malloc(strlen(head) + (max + 1) * (strlen(item) + 16) + strlen(tail) + 1);

	assert_non_null(text);
	for (size_t count = max; count <= max + 1; count++) {
		struct quirk_file file;
		size_t used = (size_t)sprintf(text, "%s", head);

		for (size_t i = 0; i < count; i++) {
			const char *hash = strchr(item, '#');

			used += (size_t)sprintf(text + used, "%s", i ? "," : "");
			if (hash)
				used += (size_t)sprintf(text + used, "%.*s%zu%s", (int)(hash - item), item, i,
							hash + 1);
			else
				used += (size_t)sprintf(text + used, "%s", item);
		}
		sprintf(text + used, "%s", tail);
		assert_int_equal(parse(text, &file, NULL), count > max ? -EINVAL : 0);
		_cen_quirk_file_finish(&file);
	}
	free(text);
}

static void test_counts(void **state)
{
	(void)state;
	check_count(
		HEAD,
		"{\"name\": \"n#\", \"text\": \"t\", \"source\": \"s\", \"match\": {\"id\": \"i\"}, \"refuse\": true}",
		QUIRK_MAX_COUNT, "]}");
	check_count(ONE "\"match\": {\"driver\": \"d\", \"formats\": [", "\"NV12\"", QUIRK_MAX_ITEMS,
		    "]}, \"refuse\": true}]}");
	check_count(ONE "\"match\": {\"driver\": \"d\", \"modifiers\": [", "\"LINEAR\"", QUIRK_MAX_ITEMS,
		    "]}, \"refuse\": true}]}");
	check_count(ONE MATCH "\"remove\": [", "\"stride-align\"", QUIRK_MAX_ITEMS, "]}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),         cmocka_unit_test(test_empty_is_a_mask),
		cmocka_unit_test(test_bad_documents), cmocka_unit_test(test_bad_quirks),
		cmocka_unit_test(test_bad_matches),   cmocka_unit_test(test_bad_changes),
		cmocka_unit_test(test_lengths),       cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
