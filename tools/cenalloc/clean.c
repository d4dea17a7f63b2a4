/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "clean.h"

#include <string.h>

size_t clean_sequence_length(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t length = *c < 0x80 ? 1 : *c >= 0xc2 && *c < 0xe0 ? 2 : *c >= 0xe0 && *c < 0xf0 ? 3 : 4;

	if (*c >= 0xf5 || (*c >= 0x80 && *c < 0xc2))
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
	    (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

bool clean_is_control(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	/* U+0080 to U+009F are C2 80 to C2 9F. U+009B begins a sequence on some terminals, as ESC [ does. */
	return *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
}

char *clean_text(char *text)
{
	for (char *c = text; c && *c;) {
		size_t length = clean_sequence_length(c);

		if (length == 0)
			*c = '?';
		else if (clean_is_control(c))
			memset(c, ' ', length);
		c += length ? length : 1;
	}
	return text;
}
