/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the backend's own fields of the probe program's messages mean. */
#pragma once

#include "probe/message.h"

/* probe_info.flags */
#define VULKAN_INFO_CPU (1u << 0) /* draws by CPU */

/* probe_info.values[] */
#define VULKAN_VALUE_TEXTURE_ALIGN 0 /* bytes: the least stride alignment of linear images; 0: not found */
#define VULKAN_VALUE_RENDER_ALIGN 1
#define VULKAN_VALUE_ROWS 2 /* that the memory of a linear image of one row has; 0: not found */
#define VULKAN_VALUE_DRIVER 3 /* VkDriverId */

/* probe_pair.flags */
#define VULKAN_PAIR_DISJOINT (PROBE_PAIR_PRIVATE << 0) /* planes may be in several objects */
#define VULKAN_PAIR_DEDICATED (PROBE_PAIR_PRIVATE << 1) /* only memory made for one image */
