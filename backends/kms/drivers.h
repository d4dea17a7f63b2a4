/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a display driver does with a buffer that it is given: facts that the kernel does not tell. */
#pragma once

#include <stdint.h>

enum kms_memory {
	KMS_MEMORY_UNKNOWN = 0,
	KMS_MEMORY_CONTIGUOUS, /* takes contiguous memory, as its own DMA device sees it */
	KMS_MEMORY_UNLESS_IOMMU, /* as that, unless the driver runs an IOMMU of its own */
	KMS_MEMORY_COPIES, /* the CPU reads the buffer: any pages, any address */
	KMS_MEMORY_ANY_PAGES, /* has page tables */
	KMS_MEMORY_NO_IMPORT, /* takes nothing but its own */
};

#define KMS_DRIVER_ONE_OBJECT (1u << 0) /* refuses a picture whose planes are in several objects */
#define KMS_DRIVER_OWN_MEMORY (1u << 1) /* its dumb buffers are in memory of its own */

struct kms_driver {
	const char *name; /* as DRM_IOCTL_VERSION tells it */
	enum kms_memory memory;
	uint32_t flags;
};

/* Never NULL: a driver that is not known gets a row that says so. */
const struct kms_driver *_cen_kms_driver_find(const char *name);
