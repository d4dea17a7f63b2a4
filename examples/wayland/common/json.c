/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* One value or bracket a line. */
#include "json.h"

#include <inttypes.h>

/* Quotes, backslashes and control characters escaped. */
static void write_text(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < 0x20)
			fprintf(file, "\\u%04x", c);
		else
			fputc(c, file);
	}
	fputc('"', file);
}

static void begin(struct json *json, const char *name)
{
	if (json->needs_comma)
		fputs(",\n", json->file);
	json->needs_comma = true;
	if (!name)
		return;
	write_text(json->file, name);
	fputs(": ", json->file);
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	fprintf(json->file, "%c\n", bracket);
	json->needs_comma = false;
}

void json_close(struct json *json, char bracket)
{
	fprintf(json->file, "\n%c", bracket);
	json->needs_comma = true;
}

void json_string(struct json *json, const char *name, const char *text)
{
	begin(json, name);
	if (text)
		write_text(json->file, text);
	else
		fputs("null", json->file);
}

void json_number(struct json *json, const char *name, uint64_t number)
{
	begin(json, name);
	fprintf(json->file, "%" PRIu64, number);
}

void json_decimal(struct json *json, const char *name, double number)
{
	begin(json, name);
	fprintf(json->file, "%.3f", number);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", json->file);
}
