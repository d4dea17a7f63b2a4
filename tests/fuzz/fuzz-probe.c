/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What a probe program answers: a driver has run in it, so anything may come. The input is a list of messages, each
 * after two bytes with its length and one with how many files came with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "probe/answer.h"

#include "fuzz.h"

static void check_text(const char *text, size_t size)
{
	FUZZ_CHECK(memchr(text, '\0', size));
	for (; *text; text++)
		FUZZ_CHECK(*text >= ' ' && *text <= '~');
}

static void check_answer(const struct probe_answer *answer)
{
	FUZZ_CHECK(answer->pair_count <= PROBE_MAX_PAIRS && answer->image_count <= PROBE_MAX_IMAGES);
	check_text(answer->info.driver, sizeof(answer->info.driver));
	check_text(answer->info.device, sizeof(answer->info.device));
	check_text(answer->info.version, sizeof(answer->info.version));
	check_text(answer->end.call, sizeof(answer->end.call));
	check_text(answer->end.message, sizeof(answer->end.message));
	for (size_t i = 0; i < answer->image_count; i++) {
		FUZZ_CHECK(answer->images[i].plane_count <= CEN_MAX_PLANES);
		FUZZ_CHECK(answer->images[i].object_count <= CEN_MAX_PLANES);
		for (uint32_t o = 0; o < answer->images[i].object_count; o++)
			FUZZ_CHECK(fcntl(answer->images[i].objects[o].fd, F_GETFD) >= 0);
	}
}

/* Returns what the answer returned. */
static int add_message(struct probe_answer *answer, const uint8_t *data, size_t size, uint32_t fd_count)
{
	/* A block of exactly this size, so that a read past the end is seen. */
	uint8_t *message = malloc(size ? size : 1);
	int fds[CEN_MAX_PLANES], ret;

	if (!message)
		abort();
	if (size)
		memcpy(message, data, size);
	for (uint32_t i = 0; i < fd_count; i++) {
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		FUZZ_CHECK(fds[i] >= 0);
	}
	ret = _cen_probe_answer_add(answer, message, size, fds, fd_count);
	free(message);
	FUZZ_CHECK(ret == 0 || (ret == -EPROTO && answer->end.message[0]));
	for (uint32_t i = 0; ret < 0 && i < fd_count; i++)
		FUZZ_CHECK(close(fds[i]) == 0);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct probe_answer answer = {0};
	int ret = 0;

	while (ret == 0 && size >= 3) {
		size_t length = (size_t)data[0] | (size_t)data[1] << 8;
		uint32_t fd_count = data[2] % (CEN_MAX_PLANES + 1);

		data += 3;
		size -= 3;
		length = length > size ? size : length;
		ret = add_message(&answer, data, length, fd_count);
		if (ret == 0)
			check_answer(&answer);
		data += length;
		size -= length;
	}
	_cen_probe_answer_clear(&answer);
	return 0;
}
