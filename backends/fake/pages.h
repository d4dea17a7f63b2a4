/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Buffers of the fake backend: sealed memfds. */
#pragma once

#include "script.h"

/*
 * Make the objects of one image: lays it out when the wish leaves that open. Returns 0 or a negative errno with *call
 * the name of what failed; nothing is left behind.
 */
int pages_make_image(const struct cen_format_info *format, const struct cen_image_desc *wish, bool is_read_only,
		     struct cen_image_desc *out, const char **call);
void pages_close_image(struct cen_image_desc *image);

/* One object. Returns 0 or a negative errno with *call as above. */
int pages_make_object(uint64_t bytes, int *out, const char **call);

/* Break the contract in the way that the script names. Returns 0 or a negative errno. */
int pages_spoil(enum script_wrong wrong, struct cen_image_desc *images, uint32_t count);
