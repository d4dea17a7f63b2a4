/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* alloc --hold: keep what was allocated until somebody says that it is enough. */
#pragma once

#include "tool.h"

/*
 * To be called before anything is allocated, so that no signal is lost and what was allocated is always freed.
 * Returns an fd for hold_wait(), or -1 with errno.
 */
int hold_block_signals(void);

/* How others find what is held, on standard output. */
void hold_print(void);

/* Until Enter or a signal. The end of standard input ends nothing: a script starts this without a terminal. */
void hold_wait(int signals);
