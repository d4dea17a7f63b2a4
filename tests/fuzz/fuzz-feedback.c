/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A hostile compositor: each byte is an event, the bytes behind it what the event says. What was taken in must hold
 * together, and what was refused must leave the last good round as it was.
 */
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cenalloc/feedback.h>
#include <cenalloc/format.h>
#include <cenalloc/machine.h>

#include "fuzz.h"

struct input {
	const uint8_t *data;
	size_t left;
};

struct entry {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};

/* What the events said so far, in a word or two. */
struct record {
	uint64_t generation;
	int fd; /* the table */
	int refused; /* what the round's first refused event returned */
};

static uint8_t take(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

/* Few formats and modifiers, so that they meet: known ones, unknown ones, INVALID. */
static struct entry get_entry(uint8_t choice)
{
	static const uint32_t fourccs[] = {0x3231564e, 0x34325258, 0x34325241, 0x12345678};
	static const uint64_t modifiers[] = {CEN_MODIFIER_LINEAR, CEN_MODIFIER_INVALID, 0x0100000000000001,
					     0x7f00000000000000};

	return (struct entry){fourccs[choice & 3], choice, modifiers[choice >> 2 & 3]};
}

/* A file of some entries, and a size that is theirs for half of the tables. */
static int send_table(struct cen_feedback *feedback, struct input *input, const struct record *record,
		      struct cen_error **err)
{
	struct entry entries[256];
	uint8_t count = take(input), lie = take(input);
	uint32_t size = (uint32_t)(count * sizeof(*entries));

	for (unsigned int i = 0; i < count; i++)
		entries[i] = get_entry(take(input));
	FUZZ_CHECK(ftruncate(record->fd, 0) == 0);
	FUZZ_CHECK(pwrite(record->fd, entries, size, 0) == (ssize_t)size);
	if (lie >= 0x80)
		size = lie == 0xff ? UINT32_MAX & ~15u : size + (uint32_t)(lie & 0x7f) - 64;
	return cen_feedback_format_table(feedback, lie == 0xfe ? -1 : record->fd, size, err);
}

static int send_device(struct cen_feedback *feedback, struct input *input, bool is_main, struct cen_error **err)
{
	uint8_t bytes[16], size = take(input);

	size = size >= 0x80 ? sizeof(dev_t) : size % 17;
	for (size_t i = 0; i < size; i++)
		bytes[i] = take(input);
	return is_main ? cen_feedback_main_device(feedback, bytes, size, err)
		       : cen_feedback_tranche_target_device(feedback, bytes, size, err);
}

/* Indices are small, so that most are in the table; the buffer is as long as they are. */
static int send_formats(struct cen_feedback *feedback, struct input *input, struct cen_error **err)
{
	size_t size = take(input);
	uint8_t *bytes = malloc(size + 1);
	int ret;

	FUZZ_CHECK(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = i % 2 ? 0 : take(input);
	ret = cen_feedback_tranche_formats(feedback, bytes, size, err);
	free(bytes);
	return ret;
}

static bool is_offered(const struct cen_feedback *feedback, uint32_t needed, uint32_t fourcc, uint64_t modifier)
{
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche)};
	uint32_t got;
	uint64_t got_modifier;

	for (size_t t = 0; cen_feedback_get_tranche(feedback, t, &tranche) == 0; t++) {
		if ((tranche.flags & needed) != needed)
			continue;
		for (size_t i = 0; cen_feedback_get_pair(feedback, t, i, &got, &got_modifier) == 0; i++) {
			if (got == fourcc && got_modifier == modifier)
				return true;
		}
	}
	return false;
}

static void check_tranches(const struct cen_feedback *feedback)
{
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche)};
	size_t count = cen_feedback_get_tranche_count(feedback);
	uint32_t fourcc, other;
	uint64_t modifier, other_modifier;

	FUZZ_CHECK(count <= 64 && cen_feedback_get_tranche(feedback, count, &tranche) < 0);
	for (size_t t = 0; t < count; t++) {
		FUZZ_CHECK(cen_feedback_get_tranche(feedback, t, &tranche) == 0);
		FUZZ_CHECK(cen_feedback_get_pair(feedback, t, tranche.pair_count, &fourcc, &modifier) < 0);
		for (uint32_t i = 0; i < tranche.pair_count; i++) {
			FUZZ_CHECK(cen_feedback_get_pair(feedback, t, i, &fourcc, &modifier) == 0);
			for (uint32_t k = 0; k < i; k++) {
				FUZZ_CHECK(cen_feedback_get_pair(feedback, t, k, &other, &other_modifier) == 0);
				FUZZ_CHECK(fourcc != other || modifier != other_modifier);
			}
		}
	}
}

/* Sorted, known formats, and nothing that was not offered: but linear for a format that came without a modifier. */
static void check_capabilities(const struct cen_feedback *feedback, uint32_t usage, uint32_t needed)
{
	struct cen_capability got = {.size = sizeof(got)}, before = {0};
	struct cen_capabilities *caps;
	int ret = cen_feedback_get_capabilities(feedback, usage, &caps, NULL);

	FUZZ_CHECK((ret == 0) == (cen_feedback_get_generation(feedback) > 0) && (ret == 0) == (caps != NULL));
	for (size_t i = 0; caps && cen_capabilities_get(caps, i, &got) == 0; i++) {
		uint64_t wire = cen_feedback_get_wire_modifier(feedback, got.fourcc, got.modifier);

		FUZZ_CHECK(cen_format_get_info(got.fourcc) && got.preference <= 64);
		FUZZ_CHECK(got.fourcc > before.fourcc ||
			   (got.fourcc == before.fourcc && got.modifier > before.modifier));
		FUZZ_CHECK(is_offered(feedback, needed, got.fourcc, got.modifier) ||
			   (got.modifier == CEN_MODIFIER_LINEAR &&
			    is_offered(feedback, needed, got.fourcc, CEN_MODIFIER_INVALID)));
		FUZZ_CHECK(is_offered(feedback, 0, got.fourcc, wire));
		FUZZ_CHECK(wire == got.modifier || wire == CEN_MODIFIER_INVALID);
		before = got;
	}
	cen_capabilities_unref(caps);
}

static int finish_round(struct cen_feedback *feedback, struct record *record, struct cen_error **err)
{
	int ret = cen_feedback_done(feedback, err);

	FUZZ_CHECK(!record->refused || ret < 0);
	record->refused = 0;
	record->generation += ret == 0;
	check_tranches(feedback);
	check_capabilities(feedback, CEN_USAGE_TEXTURE, 0);
	check_capabilities(feedback, CEN_USAGE_SCANOUT, CEN_TRANCHE_SCANOUT);
	return ret;
}

static void send_event(struct cen_feedback *feedback, struct input *input, struct record *record)
{
	struct cen_error *err = NULL;
	struct entry entry;
	uint8_t event = take(input) % 10;
	int ret = 0;

	if (event == 0)
		ret = send_table(feedback, input, record, &err);
	else if (event == 1)
		ret = send_device(feedback, input, true, &err);
	else if (event <= 3)
		ret = send_device(feedback, input, false, &err);
	else if (event == 4)
		ret = cen_feedback_tranche_flags(feedback, take(input), &err);
	else if (event == 5)
		ret = send_formats(feedback, input, &err);
	else if (event <= 7)
		ret = cen_feedback_tranche_done(feedback, &err);
	else if (event == 8)
		ret = finish_round(feedback, record, &err);
	if (event == 9) {
		entry = get_entry(take(input));
		ret = cen_feedback_modifier(feedback, entry.fourcc, entry.modifier, &err);
	}
	FUZZ_CHECK(ret <= 0 && (ret < 0) == (err != NULL));
	if (event != 8 && !record->refused)
		record->refused = ret;
	FUZZ_CHECK(cen_feedback_get_generation(feedback) == record->generation);
	cen_error_destroy(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size < 8192 ? size : 8192};
	struct record record = {.fd = memfd_create("fuzz-feedback", MFD_CLOEXEC)};
	struct cen_error *err = NULL;
	struct cen_feedback *feedback;

	FUZZ_CHECK(record.fd >= 0 && cen_feedback_create(&feedback) == 0);
	while (input.left)
		send_event(feedback, &input, &record);
	finish_round(feedback, &record, &err);
	cen_error_destroy(err);
	cen_feedback_destroy(feedback);
	close(record.fd);
	return 0;
}
