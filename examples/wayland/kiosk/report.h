/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What happened, for programs and for persons. */
#pragma once

#include "server.h"

/* To options->report and, with options->stats, to stdout. Explains failures; returns 0 or a negative errno. */
int report_write(const struct server *server);
