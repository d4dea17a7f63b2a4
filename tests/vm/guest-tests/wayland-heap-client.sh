#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# boots: 7.3-wayland
# The test program of the simple allocator of 2017, with Wayland: memory of one call, drawn by the CPU, in a compositor
# that nobody here wrote.
. "$SOURCE_DIR/tests/vm/tap.sh"
. "$SOURCE_DIR/tests/vm/wayland.sh"
. "$SOURCE_DIR/tests/vm/picture.sh"
client=$BUILD_DIR/examples/wayland/heap-client/heap-client
work=$(mktemp -d)
out=$work/out

is() { [ "$1" = "$2" ] || { printf '%s is not %s\n' "$1" "$2" >>"$out" && return 1; }; }
says() { grep -q -- "$1" "$out"; }
dma_bufs() { grep -o 'Total [0-9]* objects' /sys/kernel/debug/dma_buf/bufinfo; }
# As the kernel lists them: the exporter, then the inode.
is_held_by() { grep -qE "[[:space:]]$1[[:space:]]+0*$2([[:space:]]|$)" /sys/kernel/debug/dma_buf/bufinfo; }

test_heap() {
	local pid inode
	rm -f "$work/shot.png"
	"$client" --heap "$1" --size 320x180 --seconds 0 --fullscreen >"$out" 2>&1 &
	pid=$!
	sleep 5
	check "$1: the picture is in a dma-buf of its own" says "XR24, stride 1280, in dma-buf .* of $1"
	inode=$(sed -n 's/.*dma-buf \([0-9]*\) of.*/\1/p' "$out")
	check "$1: the kernel has it from this exporter" is_held_by "$1" "$inode"
	check "$1: a screenshot" wayland_screenshot "$work/shot.png"
	check "$1: it shows the colour bars" bars "$work/shot.png"
	[ -z "${PICTURES:-}" ] || cp "$work/shot.png" "$PICTURES/heap-client-$1.png"
	kill -TERM "$pid"
	wait "$pid"
	check "$1: ended by a signal: exit status 0" is $? 0
}

check 'weston comes up with GL' wayland_start_weston gl --width=320 --height=180
test_heap system
test_heap default_cma_region
timeout 60 "$client" --heap nowhere >"$out" 2>&1
check 'no such heap: exit status 3' is $? 3
check 'no such heap: the message names it and what there is' says 'nowhere.*system'
wayland_stop
check 'all have ended: no dma-buf is left' is "$(dma_bufs)" 'Total 0 objects'
check 'weston comes up without linux-dmabuf' wayland_start_weston pixman --width=320 --height=180
timeout 60 "$client" --seconds 1 >"$out" 2>&1
check 'no linux-dmabuf: exit status 4' is $? 4
wayland_stop
rm -rf "$work"
echo "1..$count"
