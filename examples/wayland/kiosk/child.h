/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The client that kiosk starts. */
#pragma once

#include "server.h"

/* Start it, connected to socket. Explains failures; returns 0 or a negative errno. */
int child_start(struct server *server, const char *socket);
/* A child has ended: if it is the one, end with its status. */
void child_reap(struct server *server);
/* Ask it to end, and see to it. */
void child_stop(struct server *server);
