/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The text form of constraints: "stride-align.1=64@probed". Reading it is reading untrusted input. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "constraint-table.h"
#include "constraint.h"
#include "error.h"
#include "util.h"

static const char *const provenance_names[] = {
	[CEN_PROVENANCE_QUERIED] = "queried", [CEN_PROVENANCE_DERIVED] = "derived",
	[CEN_PROVENANCE_PROBED] = "probed",   [CEN_PROVENANCE_QUIRK] = "quirk",
	[CEN_PROVENANCE_POLICY] = "policy",   [CEN_PROVENANCE_DECLARED] = "declared",
	[CEN_PROVENANCE_ASSUMED] = "assumed",
};

const char *cen_provenance_get_name(uint32_t provenance)
{
	if (provenance == 0 || provenance >= ARRAY_LENGTH(provenance_names))
		return "unknown";
	return provenance_names[provenance];
}

/* The provenance of this name, 0 when it is none. */
static uint32_t find_provenance(const char *name, size_t length)
{
	for (uint32_t i = 1; i < ARRAY_LENGTH(provenance_names); i++)
		if (strlen(provenance_names[i]) == length && memcmp(provenance_names[i], name, length) == 0)
			return i;
	return 0;
}

/*
 * The names of CMA heaps may hold an '@' ("linux,cma@4c000000"), so only an '@' before a known provenance ends one;
 * a device that allocates goes by its path. Characters with a meaning elsewhere are out: blanks, quotes, '=', '|'.
 */
static bool is_heap_name(const char *name, size_t length)
{
	if (length == 0 || length > 127 || name[0] == '#')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_-,.:+#@/", name[i]))
			return false;
	return true;
}

/* The length of text without its "@provenance", and that provenance, 0 where there is none. */
static size_t split_provenance(const char *text, uint32_t *provenance)
{
	const char *at = strrchr(text, '@');

	*provenance = at ? find_provenance(at + 1, strlen(at + 1)) : 0;
	return *provenance ? (size_t)(at - text) : strlen(text);
}

/* cen_heap_hash() of a piece of text that is a valid name. */
static uint64_t hash_piece(const char *name, size_t length)
{
	char copy[128];

	memcpy(copy, name, length);
	copy[length] = '\0';
	return cen_heap_hash(copy);
}

size_t _cen_constraint_heap_name(const struct cen_constraint *constraint)
{
	size_t length = strlen(constraint->note);
	uint32_t provenance;

	if (is_heap_name(constraint->note, length) && hash_piece(constraint->note, length) == constraint->value)
		return length;
	length = split_provenance(constraint->note, &provenance);
	if (is_heap_name(constraint->note, length) && hash_piece(constraint->note, length) == constraint->value)
		return length;
	return 0;
}

/* Text that grows past its buffer in length only, as snprintf() does. */
struct writer {
	char *buf;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format, ...)
{
	bool fits = writer->length < writer->size;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(fits ? writer->buf + writer->length : NULL, fits ? writer->size - writer->length : 0, format,
			   args);
	va_end(args);
	if (length > 0)
		writer->length += (size_t)length;
}

static void put_set(struct writer *writer, const struct constraint_row *row, uint64_t value)
{
	const char *bar = "";

	for (unsigned int bit = 0; row->names[bit]; bit++) {
		if (!(value & (1ull << bit)))
			continue;
		put(writer, "%s%s", bar, row->names[bit]);
		bar = "|";
	}
	if ((value & ~row->high) != 0 || value == 0)
		put(writer, "%s0x%" PRIx64, bar, value & ~row->high);
}

static void put_heap(struct writer *writer, const struct cen_constraint *constraint, bool is_parseable)
{
	size_t length = constraint->note ? _cen_constraint_heap_name(constraint) : 0;
	uint32_t provenance = 0;

	/* A name that ends in a provenance would be read back shorter. */
	if (length && is_parseable && !constraint->provenance &&
	    split_provenance(constraint->note, &provenance) < length)
		length = 0;
	if (length)
		put(writer, "%.*s", (int)length, constraint->note);
	else
		put(writer, "#%016" PRIx64, constraint->value);
}

static void put_value(struct writer *writer, const struct constraint_row *row, const struct cen_constraint *constraint)
{
	switch (row->form) {
	case FORM_HEX:
		put(writer, "0x%" PRIx64, constraint->value);
		return;
	case FORM_LEVEL:
		if (constraint->value <= row->high) {
			put(writer, "%s", row->names[constraint->value]);
			return;
		}
		break;
	case FORM_SET:
		put_set(writer, row, constraint->value);
		return;
	case FORM_HEAP:
		put_heap(writer, constraint, true);
		return;
	case FORM_NUMBER:
		break;
	}
	put(writer, "%" PRIu64, constraint->value);
}

int cen_constraint_to_string(const struct cen_constraint *constraint, char *buf, size_t size)
{
	const struct constraint_row *row = _cen_constraint_row(constraint->kind);
	struct writer writer = {buf, size, 0};

	if (size)
		buf[0] = '\0';
	if (row)
		put(&writer, "%s", row->info.name);
	else
		put(&writer, "kind-%" PRIu32, constraint->kind);
	if (constraint->plane)
		put(&writer, ".%" PRIu32, constraint->plane);
	put(&writer, "=");
	if (row)
		put_value(&writer, row, constraint);
	else
		put(&writer, "%" PRIu64, constraint->value);
	if (constraint->provenance)
		put(&writer, "@%s", cen_provenance_get_name(constraint->provenance));
	return (int)writer.length;
}

int _cen_constraint_value_to_string(const struct cen_constraint *constraint, char *buf, size_t size)
{
	const struct constraint_row *row = _cen_constraint_row(constraint->kind);
	struct writer writer = {buf, size, 0};
	uint64_t value = constraint->value;

	if (size)
		buf[0] = '\0';
	if (!row) {
		put(&writer, "%" PRIu64, value);
	} else if (row->form == FORM_HEAP) {
		put_heap(&writer, constraint, false);
	} else if (constraint->kind == CEN_CONSTRAINT_EXPORTER) {
		put(&writer, "device %u:%u", gnu_dev_major(value), gnu_dev_minor(value));
	} else {
		const char *unit = strcmp(row->info.unit, "count") == 0 ? "" : row->info.unit;
		size_t length = strlen(unit);

		put_value(&writer, row, constraint);
		if (length)
			put(&writer, " %.*s", (int)(value == 1 ? length - 1 : length), unit);
	}
	return (int)writer.length;
}

/* Where the reader is. column() is what an error names: the first character is 1. */
struct reader {
	const char *text;
	const char *at;
	const char *end; /* of the value */
	struct cen_error **err;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct reader *reader, enum cen_error_code code,
							const char *format, ...)
{
	char message[128];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return _cen_error_set(reader->err, code, EINVAL, NULL, "\"%.64s\", column %zu: %s", reader->text,
			      (size_t)(reader->at - reader->text) + 1, message);
}

static const struct constraint_row *find_row(const char *name, size_t length)
{
	const struct constraint_row *row;

	for (uint32_t kind = 1; (row = _cen_constraint_row(kind)); kind++)
		if (strlen(row->info.name) == length && memcmp(row->info.name, name, length) == 0)
			return row;
	return NULL;
}

/* A decimal or "0x" number that ends at end. strtoull() would take signs and blanks, too. */
static int read_number(struct reader *reader, const char *end, uint64_t *out)
{
	unsigned int base = 10;
	uint64_t value = 0;

	if (end - reader->at > 2 && reader->at[0] == '0' && reader->at[1] == 'x') {
		base = 16;
		reader->at += 2;
	}
	if (reader->at == end)
		return refuse(reader, CEN_ERROR_SYNTAX, "a number is missing");
	for (; reader->at < end; reader->at++) {
		unsigned char c = (unsigned char)*reader->at;
		unsigned int digit = 99;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10u;
		else if (c >= 'A' && c <= 'F')
			digit = c - 'A' + 10u;
		if (digit >= base)
			return refuse(reader, CEN_ERROR_SYNTAX, "this is no digit");
		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
			return refuse(reader, CEN_ERROR_ARGUMENT, "the number does not fit 64 bits");
	}
	*out = value;
	return 0;
}

/* The place of a name in the list of the row. */
static int read_name(struct reader *reader, const struct constraint_row *row, const char *end, unsigned int *out)
{
	size_t length = (size_t)(end - reader->at);

	if (length == 0)
		return refuse(reader, CEN_ERROR_SYNTAX, "a name is missing");
	for (unsigned int i = 0; row->names[i]; i++)
		if (strlen(row->names[i]) == length && memcmp(row->names[i], reader->at, length) == 0) {
			reader->at = end;
			*out = i;
			return 0;
		}
	return refuse(reader, CEN_ERROR_UNKNOWN_FLAG, "%s has no \"%.*s\"", row->info.name,
		      (int)(length > 32 ? 32 : length), reader->at);
}

static int read_set(struct reader *reader, const struct constraint_row *row, uint64_t *out)
{
	*out = 0;
	for (;;) {
		const char *bar = memchr(reader->at, '|', (size_t)(reader->end - reader->at));
		unsigned int bit = 0;
		int ret;

		ret = read_name(reader, row, bar ? bar : reader->end, &bit);
		if (ret < 0)
			return ret;
		*out |= 1ull << bit;
		if (!bar)
			return 0;
		reader->at = bar + 1;
	}
}

static int read_heap(struct reader *reader, struct cen_constraint *out)
{
	size_t length = (size_t)(reader->end - reader->at);

	if (length == 17 && reader->at[0] == '#') {
		for (size_t i = 1; i < length; i++)
			if (!isxdigit((unsigned char)reader->at[i])) {
				reader->at += i;
				return refuse(reader, CEN_ERROR_SYNTAX, "this is no digit");
			}
		out->value = strtoull(reader->at + 1, NULL, 16);
		return 0;
	}
	if (!is_heap_name(reader->at, length))
		return refuse(reader, CEN_ERROR_SYNTAX,
			      "a heap's name has 1 to 127 letters, digits and \"_-,.:+#@/\", or is '#' and its hash");
	out->value = hash_piece(reader->at, length);
	out->note = reader->at;
	return 0;
}

static int read_value(struct reader *reader, const struct constraint_row *row, struct cen_constraint *out)
{
	unsigned int level = 0;
	int ret;

	switch (row->form) {
	case FORM_SET:
		return read_set(reader, row, &out->value);
	case FORM_HEAP:
		return read_heap(reader, out);
	case FORM_LEVEL:
		if (isdigit((unsigned char)*reader->at))
			return read_number(reader, reader->end, &out->value);
		ret = read_name(reader, row, reader->end, &level);
		if (ret < 0)
			return ret;
		out->value = level;
		return 0;
	case FORM_NUMBER:
	case FORM_HEX:
		break;
	}
	return read_number(reader, reader->end, &out->value);
}

/* What stands before the '=': a kind, and a plane behind a dot. */
static int read_kind(struct reader *reader, const char *equals, const struct constraint_row **row, uint32_t *plane)
{
	const char *dot = memchr(reader->at, '.', (size_t)(equals - reader->at));
	size_t length = (size_t)((dot ? dot : equals) - reader->at);
	uint64_t number = 0;
	int ret;

	*row = find_row(reader->at, length);
	if (!*row)
		return refuse(reader, CEN_ERROR_UNKNOWN_FLAG, "there is no constraint \"%.*s\"",
			      (int)(length > 32 ? 32 : length), reader->at);
	if (dot) {
		reader->at = dot + 1;
		ret = read_number(reader, equals, &number);
		if (ret < 0)
			return ret;
	}
	if (number > 3 || _cen_constraint_slot((*row)->info.kind, (uint32_t)number) < 0) {
		reader->at = dot + 1;
		return refuse(reader, CEN_ERROR_ARGUMENT, "%s has no plane %" PRIu64, (*row)->info.name, number);
	}
	*plane = (uint32_t)number;
	return 0;
}

static int read_constraint(struct reader *reader, struct cen_constraint *out)
{
	const struct constraint_row *row;
	const char *equals = strchr(reader->text, '=');
	const char *at;
	int ret;

	if (!equals) {
		reader->at += strlen(reader->text);
		return refuse(reader, CEN_ERROR_SYNTAX, "'=' is missing");
	}
	ret = read_kind(reader, equals, &row, &out->plane);
	if (ret < 0)
		return ret;
	out->kind = row->info.kind;
	reader->at = equals + 1;
	reader->end = reader->at + split_provenance(reader->at, &out->provenance);
	at = strrchr(reader->at, '@');
	if (at && !out->provenance && row->form != FORM_HEAP) {
		reader->at = at + 1;
		return refuse(reader, CEN_ERROR_UNKNOWN_FLAG, "there is no provenance \"%.32s\"", at + 1);
	}
	return read_value(reader, row, out);
}

int cen_constraint_from_string(const char *text, struct cen_constraint *out, struct cen_error **err)
{
	struct reader reader = {.text = text, .at = text, .err = err};
	struct cen_constraint constraint = {0};
	int ret;

	ret = read_constraint(&reader, &constraint);
	if (ret == 0)
		ret = _cen_constraint_check(&constraint, err);
	if (ret < 0)
		return ret;
	*out = constraint;
	return 0;
}
