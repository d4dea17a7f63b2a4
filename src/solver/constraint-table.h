/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A row of the catalogue of constraints, for the files that check, merge and print them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/constraint.h>

enum merge_rule {
	MERGE_LCM,
	MERGE_MAX,
	MERGE_MIN,
	MERGE_EQUAL,
	MERGE_SET, /* what both hold */
	MERGE_RECORD, /* never between usages; within one device the sets add up */
};

/* How a value is written: 81, 0x51, one of the names, several of the names, a heap's name. */
enum value_form {
	FORM_NUMBER,
	FORM_HEX,
	FORM_LEVEL,
	FORM_SET,
	FORM_HEAP,
};

struct constraint_row {
	struct cen_constraint_info info;
	enum merge_rule rule;
	enum value_form form;
	uint8_t slot; /* of plane 0 */
	uint64_t low, high; /* the values that can be; for a set, high is the mask of known bits */
	const char *const *names; /* NULL terminated: of level 0, 1, ... or of bit 0, 1, ... */
};

/* NULL for a number that is no kind. */
const struct constraint_row *_cen_constraint_row(uint32_t kind);

/*
 * The name in a heap constraint: the note, or the part of it before "@provenance" when the note points into the text
 * form. Returns its length, 0 when the note is not the name that the value stands for.
 */
size_t _cen_constraint_heap_name(const struct cen_constraint *constraint);
