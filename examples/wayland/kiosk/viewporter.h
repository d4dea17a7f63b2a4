/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wp_viewporter: a part of a buffer, scaled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "surface.h"

/* Whether the viewport fits a buffer of this size (0: none). False after a protocol error. */
bool viewport_check_commit(struct surface *surface, uint32_t width, uint32_t height);
