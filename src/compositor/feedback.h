/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The inside of a feedback: what the last good round said, and the round that is under way. */
#pragma once

#include <stdbool.h>

#include <cenalloc/feedback.h>

#define FEEDBACK_PAIRS 65536u /* what an index of 16 bits reaches */
#define FEEDBACK_TRANCHES 64u /* compositors send one per device and use: a handful */

/* An entry of the format table, as it is in the file; the padding becomes ours. */
struct feedback_pair {
	uint32_t fourcc;
	uint32_t first; /* index of the first entry that says the same: itself, where it is no double */
	uint64_t modifier;
};

/* Shared by the rounds that refer to it. */
struct feedback_table {
	int refs;
	size_t count;
	struct feedback_pair *pairs;
	uint16_t *order; /* indices of all pairs, by fourcc, then modifier, then index */
};

struct feedback_tranche {
	uint64_t device;
	uint32_t flags;
	bool has_device;
	size_t count, capacity;
	uint16_t *indices; /* into the table; each pair once, by its first entry */
};

struct feedback_round {
	struct feedback_table *table; /* NULL: no tranche has a pair */
	uint64_t main_device;
	size_t tranche_count;
	struct feedback_tranche tranches[FEEDBACK_TRANCHES];
};

struct cen_feedback {
	uint64_t generation;
	struct feedback_round current;
	struct feedback_round pending;
	struct feedback_tranche open; /* the tranche under way */
	bool is_open;
	uint64_t seen[FEEDBACK_PAIRS / 64]; /* bit n: the open tranche has pair n */
	struct feedback_table *table; /* the last one received; NULL: none, or it was refused */
	struct feedback_pair *listed; /* the pairs of version 3 */
	size_t listed_count, listed_capacity;
	/* Why the round under way is bad; errnum 0: it is not. */
	int errnum;
	enum cen_error_code code;
	const char *call;
	char reason[160];
};
