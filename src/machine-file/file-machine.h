/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A machine file as the backends of a machine: one for each name of a backend in it, so that plans read as on the board. */
#pragma once

#include "registry.h"

struct cen_device;
struct cen_machine;
struct file_machine;
struct machine_file;

/* Takes file. Returns 0, or -EINVAL (CEN_ERROR_SYNTAX: a device or source that is not acceptable), -ENOMEM. */
int _cen_file_machine_fill(struct cen_machine *machine, struct machine_file *file, struct cen_error **err);
/* NULL is allowed. */
void _cen_file_machine_free(struct file_machine *file);
/* What the file said; NULL for NULL: a live machine. */
const struct machine_file *_cen_file_machine_get(const struct file_machine *file);
