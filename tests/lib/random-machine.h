/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Machines that do not exist, for tests of the pure solver: devices with alternatives of every kind of constraint,
 * sources of every sort, and a request. A plain value, so that it can be cut down.
 */
#pragma once

#include <stdio.h>

#include "problem.h"

#define MACHINE_DEVICES 4
#define MACHINE_ALTERNATIVES 6
#define MACHINE_CONSTRAINTS 20
#define MACHINE_SOURCES 4

/* With the strides of a tiny machine up to this, everything has been tried: see get_value() in random-machine.c. */
#define MACHINE_MAX_STRIDE 256

struct machine_alternative {
	uint32_t fourcc;
	uint32_t preference;
	uint64_t modifier;
	size_t constraint_count;
	struct cen_constraint constraints[MACHINE_CONSTRAINTS];
};

struct machine_device {
	uint64_t devnum; /* two usages may be of one device */
	size_t count;
	struct machine_alternative alternatives[MACHINE_ALTERNATIVES];
};

enum machine_sort {
	MACHINE_TINY, /* images of a few pixels: everything can be tried */
	MACHINE_BOARD, /* sizes and numbers as on real boards */
	MACHINE_SORTS,
};

struct random_machine {
	enum machine_sort sort;
	uint32_t width, height, count;
	size_t fourcc_count; /* that the request names; 0: any */
	uint32_t fourccs[8];
	size_t modifier_count;
	uint64_t modifiers[3];
	size_t policy_count;
	struct cen_constraint policy[2];
	size_t device_count;
	struct machine_device devices[MACHINE_DEVICES];
	size_t source_count;
	struct cen_source_desc sources[MACHINE_SOURCES];
};

/* The same for the same seed. */
void random_machine_create(struct random_machine *machine, enum machine_sort sort, uint64_t seed);

/* In words, a line for each thing. */
void random_machine_print(const struct random_machine *machine, FILE *out);

/* Take one thing away, the n-th that can be: a device, an alternative, a constraint, a source, a wish. False: no n-th. */
bool random_machine_take(struct random_machine *machine, size_t n);

/*
 * The problem of the devices whose bit is set. shuffle 0: in their order; otherwise devices, their alternatives and the
 * sources are in another order, the same for the same number. The devnum of a usage is its device's; the name tells
 * which: "dev0" is devices[0]. problem_finish() releases it; it borrows from the machine.
 */
void random_machine_get_problem(const struct random_machine *machine, uint32_t devices, uint64_t shuffle,
				struct problem *out);
