#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# The guest has what the other tests count on, so that a missing device is reported here and not as their failure.
. "$(dirname "$0")/../tap.sh"

modprobe -r vivid 2>/dev/null
# One capture device each: without node_types a second vivid's nodes follow four of the first.
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1

check 'this is the kernel that the boot names' test "$(uname -r | cut -d . -f 1-2)" = "${BOOT%%-*}"
check 'system heap' test -c /dev/dma_heap/system
check 'CMA heap under its old name' test -c /dev/dma_heap/reserved
[ "$BOOT" = 6.12 ] || check 'CMA heap under its new name' test -c /dev/dma_heap/default_cma_region
check 'udmabuf' test -c /dev/udmabuf
check 'a display with a connector' test -n "$(compgen -G '/sys/class/drm/card*-Virtual-*')"
check 'a render node' test -c /dev/dri/renderD128
check 'the camera that takes any memory' test -c /dev/video0
check 'the camera that takes contiguous memory' test -c /dev/video1
check 'no third camera' test ! -e /dev/video2
check 'debugfs lists dma-bufs' test -r /sys/kernel/debug/dma_buf/bufinfo
check 'the build folder is the host'"'"'s' test -e "$BUILD_DIR/build.ninja"
modprobe -r vivid
check 'vivid can be unloaded' test ! -e /dev/video0
echo "1..$count"
