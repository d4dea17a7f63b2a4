/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What is known of a GPU by the name of its kernel driver, without opening it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GBM_DRIVER_SOFTWARE (1u << 0) /* no GPU: Mesa draws by CPU in dumb buffers */
#define GBM_DRIVER_OWN_MEMORY (1u << 1) /* has memory of its own */
#define GBM_DRIVER_CARD_MEMORY (1u << 2) /* as that, unless it is part of the processor */
#define GBM_DRIVER_UNKNOWN (1u << 3)

struct gbm_driver {
	const char *name; /* as sysfs tells it */
	uint32_t flags;
	const uint64_t *modifiers; /* layouts that some GPU of the driver may have */
	size_t modifier_count;
};

/* The row of a driver, for the cookie of a device or source. The last row is that of drivers that are not known. */
size_t _cen_gbm_driver_find(const char *name);
/* Never NULL. */
const struct gbm_driver *_cen_gbm_driver_get(uint64_t row);
