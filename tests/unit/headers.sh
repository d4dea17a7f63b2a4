#!/bin/sh
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# headers.sh COMPILER [OPTION...] FILE.h...: each header compiles without any other before it, without a warning.
set -eu
exec "$@" -fsyntax-only -pedantic-errors -Wall -Wextra -Wshadow -Wundef -Werror
