/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The algorithms that cut regions: the input chooses the region and the calls, the model of the tests says what they may
 * answer. The first three bytes are the granularity (a power of two), the size of the region in granules (4 bits of
 * value, shifted by the rest) and what is taken off that size. Then come calls: a byte below 64 frees a chunk, one above
 * is followed by a size, made as that of the region, and an alignment.
 */
#include <stdbool.h>

#include <cenalloc/backend.h>

#include "fuzz.h"
#include "region-model.h"

#define CHUNKS_MAX 256

int cen_backend_entry_v1_region(uint32_t host_abi, const struct cen_backend **out);
int cen_backend_entry_v1_first_fit(uint32_t host_abi, const struct cen_backend **out);

struct input {
	const uint8_t *data;
	size_t left;
};

static uint8_t get_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

/* Granules, 1 at least: up to 15 << 15, or any power of two and a little more. limit: not more bytes than 64 bits. */
static uint64_t get_granules(struct input *input, uint64_t limit)
{
	uint8_t shape = get_byte(input);
	uint64_t granules = (uint64_t)(shape & 15) << (shape >> 4);

	/* 0 to 15 with no value would be nothing: the next byte is an exponent. */
	if (!granules)
		granules = (UINT64_C(1) << (get_byte(input) & 63)) + (shape >> 4);
	return granules > limit ? limit : granules;
}

static void must(const struct cen_region_algorithm *algorithm, const char *wrong)
{
	if (wrong)
		fprintf(stderr, "%s: %s\n", algorithm->name, wrong);
	FUZZ_CHECK(!wrong);
}

static void play_calls(struct input input, const struct cen_region_algorithm *algorithm, void *state,
		       struct region_model *model, unsigned int shift)
{
	uint64_t limit = UINT64_MAX >> shift;
	size_t made;

	while (input.left) {
		uint8_t call = get_byte(&input);
		uint64_t bytes, alignment;

		if (call < 64 || model->count == model->capacity) {
			if (model->count)
				must(algorithm, region_model_free(model, algorithm, state, call % model->count));
			continue;
		}
		bytes = get_granules(&input, limit) << shift;
		alignment = UINT64_C(1) << (shift + get_byte(&input) % (64 - shift));
		must(algorithm, region_model_alloc(model, algorithm, state, bytes, alignment, false, &made));
	}
	while (model->count)
		must(algorithm, region_model_free(model, algorithm, state, model->count / 2));
}

static void play(struct input input, const struct cen_region_algorithm *algorithm)
{
	unsigned int shift = get_byte(&input) % 64;
	uint64_t granules = get_granules(&input, UINT64_MAX >> shift), less = get_byte(&input);
	struct region_model model;
	void *state;

	granules -= less < granules ? less : granules - 1;
	FUZZ_CHECK(algorithm->init(granules << shift, UINT64_C(1) << shift, &state) == 0);
	region_model_init(&model, granules << shift, CHUNKS_MAX);
	play_calls(input, algorithm, state, &model, shift);
	FUZZ_CHECK(algorithm->get_largest_free(state) == model.bytes);
	algorithm->cleanup(state);
	region_model_finish(&model);
}

/* Any numbers: refused, or a region of just that size. */
static void try_init(struct input input, const struct cen_region_algorithm *algorithm)
{
	uint64_t numbers[2] = {0};
	void *state;

	memcpy(numbers, input.data, input.left < sizeof(numbers) ? input.left : sizeof(numbers));
	if (algorithm->init(numbers[0], numbers[1], &state) < 0)
		return;
	FUZZ_CHECK(numbers[1] && numbers[0] && numbers[0] % numbers[1] == 0);
	FUZZ_CHECK(algorithm->get_largest_free(state) == numbers[0]);
	algorithm->cleanup(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct input input = {.data = data, .left = size};
	const struct cen_backend *table, *plugin;

	FUZZ_CHECK(cen_backend_entry_v1_region(CEN_BACKEND_ABI, &table) == 0 && table->algorithm_count == 2);
	FUZZ_CHECK(cen_backend_entry_v1_first_fit(CEN_BACKEND_ABI, &plugin) == 0);
	for (size_t n = 0; n < table->algorithm_count; n++) {
		if (size)
			try_init(input, table->algorithms[n]);
		play(input, table->algorithms[n]);
	}
	play(input, plugin->algorithms[0]);
	return 0;
}
