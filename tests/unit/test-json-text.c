/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* JSON of strangers: what is refused, and with which line and path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json-text.h"
#include "util.h"

static const char *const keys[] = {"a", "list", "name", "number", "on", NULL};
static const char *const words[] = {"red", "green", NULL};

/* Reads a document of the keys above. */
static int read_document(const char *text, struct cen_error **err)
{
	_cleanup_json_ struct json_text json = {0};
	struct json_place root, list, place;
	uint64_t number = 7;
	const char *name = NULL;
	uint32_t choice = 0;
	size_t count = 0;
	bool on = false;
	int ret = _cen_json_parse(&json, "file", text, strlen(text), err);

	if (ret < 0)
		return ret;
	root = _cen_json_root(&json);
	ret = _cen_json_check_object(&json, &root, keys, err);
	place = _cen_json_member(&root, "number");
	if (ret == 0)
		ret = _cen_json_get_number(&json, &place, 2, UINT64_C(1) << 63, &number, err);
	place = _cen_json_member(&root, "on");
	if (ret == 0)
		ret = _cen_json_get_bool(&json, &place, &on, err);
	place = _cen_json_member(&root, "name");
	if (ret == 0)
		ret = _cen_json_get_optional_string(&json, &place, &name, err);
	list = _cen_json_member(&root, "list");
	if (ret == 0)
		ret = _cen_json_get_count(&json, &list, 3, &count, err);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		struct json_place element = _cen_json_element(&list, i);

		ret = _cen_json_check_object(&json, &element, keys, err);
		place = _cen_json_member(&element, "a");
		if (ret == 0)
			ret = _cen_json_get_choice(&json, &place, words, &choice, err);
		place = _cen_json_member(&element, "name");
		if (ret == 0)
			ret = _cen_json_get_string(&json, &place, &name, err);
	}
	return ret;
}

static void test_accepted(void **state)
{
	static const char *const texts[] = {
		"{}",
		" {\"number\": 9223372036854775808, \"on\": true, \"name\": \"x\", \"list\": []}\n",
		"{\"number\": \"0x8000000000000000\"}",
		"{\"list\": [{\"a\": \"green\", \"name\": \"\\u00e9\"}]}",
		"{\"number\": null}",
		"{\"name\": \"\xc3\xa9 \xe2\x80\x93 \xf0\x9f\x98\x80\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		_cleanup_error_ struct cen_error *error = NULL;

		assert_int_equal(read_document(texts[i], &error), 0);
		assert_null(error);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "file:1: the text ends too early"},
		{"[]", "file:1: the document is one object"},
		{"{}\n\n{}", "file:3: the document is one object"},
		{"{\n\"a\": 1,\n}", "file:3: "},
		{"{\n\"a\": 'x'}", "file:2: an apostrophe"},
		{"{\"name\": \"it's \\\" '\",\n'a': 1}", "file:2: an apostrophe"},
		{"{\n \"b\": 1}", "file:2: b: this key is not known"},
		{"{\"a\": 1, \"a\": 2}", "file:1: a key is there twice"},
		{"{\"list\": [\n{\"name\": \"}\\\"]\"},\n{\"name\": \"x\", \"name\": \"y\"}]}",
		 "file:3: list[1]: a key is there twice"},
		{"{\n\n\"number\": 1}", "file:3: number: 1 is not within 2 and 9223372036854775808"},
		{"{\"number\": -3}", "file:1: number: a whole number is wanted"},
		{"{\"number\": 3.5}", "file:1: number: a whole number is wanted"},
		{"{\"number\": \"12\"}", "file:1: number: a whole number is wanted"},
		{"{\"number\": \"0x\"}", "file:1: number: a whole number is wanted"},
		{"{\"number\": \"0x10000000000000000\"}", "file:1: number: a whole number is wanted"},
		/* Refused by the reader's bound, and by json-c 0.18 itself. */
		{"{\"number\": 99999999999999999999999}", "file:1: number"},
		{"{\"on\": 1}", "file:1: on: true or false is wanted"},
		{"{\"name\": \"\"}", "file:1: name: a string of 0 bytes; it has 1 to 1024"},
		{"{\"name\": \"a\\u0000b\"}", "file:1: name: a string with the control character 0x00"},
		{"{\"name\": \"\\u001b[31m\"}", "file:1: name: a string with the control character 0x1b"},
		{"{\"list\": {}}", "file:1: list: an array is wanted"},
		{"{\"list\": [1, 2, 3, 4]}", "file:1: list: 4 elements; the bound is 3"},
		{"{\"list\": [\n{\"name\": \"x\"},\n{\n\"a\": \"blue\"}]}",
		 "file:4: list[1].a: \"blue\" is none of the words that can stand here, such as \"red\""},
		{"{\"list\": [{\"name\": \"x\"},\n\n{\"a\": \"red\"}]}", "file:3: list[1].name: this is missing"},
		{"{\"a\": {\"x\": [{}, {\"b\": 1, \"\\u0062\": 2}]}}", "file:1: a.x[1]: a key is there twice"},
		{"{\"list\": [3]}", "file:1: list[0]: an object is wanted"},
		{"{\"\\u001b[2J\": 1}", "file:1: ?[2J: this key is not known"},
		{"{\"name\": \"\xc3\xa9\", \"list\": [1,]}", "file:1: "},
		{"{\"name\": \"\xc3\xa9\" /* comment */}", "file:1: "},
		{"{\"name\": \"\xc3\xa9\", \"number\": NaN}", "file:1: "},
		{"{\n\"name\": \"\xc3\xa9\"}\xc3\xa9", "file:2: "},
		{"{\n\xc3\xa9: 1}", "file:2: "},
		{"{\n\"name\": \"\xff\"}", "file:2: invalid utf-8 string"},
		{"{\"name\": \"a\xc3\"}", "file:1: invalid utf-8 string"},
		{"{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}", "file:1: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		_cleanup_error_ struct cen_error *error = NULL;

		if (read_document(cases[i].text, &error) != -22)
			fail_msg("case %zu was taken: %s", i, cases[i].text);
		if (strncmp(cen_error_get_message(error), cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("case %zu: %s", i, cen_error_get_message(error));
		assert_int_equal(cen_error_get_code(error), CEN_ERROR_SYNTAX);
	}
}

static void test_long(void **state)
{
	_cleanup_free_ char *text = malloc(JSON_MAX_BYTES + 3);
	_cleanup_error_ struct cen_error *error = NULL;
	struct json_text json = {0};

	(void)state;
	memset(text, ' ', JSON_MAX_BYTES + 3);
	text[0] = '{';
	text[JSON_MAX_BYTES] = '}';
	assert_int_equal(_cen_json_parse(&json, "file", text, JSON_MAX_BYTES + 1, &error), -22);
	text[JSON_MAX_BYTES - 1] = '}';
	assert_int_equal(_cen_json_parse(&json, "file", text, JSON_MAX_BYTES, NULL), 0);
	_cen_json_finish(&json);
}

/* As many objects as a text of the largest size has: keys are looked at once, not again for each object. */
static void test_many_objects(void **state)
{
	static const char element[] = "{\"a\": \"red\"},";
	const size_t count = (JSON_MAX_BYTES - 16) / (sizeof(element) - 1);
	_cleanup_free_ char *text = malloc(JSON_MAX_BYTES + 1);
	_cleanup_error_ struct cen_error *error = NULL;
	_cleanup_json_ struct json_text json = {0};
	struct json_place root, list;
	char *end = text;

	(void)state;
	end = stpcpy(end, "{\"list\": [");
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, element);
	stpcpy(end - 1, "]}");
	assert_int_equal(_cen_json_parse(&json, "file", text, strlen(text), &error), 0);
	root = _cen_json_root(&json);
	list = _cen_json_member(&root, "list");
	for (size_t i = 0; i < count; i++) {
		struct json_place place = _cen_json_element(&list, i);

		assert_int_equal(_cen_json_check_object(&json, &place, keys, &error), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many_objects),
	};

	return cmocka_run_group_tests_name("json-text", tests, NULL, NULL);
}
