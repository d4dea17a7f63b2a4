#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# A user who may open nothing is told what would help, and one who may open one thing gets buffers from that.
. "$(dirname "$0")/../tap.sh"
tool=$(public_tool)
out=$(mktemp)
trap 'rm -f "$out"; chmod 600 /dev/udmabuf; chgrp root /dev/dma_heap/system; chmod 600 /dev/dma_heap/system' EXIT

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$tool" "$@" >"$out" 2>&1
}

solve=(--usage 'cpu-write=cpu' --size 640x360 --format NV12)

check 'list does not fail without permission' as_nobody list
check 'the heap is named with owner and mode' grep -q '/dev/dma_heap/system is root:root 0600' "$out"
check 'the rule that would help is named' grep -q '70-cenalloc-dma-heap.rules' "$out"
check 'udmabuf is explained' grep -q '/dev/udmabuf is root:root 0600: a udev rule giving group kvm' "$out"
check 'the display is listed though it cannot be opened' grep -q 'vkms .*denied' "$out"
as_nobody solve "${solve[@]}"
check 'with nothing to open there is no plan' test $? -eq 1
check 'and the reason is permission' grep -q 'no permission: /dev/dma_heap/system' "$out"
chmod 666 /dev/udmabuf
check 'udmabuf alone is enough' as_nobody alloc "${solve[@]}"
check 'and the buffer is from it' grep -q 'from udmabuf ' "$out"
chgrp video /dev/dma_heap/system
chmod 660 /dev/dma_heap/system
as_nobody list
check 'who lacks the group is told which' grep -q 'root:video 0660: membership in group video would help' "$out"
setpriv --reuid=65534 --regid=65534 --groups="$(getent group video | cut -d: -f3)" \
	"$tool" alloc "${solve[@]}" --heap system >"$out" 2>&1
check 'who has the group gets buffers from the heap' test $? -eq 0
echo "1..$count"
