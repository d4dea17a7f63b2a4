/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the checks of a client's buffer ask an offer beside its public functions. */
#pragma once

#include <cenalloc/compositor.h>

/* Whether the format is offered with any modifier. */
bool _cen_offer_has_format(const struct cen_offer *offer, uint32_t fourcc);
