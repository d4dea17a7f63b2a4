/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The words that the commands use for numbers of the library. */
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "table.h"

static bool is_number(const char *text)
{
	const char *c;

	for (c = text; isdigit((unsigned char)*c); c++)
		continue;
	return c != text && *c == '\0';
}

char *words_value(const struct cen_constraint *constraint, char buf[WORDS_VALUE_SIZE])
{
	const struct cen_constraint_info *info = cen_constraint_kind_get_info(constraint->kind);
	struct cen_constraint bare = *constraint;
	char text[WORDS_VALUE_SIZE - 16];
	char number[TEXT_NUMBER_SIZE];
	const char *value;
	bool has_unit;

	if (constraint->kind == CEN_CONSTRAINT_EXPORTER) {
		snprintf(buf, WORDS_VALUE_SIZE, "device %u:%u", major(constraint->value), minor(constraint->value));
		return buf;
	}
	bare.provenance = 0;
	cen_constraint_to_string(&bare, text, sizeof(text));
	value = strchr(text, '=');
	value = value ? value + 1 : text;
	has_unit = info && info->unit[0] && strcmp(info->unit, "count") != 0;
	if (is_number(value))
		value = text_number(constraint->value, number);
	snprintf(buf, WORDS_VALUE_SIZE, "%s%s%s", value, has_unit ? " " : "", has_unit ? info->unit : "");
	return buf;
}

char *words_kind(const struct cen_constraint *constraint, char buf[WORDS_VALUE_SIZE])
{
	const struct cen_constraint_info *info = cen_constraint_kind_get_info(constraint->kind);

	if (!info)
		snprintf(buf, WORDS_VALUE_SIZE, "kind %" PRIu32, constraint->kind);
	else if (constraint->plane)
		snprintf(buf, WORDS_VALUE_SIZE, "%s.%" PRIu32, info->name, constraint->plane);
	else
		snprintf(buf, WORDS_VALUE_SIZE, "%s", info->name);
	return buf;
}

char *words_provenance(const struct cen_constraint *constraint, char *buf, size_t size)
{
	/* The note of a heap is its name, which the value has shown. */
	const char *note = constraint->kind == CEN_CONSTRAINT_HEAP ? NULL : constraint->note;

	snprintf(buf, size, "%s%s%s", cen_provenance_get_name(constraint->provenance), note ? ": " : "",
		 note ? note : "");
	return buf;
}

const char *words_placement(uint32_t placement)
{
	switch (placement) {
	case CEN_PLACEMENT_SYSTEM:
		return "system";
	case CEN_PLACEMENT_CMA:
		return "cma";
	case CEN_PLACEMENT_DEVICE:
		return "device";
	case CEN_PLACEMENT_PROTECTED:
		return "protected";
	default:
		return "unknown";
	}
}

const char *words_access(int access)
{
	switch (access) {
	case 0:
		return "ok";
	case -EACCES:
	case -EPERM:
		return "denied";
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return "missing";
	case -EBUSY:
		return "busy";
	default:
		return strerror(-access);
	}
}

char *words_format(uint32_t fourcc, char buf[8])
{
	cen_format_to_string(fourcc, buf);
	for (size_t length = strlen(buf); length && buf[length - 1] == ' '; length--)
		buf[length - 1] = '\0';
	return buf;
}

char *words_modifier(uint64_t modifier, char buf[WORDS_MODIFIER_SIZE])
{
	cen_modifier_to_string(modifier, buf, WORDS_MODIFIER_SIZE);
	return buf;
}

char *words_usages(uint32_t usages, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "-");
	for (uint32_t i = 0; i < 32 && used < size; i++) {
		const char *name = cen_usage_get_name(i);

		if (!(usages & CEN_USAGE_BIT(i)))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", name ? name : "?");
	}
	return buf;
}
