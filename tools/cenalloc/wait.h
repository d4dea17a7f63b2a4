/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Waiting for the user: Enter, or a signal that ends the command. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Block SIGINT, SIGTERM and SIGHUP and return a signalfd for them, or a negative errno. Blocked before anything is
 * allocated, so that no signal is lost and everything is freed.
 */
int wait_block_signals(void);

/*
 * Wait until Enter or a signal; at most so many milliseconds, or without an end for 0. The end of standard input ends
 * nothing: a script starts commands without a terminal. Returns true when the command is to end.
 */
bool wait_for_end(int signals, uint32_t milliseconds);

/* How others find what is held meanwhile, on standard output. */
void wait_print_held(void);
