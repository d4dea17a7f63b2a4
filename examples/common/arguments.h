/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Values of options. All return 0 or -EINVAL, explained on stderr, and then leave what they point to as it was. */
#pragma once

#include <stdint.h>

/* name: of the option, without dashes. */
int argument_parse_number(const char *name, const char *text, uint32_t least, uint32_t most, uint32_t *out);

/* Of --size: WxH. */
int argument_parse_size(const char *text, uint32_t *width, uint32_t *height);

/* What getopt_long() has left: it must be nothing. */
int argument_check_end(int argc, char **argv);
