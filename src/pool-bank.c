/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Taking and putting back without a lock. The header says why it is right. */
#include "pool-bank.h"

#include <errno.h>
#include <stddef.h>

/*
 * The word: bits 0 to 31, free slots; 32 to 53, the generation; 54 to 63, the running number of the entry of order[]
 * that comes next. It is at the top, so that its overflow is lost. A thread would have to sleep in the middle of a
 * take for exactly a multiple of four million flips to take one generation for another.
 */
#define GENERATION_SHIFT 32
#define GENERATION_MASK 0x3fffffu
#define FIRST_SHIFT 54
#define FIRST_ONE (UINT64_C(1) << FIRST_SHIFT)

static uint32_t get_free(uint64_t word)
{
	return (uint32_t)word;
}

static uint32_t get_generation(uint64_t word)
{
	return (uint32_t)(word >> GENERATION_SHIFT) & GENERATION_MASK;
}

/* The shelf of the word. */
static uint32_t get_parity(uint64_t word)
{
	return get_generation(word) & 1;
}

static struct bank_shelf *get_next_shelf(struct bank *bank)
{
	return &bank->shelves[!get_parity(atomic_load(&bank->word))];
}

/* Where in order[] the n-th entry is, counted from the one that comes next. */
static uint32_t get_entry(uint64_t word, uint32_t n)
{
	return ((uint32_t)(word >> FIRST_SHIFT) + n) % BANK_SLOTS;
}

static uint32_t rotate_right(uint32_t bits, uint32_t by)
{
	return bits >> by | bits << ((BANK_SLOTS - by) % BANK_SLOTS);
}

/* The slot of the next entry; where that is not free, some other one, another time another one. */
static uint32_t choose(const struct bank *bank, uint64_t word)
{
	uint32_t from = get_entry(word, 0);
	uint32_t slot = atomic_load_explicit(&bank->order[from], memory_order_relaxed);

	if (get_free(word) & UINT32_C(1) << slot)
		return slot;
	return ((uint32_t)__builtin_ctz(rotate_right(get_free(word), from)) + from) % BANK_SLOTS;
}

struct cen_buffer *_cen_bank_take(struct bank *bank, uint64_t *seen)
{
	uint64_t word = atomic_load(&bank->word);

	while (get_free(word)) {
		uint32_t slot = choose(bank, word);
		struct cen_buffer *buffer =
			atomic_load_explicit(&bank->shelves[get_parity(word)].buffers[slot], memory_order_acquire);

		/* The buffer was read first: once the bit is unset, the shelf may be written again. */
		if (atomic_compare_exchange_weak(&bank->word, &word, (word & ~(UINT64_C(1) << slot)) + FIRST_ONE))
			return buffer;
	}
	*seen = word;
	return NULL;
}

static uint32_t hash(const struct cen_buffer *buffer)
{
	return (uint32_t)(((uintptr_t)buffer >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

/* There are twice as many places as slots, so the search ends. */
static uint32_t find(const struct bank_shelf *shelf, const struct cen_buffer *buffer)
{
	for (uint32_t n = hash(buffer), end = n + BANK_PLACES; n != end; n++) {
		uint32_t slot = atomic_load_explicit(&shelf->places[n % BANK_PLACES], memory_order_acquire);

		if (slot == 0)
			break;
		if (atomic_load_explicit(&shelf->buffers[slot - 1], memory_order_acquire) == buffer)
			return slot - 1;
	}
	return BANK_NO_SLOT;
}

int _cen_bank_put(struct bank *bank, const struct cen_buffer *buffer)
{
	uint64_t word = atomic_load(&bank->word), bit;
	uint32_t slot, entry;

	do {
		slot = find(&bank->shelves[get_parity(word)], buffer);
		if (slot == BANK_NO_SLOT)
			return -ENOENT;
		bit = UINT64_C(1) << slot;
		if (word & bit)
			return -EINVAL;
	} while (!atomic_compare_exchange_weak(&bank->word, &word, word | bit));
	entry = get_entry(word, (uint32_t)__builtin_popcount(get_free(word)));
	atomic_store_explicit(&bank->order[entry], (uint8_t)slot, memory_order_relaxed);
	return 0;
}

uint32_t _cen_bank_get_free(const struct bank *bank)
{
	return get_free(atomic_load(&bank->word));
}

struct cen_buffer *_cen_bank_get(const struct bank *bank, uint32_t slot)
{
	const struct bank_shelf *shelf = &bank->shelves[get_parity(atomic_load(&bank->word))];

	return atomic_load_explicit(&shelf->buffers[slot], memory_order_acquire);
}

uint32_t _cen_bank_get_used(const struct bank *bank)
{
	uint32_t used = 0;

	for (uint32_t slot = 0; slot < BANK_SLOTS; slot++) {
		if (_cen_bank_get(bank, slot))
			used |= UINT32_C(1) << slot;
	}
	return used;
}

uint32_t _cen_bank_choose_last(const struct bank *bank, uint32_t count)
{
	uint64_t word = atomic_load(&bank->word);
	uint32_t left = get_free(word), chosen = 0;

	for (uint32_t n = (uint32_t)__builtin_popcount(left); n > 0 && count > 0; n--) {
		uint32_t slot = atomic_load_explicit(&bank->order[get_entry(word, n - 1)], memory_order_relaxed);
		uint32_t bit = UINT32_C(1) << slot & left;

		chosen |= bit;
		left &= ~bit;
		count -= bit != 0;
	}
	/* What has no entry: a thread that puts it back is slow. */
	for (; left && count > 0; count--) {
		chosen |= left & -left;
		left &= left - 1;
	}
	return chosen;
}

static void set_slot(struct bank_shelf *shelf, uint32_t slot, struct cen_buffer *buffer)
{
	uint32_t n = hash(buffer);

	while (atomic_load_explicit(&shelf->places[n % BANK_PLACES], memory_order_relaxed))
		n++;
	atomic_store_explicit(&shelf->buffers[slot], buffer, memory_order_release);
	atomic_store_explicit(&shelf->places[n % BANK_PLACES], (uint8_t)(slot + 1), memory_order_release);
}

void _cen_bank_prepare(struct bank *bank, uint32_t keep)
{
	struct bank_shelf *next = get_next_shelf(bank);

	for (uint32_t n = 0; n < BANK_PLACES; n++)
		atomic_store_explicit(&next->places[n], 0, memory_order_release);
	for (uint32_t slot = 0; slot < BANK_SLOTS; slot++) {
		if (keep & UINT32_C(1) << slot)
			set_slot(next, slot, _cen_bank_get(bank, slot));
		else
			atomic_store_explicit(&next->buffers[slot], NULL, memory_order_release);
	}
}

uint32_t _cen_bank_add(struct bank *bank, struct cen_buffer *buffer)
{
	struct bank_shelf *next = get_next_shelf(bank);

	for (uint32_t slot = 0; slot < BANK_SLOTS; slot++) {
		if (atomic_load_explicit(&next->buffers[slot], memory_order_relaxed))
			continue;
		set_slot(next, slot, buffer);
		return slot;
	}
	return BANK_NO_SLOT;
}

uint32_t _cen_bank_flip(struct bank *bank, uint32_t keep, uint32_t fresh)
{
	uint64_t word = atomic_load(&bank->word), first, next;

	/* Until the flip this spoils no more than the order of what goes. */
	for (uint32_t slot = 0, n = 0; slot < BANK_SLOTS; slot++) {
		if (fresh & UINT32_C(1) << slot)
			atomic_store_explicit(&bank->order[n++], (uint8_t)slot, memory_order_relaxed);
	}
	do {
		first = fresh ? 0 : word >> FIRST_SHIFT;
		next = (uint64_t)((get_generation(word) + 1) & GENERATION_MASK) << GENERATION_SHIFT;
		next |= first << FIRST_SHIFT | (get_free(word) & keep) | fresh;
	} while (!atomic_compare_exchange_weak(&bank->word, &word, next));
	return get_free(word);
}
