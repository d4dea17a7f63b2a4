/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The text forms of formats and modifiers, and any number in place of a fourcc. */

#include <cenalloc/format.h>

#include "fuzz.h"

static void check_text(const char *text)
{
	uint32_t fourcc = cen_format_from_string(text);
	uint64_t modifier, back;
	char buf[64], letters[8];

	if (fourcc) {
		FUZZ_CHECK(cen_format_get_info(fourcc));
		FUZZ_CHECK(cen_format_from_string(cen_format_to_string(fourcc, letters)) == fourcc);
	}
	if (cen_modifier_from_string(text, &modifier)) {
		FUZZ_CHECK(cen_modifier_to_string(modifier, buf, sizeof(buf)) < (int)sizeof(buf));
		FUZZ_CHECK(cen_modifier_from_string(buf, &back) && back == modifier);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size), letters[8], buf[64];
	const struct cen_format_info *info;
	uint64_t number = 0, back;
	uint32_t fourcc;

	if (size)
		memcpy(&number, data, size < sizeof(number) ? size : sizeof(number));
	fourcc = (uint32_t)number;
	info = cen_format_get_info(fourcc);
	FUZZ_CHECK(!info || info->fourcc == fourcc);
	FUZZ_CHECK(strlen(cen_format_to_string(fourcc, letters)) == (fourcc >> 31 ? 7 : 4));
	FUZZ_CHECK(cen_modifier_to_string(number, buf, sizeof(buf)) < (int)sizeof(buf));
	FUZZ_CHECK(cen_modifier_from_string(buf, &back) && back == number);
	check_text(text);
	free(text);
	return 0;
}
