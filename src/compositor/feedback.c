/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The events of a compositor's feedback: checked, collected, and taken over as a whole when the round is done. */
#include "feedback.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cenalloc/format.h>

#include "error.h"
#include "util.h"

/* The table is read as it is in the file. */
_Static_assert(sizeof(struct feedback_pair) == 16, "an entry of the format table has 16 bytes");
_Static_assert(offsetof(struct feedback_pair, modifier) == 8, "4 bytes of padding are before the modifier");

static void table_unref(struct feedback_table *table)
{
	if (!table || --table->refs)
		return;
	free(table->pairs);
	free(table->order);
	free(table);
}

static void table_cleanup(struct feedback_table **table)
{
	table_unref(*table);
}

static void tranche_clear(struct feedback_tranche *tranche)
{
	free(tranche->indices);
	*tranche = (struct feedback_tranche){0};
}

static void round_clear(struct feedback_round *round)
{
	for (size_t t = 0; t < round->tranche_count; t++)
		tranche_clear(&round->tranches[t]);
	table_unref(round->table);
	round->table = NULL;
	round->main_device = 0;
	round->tranche_count = 0;
}

int cen_feedback_create(struct cen_feedback **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void cen_feedback_destroy(struct cen_feedback *feedback)
{
	if (!feedback)
		return;
	round_clear(&feedback->current);
	round_clear(&feedback->pending);
	tranche_clear(&feedback->open);
	table_unref(feedback->table);
	free(feedback->listed);
	free(feedback);
}

/* What made the round bad, once more. */
static int repeat_error(const struct cen_feedback *feedback, struct cen_error **err)
{
	return _cen_error_set(err, feedback->code, feedback->errnum, &(struct error_facts){.call = feedback->call},
			      "%s", feedback->reason);
}

/* The round is bad from now on: only what the next rounds need is still taken in. */
static int __attribute__((format(printf, 5, 6))) spoil(struct cen_feedback *feedback, enum cen_error_code code,
						       int errnum, struct cen_error **err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(feedback->reason, sizeof(feedback->reason), format, args);
	va_end(args);
	feedback->code = code;
	feedback->errnum = errnum;
	feedback->call = NULL;
	return repeat_error(feedback, err);
}

static int spoil_argument(struct cen_feedback *feedback, struct cen_error **err, const char *what, uint64_t value,
			  const char *bound, uint64_t limit)
{
	return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err, "%s %" PRIu64 "%s %" PRIu64, what, value, bound, limit);
}

static int spoil_memory(struct cen_feedback *feedback, struct cen_error **err)
{
	return spoil(feedback, CEN_ERROR_NO_MEMORY, ENOMEM, err, "not enough memory for what the compositor says");
}

static int spoil_system(struct cen_feedback *feedback, const char *call, int errnum, struct cen_error **err)
{
	spoil(feedback, CEN_ERROR_SYSTEM, errnum, NULL, "format table: %s: %s", call, strerror(errnum));
	feedback->call = call;
	return repeat_error(feedback, err);
}

static bool is_equal(const struct feedback_pair *a, const struct feedback_pair *b)
{
	return a->fourcc == b->fourcc && a->modifier == b->modifier;
}

/* The bytes by which pairs are sorted, the least important first. */
#define KEY_BYTES 12u

static uint8_t get_key(const struct feedback_pair *pair, unsigned int byte)
{
	return (uint8_t)(byte < 8 ? pair->modifier >> (8 * byte) : pair->fourcc >> (8 * (byte - 8)));
}

/* Sort by one byte; what has the same stays in order. */
static void sort_by(const struct feedback_table *table, unsigned int byte, const uint16_t *from, uint16_t *to)
{
	uint32_t places[256] = {0}, next = 0;

	for (size_t i = 0; i < table->count; i++)
		places[get_key(&table->pairs[i], byte)]++;
	for (size_t key = 0; key < 256; key++) {
		uint32_t count = places[key];

		places[key] = next;
		next += count;
	}
	for (size_t i = 0; i < table->count; i++)
		to[places[get_key(&table->pairs[from[i]], byte)]++] = from[i];
}

/* Byte by byte: the time depends on the number of pairs alone, whatever a compositor sends. False without memory. */
static bool table_sort(struct feedback_table *table)
{
	uint16_t *from = reallocarray(NULL, table->count + 1, sizeof(*from));
	uint16_t *to = reallocarray(NULL, table->count + 1, sizeof(*to));
	struct feedback_pair differing = {0};

	if (!from || !to) {
		free(from);
		free(to);
		return false;
	}
	for (size_t i = 0; i < table->count; i++) {
		differing.fourcc |= table->pairs[i].fourcc ^ table->pairs[0].fourcc;
		differing.modifier |= table->pairs[i].modifier ^ table->pairs[0].modifier;
		from[i] = (uint16_t)i;
	}
	for (unsigned int byte = 0; byte < KEY_BYTES; byte++) {
		uint16_t *sorted = to;

		if (!get_key(&differing, byte))
			continue;
		sort_by(table, byte, from, to);
		to = from;
		from = sorted;
	}
	free(to);
	table->order = from;
	return true;
}

/* Takes the pairs, also on failure. Sorting finds the doubles, which the protocol allows. NULL without memory. */
static struct feedback_table *table_create(struct feedback_pair *pairs, size_t count)
{
	_cleanup_(table_cleanup) struct feedback_table *table = calloc(1, sizeof(*table));

	if (!table) {
		free(pairs);
		return NULL;
	}
	table->refs = 1;
	table->pairs = pairs;
	table->count = count;
	if (!table_sort(table))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct feedback_pair *pair = &pairs[table->order[i]], *before = i ? &pairs[table->order[i - 1]] : NULL;

		pair->first = before && is_equal(pair, before) ? before->first : table->order[i];
	}
	return STEAL(table);
}

/* Read, not mapped: the sender may cut the file at any time. */
static int read_table(struct cen_feedback *feedback, int fd, char *to, size_t size, struct cen_error **err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, to + done, size - done, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return spoil_system(feedback, "pread", errno, err);
		if (got == 0)
			return spoil_argument(feedback, err, "format table: the file ends after", done, " bytes of",
					      size);
		done += (size_t)got;
	}
	return 0;
}

static int check_table(struct cen_feedback *feedback, int fd, uint32_t size, struct cen_error **err)
{
	struct stat st;

	if (size % sizeof(struct feedback_pair))
		return spoil_argument(feedback, err, "format table: the size is", size, " bytes, no multiple of",
				      sizeof(struct feedback_pair));
	if (size / sizeof(struct feedback_pair) > FEEDBACK_PAIRS)
		return spoil_argument(feedback, err, "format table: the size is", size, " bytes, more than",
				      FEEDBACK_PAIRS * sizeof(struct feedback_pair));
	if (fstat(fd, &st) < 0)
		return spoil_system(feedback, "fstat", errno, err);
	if (st.st_size < (off_t)size)
		return spoil_argument(feedback, err, "format table: the size is", size, " bytes, the file has",
				      (uint64_t)st.st_size);
	return 0;
}

int cen_feedback_format_table(struct cen_feedback *feedback, int fd, uint32_t size, struct cen_error **err)
{
	_cleanup_free_ struct feedback_pair *pairs = NULL;
	int ret;

	/*
	 * Indices mean the last table received, in later rounds too, since a compositor sends it once and then only
	 * tranches. So it is taken in also where the round is bad already, and one that is refused leaves none.
	 */
	table_unref(feedback->table);
	feedback->table = NULL;
	if (!feedback->errnum && (feedback->open.count || feedback->pending.table))
		return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err,
			     "format table: it comes behind formats of the same round");
	ret = check_table(feedback, fd, size, err);
	if (ret < 0)
		return ret;
	pairs = malloc((size_t)size + 1);
	if (!pairs)
		return spoil_memory(feedback, err);
	ret = read_table(feedback, fd, (char *)pairs, size, err);
	if (ret < 0)
		return ret;
	feedback->table = table_create(STEAL(pairs), size / sizeof(struct feedback_pair));
	return feedback->table ? 0 : spoil_memory(feedback, err);
}

static int read_device(struct cen_feedback *feedback, const char *what, const void *data, size_t size, uint64_t *out,
		       struct cen_error **err)
{
	dev_t device;

	if (size != sizeof(device))
		return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err, "%s: a device number of %zu bytes, not %zu",
			     what, size, sizeof(device));
	memcpy(&device, data, sizeof(device));
	*out = device;
	return 0;
}

int cen_feedback_main_device(struct cen_feedback *feedback, const void *data, size_t size, struct cen_error **err)
{
	if (feedback->errnum)
		return 0;
	return read_device(feedback, "main device", data, size, &feedback->pending.main_device, err);
}

int cen_feedback_tranche_target_device(struct cen_feedback *feedback, const void *data, size_t size,
				       struct cen_error **err)
{
	if (feedback->errnum)
		return 0;
	feedback->is_open = true;
	feedback->open.has_device = true;
	return read_device(feedback, "target device of a tranche", data, size, &feedback->open.device, err);
}

int cen_feedback_tranche_flags(struct cen_feedback *feedback, uint32_t flags, struct cen_error **err)
{
	(void)err;
	feedback->is_open = true;
	feedback->open.flags = flags;
	return 0;
}

/* Returns false when there is no memory. */
static bool tranche_add(struct cen_feedback *feedback, uint32_t first)
{
	struct feedback_tranche *tranche = &feedback->open;
	uint64_t bit = UINT64_C(1) << (first % 64);

	if (feedback->seen[first / 64] & bit)
		return true;
	if (_cen_grow(&tranche->indices, &tranche->capacity, tranche->count, sizeof(*tranche->indices)))
		return false;
	feedback->seen[first / 64] |= bit;
	tranche->indices[tranche->count++] = (uint16_t)first;
	return true;
}

int cen_feedback_tranche_formats(struct cen_feedback *feedback, const void *indices, size_t size,
				 struct cen_error **err)
{
	const struct feedback_table *table = feedback->table;

	if (feedback->errnum)
		return 0;
	feedback->is_open = true;
	if (size % sizeof(uint16_t))
		return spoil_argument(feedback, err, "formats of a tranche:", size, " bytes, no multiple of",
				      sizeof(uint16_t));
	if (!table && size)
		return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err,
			     "formats of a tranche: there is no format table");
	for (size_t i = 0; i < size / sizeof(uint16_t); i++) {
		uint16_t index;

		memcpy(&index, (const char *)indices + i * sizeof(index), sizeof(index));
		if (index >= table->count)
			return spoil_argument(feedback, err, "formats of a tranche: index", index,
					      "; pairs in the table:", table->count);
		if (!tranche_add(feedback, table->pairs[index].first))
			return spoil_memory(feedback, err);
	}
	return 0;
}

/* Forget the tranche under way, but not its pairs where it was handed on. */
static void forget_open(struct cen_feedback *feedback)
{
	for (size_t i = 0; i < feedback->open.count; i++)
		feedback->seen[feedback->open.indices[i] / 64] = 0;
	feedback->open = (struct feedback_tranche){0};
	feedback->is_open = false;
}

int cen_feedback_tranche_done(struct cen_feedback *feedback, struct cen_error **err)
{
	struct feedback_round *round = &feedback->pending;

	if (feedback->errnum)
		return 0;
	if (!feedback->open.has_device)
		return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err, "tranche %zu: it has no target device",
			     round->tranche_count);
	if (round->tranche_count == FEEDBACK_TRANCHES)
		return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err, "tranches: more than %u", FEEDBACK_TRANCHES);
	if (feedback->open.count && !round->table) {
		round->table = feedback->table;
		round->table->refs++;
	}
	round->tranches[round->tranche_count++] = feedback->open;
	forget_open(feedback);
	return 0;
}

int cen_feedback_modifier(struct cen_feedback *feedback, uint32_t fourcc, uint64_t modifier, struct cen_error **err)
{
	if (feedback->errnum)
		return 0;
	if (feedback->listed_count == FEEDBACK_PAIRS)
		return spoil(feedback, CEN_ERROR_ARGUMENT, E2BIG, err, "formats and modifiers: more than %u",
			     FEEDBACK_PAIRS);
	if (_cen_grow(&feedback->listed, &feedback->listed_capacity, feedback->listed_count, sizeof(*feedback->listed)))
		return spoil_memory(feedback, err);
	feedback->listed[feedback->listed_count++] = (struct feedback_pair){.fourcc = fourcc, .modifier = modifier};
	return 0;
}

/* Version 3: the pairs that were listed are a table and one tranche, of a device that is not named. */
static int make_tranche(struct cen_feedback *feedback, struct cen_error **err)
{
	struct feedback_round *round = &feedback->pending;
	struct feedback_tranche *tranche = &round->tranches[0];
	size_t count = feedback->listed_count;

	if (round->tranche_count || feedback->is_open)
		return spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, err,
			     "a round has tranches, or pairs of version 3, not both");
	feedback->listed_count = feedback->listed_capacity = 0;
	round->table = table_create(STEAL(feedback->listed), count);
	if (!round->table)
		return spoil_memory(feedback, err);
	tranche->indices = reallocarray(NULL, count, sizeof(*tranche->indices));
	if (!tranche->indices)
		return spoil_memory(feedback, err);
	round->tranche_count = 1;
	for (size_t i = 0; i < count; i++) {
		if (round->table->pairs[i].first == i)
			tranche->indices[tranche->count++] = (uint16_t)i;
	}
	return 0;
}

int cen_feedback_done(struct cen_feedback *feedback, struct cen_error **err)
{
	int ret = 0;

	if (!feedback->errnum && feedback->is_open && !feedback->listed_count)
		spoil(feedback, CEN_ERROR_ARGUMENT, EINVAL, NULL, "the round ends in the middle of a tranche");
	if (!feedback->errnum && feedback->listed_count)
		make_tranche(feedback, NULL);
	if (feedback->errnum) {
		ret = repeat_error(feedback, err);
	} else {
		round_clear(&feedback->current);
		feedback->current = feedback->pending;
		memset(&feedback->pending, 0, sizeof(feedback->pending));
		feedback->generation++;
	}
	/* The next round says all anew. */
	round_clear(&feedback->pending);
	free(feedback->open.indices);
	memset(feedback->seen, 0, sizeof(feedback->seen));
	feedback->open = (struct feedback_tranche){0};
	feedback->is_open = false;
	feedback->listed_count = 0;
	feedback->errnum = 0;
	return ret;
}
