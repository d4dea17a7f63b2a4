#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# What libgbm makes is written by a camera and shown by a display; what it says of a GPU is found without a trace.
. "$(dirname "$0")/../tap.sh"
tool=$BUILD_DIR/tools/cenalloc
out=$(mktemp) trace=$(mktemp)
trap 'rm -f "$out" "$trace"; modprobe -r vivid' EXIT

run() {
	timeout 60 "$tool" "$@" >"$out" 2>&1
}

traced() {
	timeout 90 strace -f --seccomp-bpf -e trace=ioctl,openat -o "$trace" "$tool" "$@" >"$out" 2>&1
}

dma_bufs() {
	grep -o 'Total [0-9]* objects' /sys/kernel/debug/dma_buf/bufinfo
}

not() { ! "$@"; }

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
card=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .* vkms .*/\1/p' | head -n 1)
source=gbm-${card##*/}
before=$(dma_bufs)

run list
check 'a card without a render node is a source' grep -q "^$source  *gbm .* $card$" "$out"
check 'a render node is one, too' grep -Eq '^gbm-renderD128 +gbm ' "$out"
check 'but without a GPU it makes nothing' grep -q "no GPU behind this node, only dumb buffers" "$out"
check 'nor does it sample or draw' not grep -Eq '^/dev/dri/renderD128 .* gbm ' "$out"
check 'the card does, by CPU' grep -Eq "^$card .* gbm +ok +texture, render, scanout, cursor$" "$out"

run alloc --usage "capture=/dev/video0" --usage "scanout=$card" --size 640x360 --format XR24 --heap "$source" --verify
check 'XR24 from the card through libgbm' test $? -eq 0
check 'camera and display took each buffer' grep -q '^verified' "$out"
formats='NV12'
[ "$BOOT" != 6.12 ] || formats=''
for format in $formats; do
	run alloc --usage "capture=/dev/video0" --usage "scanout=$card" --size 1280x720 --format "$format" \
		--heap "$source" --verify
	check "$format, which libgbm does not know: the memory is what counts" grep -q '^verified' "$out"
done
run alloc --usage "capture=/dev/video0" --usage "texture=gbm:$card" --usage "scanout=$card" --size 640x360 --format XR24 \
	--heap "$source" --verify
check 'with a texture: libgbm imports it again' grep -q '^verified' "$out"
run solve --usage "capture=/dev/video0" --usage "texture=gbm:$card" --usage "scanout=$card" --size 640x360 --format XR24
check 'memory of others, on which Mesa would crash, is ruled out with the reason' \
	grep -q "ruled out: system: .*Mesa's software driver before 25.3" "$out"

plugin=$BUILD_DIR/backends/modules/gbm.so
[ ! -e "$plugin" ] || check 'the plug-in keeps its contract' run check-backend "$plugin"

traced list
check 'listing makes no buffer' not grep -q 'CREATE_DUMB' "$trace"
check 'and loads no driver' not grep -q 'libgallium' "$trace"
traced describe "gbm:$card" --usage render
check 'describing makes buffers to measure them' grep -q CREATE_DUMB "$trace"
traced describe --passive "gbm:$card" --usage render
check 'not when that is forbidden' not grep -q CREATE_DUMB "$trace"
check 'which is told' grep -q 'found by allocating, which was not allowed' "$out"
check 'formats are known all the same' grep -q 'XR24' "$out"
run describe "gbm:$card" --usage capture
check 'a usage that is none of a GPU is refused' test $? -ne 0
check 'no dma-buf is left' test "$(dma_bufs)" = "$before"
echo "1..$count"
