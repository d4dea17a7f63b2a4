/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a device answered at several sizes, on its way into the alternatives of a machine file. Pure. */
#pragma once

#include <cenalloc/record.h>

#include "machine-file.h"

/* Of one usage at one size. */
struct file_answer {
	struct cen_capabilities *caps; /* NULL: the device could not be asked */
	char *notes; /* lines; may be NULL */
	char *failure; /* where it could not be asked: why; may be NULL */
};

/* A format with a modifier, and what it asks for at some sizes. */
struct file_piece {
	size_t layer; /* the how manieth alternative of its format and modifier it is: their order is kept */
	uint32_t usage;
	uint32_t sizes; /* bits by index */
	bool is_except; /* at all sizes but these */
	size_t rules; /* index */
	uint32_t fourcc, preference;
	uint64_t modifier;
};

/* Of a device. What it points to belongs to the answers and the arena. */
struct file_gathering {
	struct arena *arena;
	const struct cen_record_size *sizes;
	size_t size_count;
	struct file_piece *pieces;
	size_t piece_count, piece_capacity;
	struct file_rules *rules; /* each set once */
	size_t rules_count, rules_capacity;
	struct file_alternative *alternatives;
	size_t alternative_count, alternative_capacity;
	struct file_rules common; /* what all alternatives ask for, and none has among its own */
	struct file_note *notes;
	size_t note_count, note_capacity;
};

/* Everything but the arena. */
void _cen_file_gathering_finish(struct file_gathering *gathering);

/* Add a usage's answers, one for each size. Returns 0 or -ENOMEM. */
int _cen_file_gather(struct file_gathering *gathering, uint32_t usage, const struct file_answer *answers);

/*
 * Make alternatives of the pieces: formats that have the same modifiers and ask for the same stand together, usages too.
 * Returns 0 or -ENOMEM.
 */
int _cen_file_group(struct file_gathering *gathering);

/* The sizes of these bits, in the arena. Returns 0 or -ENOMEM. */
int _cen_file_list_sizes(const struct file_gathering *gathering, uint32_t bits, struct file_sizes *sizes);

bool _cen_file_rule_equal(const struct file_rule *a, const struct file_rule *b);

/* The notes of all usages: what is told always once, the rest with usages and size. Returns 0 or -ENOMEM. */
int _cen_file_gather_notes(struct file_gathering *gathering, uint32_t usages, const struct file_answer *const *answers);
