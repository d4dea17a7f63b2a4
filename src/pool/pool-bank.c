/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What few do with a bank: looking at all of it, and going over to another shelf. */
#include "pool-bank.h"

static struct bank_shelf *get_next_shelf(struct bank *bank)
{
	return &bank->shelves[!_cen_bank_word_parity(atomic_load(&bank->word))];
}

uint32_t _cen_bank_get_free(const struct bank *bank)
{
	return _cen_bank_word_free(atomic_load(&bank->word));
}

struct cen_buffer *_cen_bank_get(const struct bank *bank, uint32_t slot)
{
	const struct bank_shelf *shelf = &bank->shelves[_cen_bank_word_parity(atomic_load(&bank->word))];

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
	uint32_t left = _cen_bank_word_free(word), chosen = 0;

	for (uint32_t n = _cen_bank_count(left); n > 0 && count > 0; n--) {
		uint32_t slot =
			atomic_load_explicit(&bank->order[_cen_bank_word_entry(word, n - 1)], memory_order_relaxed);
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
	uint32_t n = _cen_bank_hash(buffer);

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
		first = fresh ? 0 : word >> BANK_FIRST_SHIFT;
		next = (uint64_t)((_cen_bank_word_generation(word) + 1) & BANK_GENERATION_MASK)
		       << BANK_GENERATION_SHIFT;
		next |= first << BANK_FIRST_SHIFT | (_cen_bank_word_free(word) & keep) | fresh;
	} while (!atomic_compare_exchange_weak(&bank->word, &word, next));
	return _cen_bank_word_free(word);
}
