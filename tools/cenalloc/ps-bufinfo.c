/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * debugfs' dma_buf/bufinfo. A buffer is one line of size, flags, mode, count, exporter, inode and name with a tab
 * between; then lines of fences; "<tab>Attached Devices:" and a line of a tab and its name for each; and how many.
 */
#include "ps-text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The width to which the kernel pads each number. */
#define NUMBER_WIDTH 8
#define NO_NAME "<none>"

static const char attached[] = "\tAttached Devices:";

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

/* A padded number and the tab behind it. Returns what follows, or NULL. */
static const char *take_column(const char *text, int base, uint64_t *out)
{
	size_t length = strspn(text, base == 10 ? "0123456789" : "0123456789abcdef");
	char *end;

	if (length < NUMBER_WIDTH || text[length] != '\t')
		return NULL;
	errno = 0;
	*out = strtoull(text, &end, base);
	return errno ? NULL : end + 1;
}

static void copy_text(const char *text, size_t length, char out[PS_TEXT_SIZE])
{
	length = length < PS_TEXT_SIZE ? length : PS_TEXT_SIZE - 1;
	memcpy(out, text, length);
	out[length] = '\0';
}

static bool parse_row(const char *line, struct ps_bufinfo_row *out)
{
	uint64_t flags, mode;
	const char *at = take_column(line, 10, &out->size);
	size_t length;

	at = at ? take_column(at, 16, &flags) : NULL;
	at = at ? take_column(at, 16, &mode) : NULL;
	at = at ? take_column(at, 10, &out->references) : NULL;
	length = at ? strcspn(at, "\t\n") : 0;
	if (length == 0 || at[length] != '\t')
		return false;
	copy_text(at, length, out->exporter);
	at = take_column(at + length + 1, 10, &out->inode);
	if (!at)
		return false;
	copy_text(at, strcspn(at, "\n"), out->name);
	if (strcmp(out->name, NO_NAME) == 0)
		out->name[0] = '\0';
	return true;
}

/*
 * Where the devices of a row stand. A name can hold a line that looks like the heading of the list, but not after the
 * kernel's own: the last one before the next buffer counts.
 */
static const char *find_devices(const char *text)
{
	struct ps_bufinfo_row next;
	const char *found = "";

	for (const char *line = text; *line && !parse_row(line, &next); line = next_line(line)) {
		if (strncmp(line, attached, sizeof(attached) - 1) == 0)
			found = next_line(line);
	}
	return found;
}

bool ps_bufinfo_next(const char **text, struct ps_bufinfo_row *out)
{
	while (**text) {
		const char *line = *text;

		*out = (struct ps_bufinfo_row){0};
		*text = next_line(line);
		if (!parse_row(line, out))
			continue;
		out->devices = find_devices(*text);
		return true;
	}
	return false;
}

bool ps_bufinfo_next_device(struct ps_bufinfo_row *row, char out[PS_TEXT_SIZE])
{
	const char *line = row->devices;
	size_t length;

	if (line[0] != '\t')
		return false;
	length = strcspn(line + 1, "\n");
	if (length == 0)
		return false;
	copy_text(line + 1, length, out);
	row->devices = next_line(line);
	return true;
}

bool ps_bufinfo_total(const char *text, uint64_t *out)
{
	static const char total[] = "Total ", objects[] = " objects, ";
	bool is_found = false;

	for (const char *line = text; *line; line = next_line(line)) {
		char *end;

		if (strncmp(line, total, sizeof(total) - 1) != 0 || !isdigit((unsigned char)line[sizeof(total) - 1]))
			continue;
		errno = 0;
		*out = strtoull(line + sizeof(total) - 1, &end, 10);
		is_found = !errno && strncmp(end, objects, sizeof(objects) - 1) == 0;
	}
	return is_found;
}
