/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The CPU as a device: the core describes and tries it itself. */
#pragma once

#include <cenalloc/backend.h>

#define CPU_DEVICE_PATH "cpu"

extern const struct cen_device_desc _cen_cpu_desc;

/* As cen_backend.describe(): every format that the library knows, linear. */
int _cen_cpu_describe(struct cen_call *call, const struct cen_query *query);

/* As cen_backend.try_import(): every object can be mapped. */
int _cen_cpu_try_import(struct cen_call *call, uint32_t usage, const struct cen_image_desc *image);
