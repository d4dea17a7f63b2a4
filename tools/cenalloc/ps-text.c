/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What /proc tells about descriptors, mappings and processes. */
#include "ps-text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* PF_KTHREAD of the kernel's include/linux/sched.h. */
#define FLAG_KERNEL_THREAD 0x00200000u
#define STAT_FIELD_FLAGS 9
#define STAT_FIELD_THREADS 20
#define STAT_FIELD_START 22

/* A number without sign or space. Returns what is behind it, or NULL. */
static const char *take_number(const char *text, int base, uint64_t *out)
{
	char *end;

	if (!isxdigit((unsigned char)*text) || (base == 10 && !isdigit((unsigned char)*text)))
		return NULL;
	errno = 0;
	*out = strtoull(text, &end, base);
	return errno || end == text ? NULL : end;
}

static const char *take_char(const char *text, char c)
{
	return text && *text == c ? text + 1 : NULL;
}

/* The rest of the line. */
static void copy_line(const char *text, char out[PS_TEXT_SIZE])
{
	size_t length = strcspn(text, "\n");

	length = length < PS_TEXT_SIZE ? length : PS_TEXT_SIZE - 1;
	memcpy(out, text, length);
	out[length] = '\0';
}

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

/* Where the value of "key:<tab>value" stands on this line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0 || line[length] != ':')
		return NULL;
	return line + length + 1 + strspn(line + length + 1, " \t");
}

/* The first time only. */
static void read_number(const char *line, const char *key, uint64_t *out, bool *is_known)
{
	const char *value = value_of(line, key);
	uint64_t number;

	if (!value || *is_known || !take_number(value, 10, &number))
		return;
	*out = number;
	*is_known = true;
}

static void read_text(const char *line, const char *key, char out[PS_TEXT_SIZE], bool *is_known)
{
	const char *value = value_of(line, key);

	if (!value || *is_known)
		return;
	copy_line(value, out);
	*is_known = true;
}

bool ps_fdinfo_parse(const char *text, struct ps_fdinfo *out)
{
	bool has_inode = false, has_size = false, has_count = false, has_exporter = false, has_name = false;

	*out = (struct ps_fdinfo){0};
	for (const char *line = text; line; line = next_line(line)) {
		read_number(line, "ino", &out->inode, &has_inode);
		read_number(line, "size", &out->size, &has_size);
		read_number(line, "count", &out->references, &has_count);
		read_text(line, "exp_name", out->exporter, &has_exporter);
		read_text(line, "name", out->name, &has_name);
	}
	return has_size && has_exporter && out->exporter[0];
}

bool ps_mapping_parse(const char *line, struct ps_mapping *out)
{
	uint64_t major, minor, offset;
	const char *at = take_number(line, 16, &out->start);

	at = take_char(at, '-');
	at = at ? take_char(take_number(at, 16, &out->end), ' ') : NULL;
	/* "rw-s", of which nothing matters here. */
	at = at && strcspn(at, " \n") == 4 ? take_char(at + 4, ' ') : NULL;
	at = at ? take_char(take_number(at, 16, &offset), ' ') : NULL;
	at = at ? take_char(take_number(at, 16, &major), ':') : NULL;
	at = at ? take_char(take_number(at, 16, &minor), ' ') : NULL;
	at = at ? take_char(take_number(at, 10, &out->inode), ' ') : NULL;
	if (!at || out->end <= out->start || major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	at += strspn(at, " ");
	if (strncmp(at, PS_LINK_PREFIX, strlen(PS_LINK_PREFIX)) != 0)
		return false;
	copy_line(at + strlen(PS_LINK_PREFIX), out->name);
	out->dev = makedev((unsigned int)major, (unsigned int)minor);
	return true;
}

/* The start of a field, counted from 1 as in proc(5); text begins with field 3. */
static const char *stat_field(const char *text, int field)
{
	for (int n = 3; text && n < field; n++) {
		text = strchr(text, ' ');
		text = text ? text + 1 : NULL;
	}
	return text;
}

bool ps_stat_parse(const char *text, struct ps_stat *out)
{
	const char *command_end = strrchr(text, ')');
	const char *fields = command_end && command_end[1] == ' ' ? command_end + 2 : NULL;
	const char *flags_field = stat_field(fields, STAT_FIELD_FLAGS);
	const char *threads_field = stat_field(fields, STAT_FIELD_THREADS);
	const char *start_field = stat_field(fields, STAT_FIELD_START);
	uint64_t flags;

	*out = (struct ps_stat){0};
	if (!flags_field || !threads_field || !start_field || !take_number(flags_field, 10, &flags) ||
	    !take_number(threads_field, 10, &out->thread_count) || !take_number(start_field, 10, &out->start))
		return false;
	out->is_kernel_thread = flags & FLAG_KERNEL_THREAD;
	out->is_ended = *fields == 'Z' || *fields == 'X';
	return true;
}
