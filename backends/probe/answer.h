/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a probe program answered, message by message. It is untrusted: a driver has run in that process. */
#pragma once

#include <stdbool.h>

#include "message.h"

struct probe_answer {
	struct probe_info info; /* all 0 until has_info */
	struct probe_end end; /* error and message: also of a failure that the client itself met */
	struct probe_pair *pairs;
	size_t pair_count, pair_capacity;
	struct cen_image_desc *images; /* objects[].fd are the answer's; take one by setting it to -1 */
	size_t image_count, image_capacity;
	bool has_info;
	bool is_complete; /* the probe_end is there */
};

/*
 * Add one message to an answer. Text is made printable. fds become the answer's when 0 is returned and stay the
 * caller's otherwise. Returns 0, -EPROTO with a sentence in end.message, or -ENOMEM.
 */
int _cen_probe_answer_add(struct probe_answer *answer, const void *message, size_t size, const int *fds,
			  uint32_t fd_count);

/*
 * How much a pair is liked among those of its format, 0 best: layouts of the GPU's own in the order of the driver, then
 * rows, then what the driver would choose by itself, as nobody else knows what that is. Pairs of a format follow each
 * other; of a format with very many only the neighbours count.
 */
uint32_t _cen_probe_pair_place(const struct probe_pair *pairs, size_t count, size_t index);

/* Free what is in it and close the file descriptors that nobody took. */
void _cen_probe_answer_clear(struct probe_answer *answer);

/* Put a failure into it. Returns the negative errno. */
__attribute__((format(printf, 4, 5))) int _cen_probe_answer_fail(struct probe_answer *answer, int errnum,
								 const char *call, const char *format, ...);
