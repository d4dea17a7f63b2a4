/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Constraints: a line each in text form. What is read is written and read again, and all together make a set. */

#include "constraint.h"
#include "fuzz.h"

#define MOST 100

static bool read_line(const char *line, struct cen_constraint *out)
{
	struct cen_error *err = NULL;
	struct cen_constraint back;
	char text[512];
	int ret = cen_constraint_from_string(line, out, &err);

	FUZZ_CHECK((ret == 0) == (err == NULL));
	cen_error_destroy(err);
	if (ret < 0)
		return false;
	FUZZ_CHECK(_cen_constraint_check(out, NULL) == 0);
	FUZZ_CHECK(cen_constraint_to_string(out, text, sizeof(text)) < (int)sizeof(text));
	FUZZ_CHECK(cen_constraint_from_string(text, &back, NULL) == 0);
	FUZZ_CHECK(back.kind == out->kind && back.plane == out->plane && back.value == out->value);
	FUZZ_CHECK(back.provenance == out->provenance && (back.note == NULL) <= (out->note == NULL));
	_cen_constraint_value_to_string(out, text, sizeof(text));
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size), *line, *rest = text;
	struct cen_constraint items[MOST];
	struct constraint_set *set;
	size_t count = 0;

	while (count < MOST && (line = strsep(&rest, "\n")))
		if (read_line(line, &items[count]))
			count++;
	if (_cen_constraint_set_create(items, count, &set, NULL) == 0) {
		FUZZ_CHECK(set->count <= count && set->count == (size_t)__builtin_popcountll(set->slots));
		for (size_t i = 0; i < set->count; i++)
			FUZZ_CHECK(_cen_constraint_slot(set->items[i].kind, set->items[i].plane) >= 0);
		FUZZ_CHECK(_cen_constraint_set_equal(set, set));
		free(set);
	}
	free(text);
	return 0;
}
