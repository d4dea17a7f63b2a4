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

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define BANK_SLOTS 32u
#define BANK_PLACES 64u
#define BANK_NO_SLOT UINT32_MAX

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

/*
 * Any thread. The free buffer that was put back first, or NULL: none is free, and seen is the word that said so. It
 * comes again only after the number of takes that the word counts, 1024.
 */
struct cen_buffer *_cen_bank_take(struct bank *bank, uint64_t *seen);

/*
 * Any thread; the buffer is not looked into. Returns 0; -EINVAL: it is free already; -ENOENT: it is not in the bank.
 * A failure is for sure only where no flip can happen meanwhile.
 */
int _cen_bank_put(struct bank *bank, const struct cen_buffer *buffer);

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
