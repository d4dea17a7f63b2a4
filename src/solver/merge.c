/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "merge.h"

int _cen_merge_add(struct merged *merged, const struct constraint_set *set, int usage, uint64_t skip)
{
	uint64_t bit = usage >= 0 ? UINT64_C(1) << usage : 0;
	uint64_t slots = set->slots;

	for (size_t i = 0; i < set->count; i++) {
		int slot = __builtin_ctzll(slots);
		uint64_t mask = UINT64_C(1) << slot;
		const struct cen_constraint *item = &set->items[i];
		uint64_t value = item->value;

		slots &= slots - 1;
		if (mask & skip)
			continue;
		/* What everybody says already, whatever the rule: devices of one kind are frequent. */
		if (merged->slots & mask && value == merged->value[slot]) {
			merged->usages[slot] |= bit;
			merged->tight[slot] |= bit;
			continue;
		}
		if (merged->slots & mask) {
			if (!_cen_constraint_merge(item->kind, merged->value[slot], value, &value))
				return slot;
			merged->usages[slot] |= bit;
			if (value == merged->value[slot]) {
				if (item->value == value)
					merged->tight[slot] |= bit;
				continue;
			}
		} else {
			merged->slots |= mask;
			merged->usages[slot] = bit;
		}
		merged->value[slot] = value;
		merged->tight[slot] = item->value == value ? bit : 0;
		merged->decider[slot] = item;
		merged->decider_usage[slot] = (int8_t)usage;
	}
	return -1;
}

bool _cen_merge_implies(const struct merged *merged, const struct constraint_set *set, uint64_t skip)
{
	uint64_t slots = set->slots;

	for (size_t i = 0; i < set->count; i++) {
		int slot = __builtin_ctzll(slots);
		uint64_t value;

		slots &= slots - 1;
		if (skip >> slot & 1)
			continue;
		if (!(merged->slots >> slot & 1) ||
		    !_cen_constraint_merge(set->items[i].kind, merged->value[slot], set->items[i].value, &value) ||
		    value != merged->value[slot])
			return false;
	}
	return true;
}

const struct cen_constraint *_cen_constraint_set_find(const struct constraint_set *set, int slot)
{
	if (!(set->slots >> slot & 1))
		return NULL;
	return &set->items[__builtin_popcountll(set->slots & ((UINT64_C(1) << slot) - 1))];
}
