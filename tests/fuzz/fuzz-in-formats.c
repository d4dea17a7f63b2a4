/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* IN_FORMATS blobs of a display: whatever is in one, the walk stays inside it and ends. */
#include <errno.h>

#include "../../backends/kms/in-formats.h"

#include "fuzz.h"

/* A visitor that has seen enough ends the walk with a value of its own. */
#define ENOUGH 4711
#define STOP_FOURCC 0x504f5453

struct visits {
	size_t count, size;
	uint32_t last_rank;
	int stopped;
};

static int visit(void *data, uint32_t fourcc, uint64_t modifier, uint32_t rank)
{
	struct visits *visits = data;

	(void)modifier;
	FUZZ_CHECK(!visits->stopped);
	FUZZ_CHECK(rank >= visits->last_rank && rank < visits->size / 24);
	visits->last_rank = rank;
	visits->count++;
	visits->stopped = fourcc == STOP_FOURCC;
	return visits->stopped ? ENOUGH : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct visits visits = {.size = size};
	/* A block of exactly this size, so that a read past the end is seen. */
	uint8_t *blob = malloc(size ? size : 1);
	int ret;

	if (!blob)
		abort();
	if (size)
		memcpy(blob, data, size);
	ret = _cen_kms_in_formats_parse(blob, size, visit, &visits);
	FUZZ_CHECK(visits.stopped ? ret == ENOUGH : ret == 0 || ret == -EBADMSG);
	FUZZ_CHECK(visits.count <= size / 24 * 64);
	free(blob);
	return 0;
}
