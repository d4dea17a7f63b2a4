/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Descriptors that come from backends: checked, then copied. */
#pragma once

#include <cenalloc/backend.h>

struct cen_device;
struct cen_source;

/* What is wrong with a descriptor, in words; NULL when nothing is. */
const char *_cen_device_desc_check(const struct cen_device_desc *desc);
const char *_cen_source_desc_check(const struct cen_source_desc *desc);

/* Deep copies. NULL when there is no memory. */
struct cen_device *_cen_device_create(const struct cen_device_desc *desc);
void _cen_device_destroy(struct cen_device *device);
struct cen_source *_cen_source_create(const struct cen_source_desc *desc);
void _cen_source_destroy(struct cen_source *source);
