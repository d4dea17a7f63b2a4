/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The memory of a buffer that gets it late: what would suit everybody, making it, and whether it suits one more. */
#pragma once

#include "life.h"

/* What a buffer's memory is, and where it came from. */
struct storage {
	struct cen_buffer *buffer;
	struct cen_plan *plan;
};

void _cen_storage_cleanup(struct storage *storage);

/*
 * Plans for everybody who is attached and newcomer (may be NULL), of one fourcc only (0: of any). The caller is busy with
 * the buffer. Returns 0 and a solution with plans; -EINVAL (CEN_ERROR_CONFLICT) where there is none, or what cen_solve()
 * returns.
 */
int _cen_storage_solve(struct buffer_life *life, const struct cen_attachment *newcomer, uint32_t fourcc,
		       struct cen_solution **out, struct cen_error **err);

/* One buffer of the first plan that can be allocated. Returns as cen_plan_allocate(), for the last plan tried. */
int _cen_storage_allocate(struct buffer_life *life, const struct cen_solution *solution, struct storage *out,
			  struct cen_error **err);

/*
 * Whether the memory that is there suits newcomer. Returns 0; -EBUSY (CEN_ERROR_BUSY) with the reason where it does not;
 * what cen_machine_describe() returns; with CEN_BUFFER_VERIFY -EBUSY as well where the device refused it.
 */
int _cen_storage_check(struct buffer_life *life, const struct cen_attachment *newcomer, struct cen_error **err);

/*
 * New memory of the same format for everybody and newcomer, with the contents of the old one. Nothing of life changes.
 * Returns 0; -EINVAL (CEN_ERROR_CONFLICT), -EBUSY (CEN_ERROR_BUSY: contents that the CPU cannot copy), or what solving,
 * allocating and mapping return.
 */
int _cen_storage_migrate(struct buffer_life *life, const struct cen_attachment *newcomer, struct storage *out,
			 struct cen_error **err);
