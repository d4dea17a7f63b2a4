/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* wl_output: the one screen. */
#pragma once

#include <stdbool.h>

#include "surface.h"

/* Sends enter or leave where it changes. */
void screen_set_shown(struct surface *surface, bool is_shown);
