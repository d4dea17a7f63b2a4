/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Up to 32 buffers that threads take and put back without a lock.
 *
 * All that is true of a bank at one moment stands in one word, and whoever changes it compares and swaps that word: a
 * bit per slot that says whether its buffer is free; the generation, which says what shelf the slots are of; and a
 * running number, which says where in order[] the slot stands that was put back first.
 *
 * There are two shelves, of the even and of the odd generations. A shelf is written while no thread looks for it, and
 * then the generation goes on by one: flip. Threads that looked at the shelf before find their word changed and begin
 * again, so what they read need not have been of one piece. Nobody waits for anybody.
 *
 * order[] is a hint. It is written after the bit was set, so a thread that is slow in between leaves an old entry:
 * whoever meets that takes another free slot. As there are always as many entries as free slots, this comes to an end.
 *
 * The word is always accessed in sequentially consistent order. Entries of a shelf are stored with release and loaded
 * with acquire: who has seen one of a later shelf sees the later word, too, and does not swap.
 */
#pragma once

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define BANK_SLOTS 32u
#define BANK_PLACES 128u
#define BANK_NO_SLOT UINT32_MAX

/*
 * The word: bits 0 to 31, free slots; 32 to 53, the generation; 54 to 63, the running number of the entry of order[]
 * that comes next. It is at the top, so that its overflow is lost. A thread would have to sleep in the middle of a
 * take for exactly a multiple of four million flips to take one generation for another.
 */
#define BANK_GENERATION_SHIFT 32
#define BANK_GENERATION_MASK 0x3fffffu
#define BANK_FIRST_SHIFT 54
#define BANK_FIRST_ONE (UINT64_C(1) << BANK_FIRST_SHIFT)

struct cen_buffer;

struct bank_shelf {
	_Atomic(struct cen_buffer *) buffers[BANK_SLOTS]; /* NULL: vacant */
	_Atomic uint8_t places[BANK_PLACES]; /* slot + 1, found by the buffer's address; 0: none */
};

struct bank {
	_Atomic uint64_t word;
	_Atomic uint8_t order[BANK_SLOTS];
	char gap[64]; /* so that reading a shelf does not touch the line that every thread writes */
	struct bank_shelf shelves[2];
};

/* Any thread. Slots that are free. */
uint32_t _cen_bank_get_free(const struct bank *bank);

/* One thread, while no other prepares or flips. A bit per slot with a buffer. */
uint32_t _cen_bank_get_used(const struct bank *bank);
/* NULL: vacant. */
struct cen_buffer *_cen_bank_get(const struct bank *bank, uint32_t slot);
/* Up to count free slots, those that take() would come to last first. */
uint32_t _cen_bank_choose_last(const struct bank *bank, uint32_t count);

/* Write the next shelf: the buffers of the slots in keep, in the same slots. */
void _cen_bank_prepare(struct bank *bank, uint32_t keep);
/* Put a buffer on the next shelf. Returns its slot, or BANK_NO_SLOT: it is full. */
uint32_t _cen_bank_add(struct bank *bank, struct cen_buffer *buffer);
/*
 * Go over to the next shelf: what is free and in keep stays free, and the slots of fresh become free. These are taken
 * in the order of their numbers; they must be all that is free then, or none. Returns what was free until now.
 */
uint32_t _cen_bank_flip(struct bank *bank, uint32_t keep, uint32_t fresh);

static inline uint32_t _cen_bank_word_free(uint64_t word)
{
	return (uint32_t)word;
}

static inline uint32_t _cen_bank_word_generation(uint64_t word)
{
	return (uint32_t)(word >> BANK_GENERATION_SHIFT) & BANK_GENERATION_MASK;
}

/* The shelf of the word. */
static inline uint32_t _cen_bank_word_parity(uint64_t word)
{
	return _cen_bank_word_generation(word) & 1;
}

/* Where in order[] the n-th entry is, counted from the one that comes next. */
static inline uint32_t _cen_bank_word_entry(uint64_t word, uint32_t n)
{
	return ((uint32_t)(word >> BANK_FIRST_SHIFT) + n) % BANK_SLOTS;
}

static inline uint32_t _cen_bank_rotate(uint32_t bits, uint32_t by)
{
	return bits >> by | bits << ((BANK_SLOTS - by) % BANK_SLOTS);
}

/* The slot of the next entry; where that is not free, some other one, another time another one. */
static inline uint32_t _cen_bank_choose(const struct bank *bank, uint64_t word)
{
	uint32_t from = _cen_bank_word_entry(word, 0);
	uint32_t slot = atomic_load_explicit(&bank->order[from], memory_order_relaxed);

	if (_cen_bank_word_free(word) & UINT32_C(1) << slot)
		return slot;
	return ((uint32_t)__builtin_ctz(_cen_bank_rotate(_cen_bank_word_free(word), from)) + from) % BANK_SLOTS;
}

/*
 * Any thread. The free buffer that was put back first, or NULL: none is free, and seen is the word that said so. It
 * comes again only after the number of takes that the word counts, 1024.
 */
static inline struct cen_buffer *_cen_bank_take(struct bank *bank, uint64_t *seen)
{
	uint64_t word = atomic_load(&bank->word);

	while (_cen_bank_word_free(word)) {
		uint32_t slot = _cen_bank_choose(bank, word);
		struct cen_buffer *buffer = atomic_load_explicit(
			&bank->shelves[_cen_bank_word_parity(word)].buffers[slot], memory_order_acquire);

		/* The buffer was read first: once the bit is unset, the shelf may be written again. */
		if (atomic_compare_exchange_weak(&bank->word, &word, (word & ~(UINT64_C(1) << slot)) + BANK_FIRST_ONE))
			return buffer;
	}
	*seen = word;
	return NULL;
}

/* The compiler's own is a call where the processor may lack the instruction. */
static inline uint32_t _cen_bank_count(uint32_t bits)
{
	bits -= bits >> 1 & 0x55555555u;
	bits = (bits & 0x33333333u) + (bits >> 2 & 0x33333333u);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0fu;
	return bits * 0x01010101u >> 24;
}

static inline uint32_t _cen_bank_hash(const struct cen_buffer *buffer)
{
	return (uint32_t)(((uintptr_t)buffer >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 57);
}

/* There are more places than slots, so the search ends. */
static inline uint32_t _cen_bank_find(const struct bank_shelf *shelf, const struct cen_buffer *buffer)
{
	for (uint32_t n = _cen_bank_hash(buffer), end = n + BANK_PLACES; n != end; n++) {
		uint32_t slot = atomic_load_explicit(&shelf->places[n % BANK_PLACES], memory_order_acquire);

		if (slot == 0)
			break;
		if (atomic_load_explicit(&shelf->buffers[slot - 1], memory_order_acquire) == buffer)
			return slot - 1;
	}
	return BANK_NO_SLOT;
}

/*
 * Any thread; the buffer is not looked into. Returns 0; -EINVAL: it is free already; -ENOENT: it is not in the bank.
 * A failure is for sure only where no flip can happen meanwhile.
 */
static inline int _cen_bank_put(struct bank *bank, const struct cen_buffer *buffer)
{
	uint64_t word = atomic_load(&bank->word), bit;
	uint32_t slot, entry;

	do {
		slot = _cen_bank_find(&bank->shelves[_cen_bank_word_parity(word)], buffer);
		if (slot == BANK_NO_SLOT)
			return -ENOENT;
		bit = UINT64_C(1) << slot;
		if (word & bit)
			return -EINVAL;
	} while (!atomic_compare_exchange_weak(&bank->word, &word, word | bit));
	entry = _cen_bank_word_entry(word, _cen_bank_count(_cen_bank_word_free(word)));
	atomic_store_explicit(&bank->order[entry], (uint8_t)slot, memory_order_relaxed);
	return 0;
}
