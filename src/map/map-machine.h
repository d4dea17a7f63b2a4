/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A map on a machine: the names of its devices and sources. */
#pragma once

#include "map-view.h"
#include "request.h"

/* The names that a usage of a request has for the map. */
void _cen_map_name_usage(const struct cen_machine *machine, const struct request_usage *usage, struct map_names *out);

/* Log the names on the right that are nothing on this machine, once for each map. */
void _cen_map_note_unknown(struct cen_machine *machine, struct cen_map *map);
