#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# A pool of dma-bufs between two threads, with a poll loop and an import cache: each one is imported once.
frames=5000

echo 1..1
said=$("$BUILD_DIR/examples/pool" "$frames" 2>&1)
if [ "$said" = "3 imports, found $((frames - 3)) times" ]; then
	echo 'ok 1 - three buffers went round, each imported once'
else
	echo 'not ok 1 - three buffers went round, each imported once'
	printf '%s\n' "$said" | sed 's/^/# /'
fi
