#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# A GPU as Vulkan drives it, which is here lavapipe: what it says, what it imports, and the memory that it exports. It is
# slow in an emulated machine: few starts, each of which tells several things.
. "$(dirname "$0")/../tap.sh"
tool=$BUILD_DIR/tools/cenalloc
probe=$BUILD_DIR/backends/vulkan/cenalloc-probe-vulkan
out=$(mktemp)
trap 'rm -f "$out"; modprobe -r vivid' EXIT

if ! [ -x "$probe" ]; then
	echo '1..0 # SKIP the vulkan backend is not built'
	exit 0
fi
if ! compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' >/dev/null; then
	echo '1..0 # SKIP lavapipe is not installed'
	exit 0
fi

run() {
	timeout 100 "$tool" "$@" >"$out" 2>&1
}

dma_bufs() {
	grep -o 'Total [0-9]* objects' /sys/kernel/debug/dma_buf/bufinfo
}

not() { ! "$@"; }

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
card=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .* vkms .*/\1/p' | head -n 1)
before=$(dma_bufs)

run list
check 'lavapipe is a device' grep -Eq '^llvmpipe .* lavapipe +vulkan +ok +texture, render$' "$out"
check 'and a source' grep -Eq '^vulkan-llvmpipe +vulkan .* ok +/dev/udmabuf$' "$out"
check 'a render node without a GPU is not asked' not grep -Eq '^/dev/dri/renderD128 .* vulkan ' "$out"

run describe vulkan:llvmpipe --usage texture
check 'XR24 and YUYV are sampled' grep -Eq 'XR24.* YUYV' "$out"
check 'the largest size is told' grep -Eq 'width-max +16,384 pixels +queried' "$out"
check 'the memory that it touches is measured' grep -Eq 'height-align +4 rows +probed' "$out"
check 'it maps what it is given' grep -Eq 'fd-mode +read-write' "$out"

# 638x362: neither a multiple of the blocks of rows nor of any alignment.
run alloc --usage texture=vulkan:llvmpipe --usage render=vulkan:llvmpipe --size 638x362 --format RG16 --verify
check 'odd sizes are read and written right' grep -q '^verified' "$out"
run alloc --usage texture=vulkan:llvmpipe --size 638x362 --format YUYV --verify
check 'and so is YUYV' grep -q '^verified' "$out"
run alloc --usage capture=/dev/video0 --usage texture=vulkan:llvmpipe --usage "scanout=$card" --size 640x360 --format XR24 \
	--heap vulkan-llvmpipe --verify
check 'memory that lavapipe exports, for camera, GPU and display' grep -q '^verified' "$out"
check 'two buffers of it' grep -Eq '^1 +0 ' "$out"
run alloc --usage capture=/dev/video0 --usage texture=vulkan:llvmpipe --size 640x360 --format XR24 --heap system --verify
check 'memory of the heap, for camera and GPU' grep -q '^verified' "$out"

plugin=$BUILD_DIR/backends/modules/vulkan.so
[ ! -e "$plugin" ] || check 'the plug-in keeps its contract' run check-backend "$plugin"

timeout 60 "$probe" /dev/dri/renderD128 >"$out" 2>&1
check 'a node that Vulkan does not know is told' grep -q 'none of [0-9]* Vulkan devices is of this node' "$out"
VK_ICD_FILENAMES=/nowhere VK_DRIVER_FILES=/nowhere run describe vulkan:llvmpipe --usage texture
check 'without a driver the loader says so' grep -q 'vkCreateInstance' "$out"
CENALLOC_VULKAN_PROBE=/bin/false run describe vulkan:llvmpipe --usage texture
check 'a program that is not ours harms nobody' test $? -ne 0
check 'no dma-buf is left' test "$(dma_bufs)" = "$before"
echo "1..$count"
