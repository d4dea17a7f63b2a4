#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# boots: 7.3-wayland 6.12-wayland
# Compositors that no one here wrote, as devices: what they take is told, planned for, and taken.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../wayland.sh"
tool=$BUILD_DIR/tools/cenalloc
work=$(mktemp -d)
out=$work/out
export CENALLOC_DISABLE_BACKENDS=egl,gbm,vulkan

ask() { timeout 60 "$tool" "$@" >"$out" 2>&1; }
# A compositor that draws with an emulated CPU may be busy for longer than the library waits: then once more.
run() {
	local try
	for try in 1 2 3; do
		ask "$@" && ! grep -q 'no answer within' "$out" && return 0
		grep -q 'no answer within' "$out" || return 1
		sleep "$try"
	done
	return 1
}
# The answer with one blank between words.
says() { tr -s ' ' <"$out" | grep -qE -- "$1"; }
says_not() { ! says "$1"; }
fails() { ! run "$@"; }
fails_within() {
	local limit=$1 end
	shift
	end=$((SECONDS + limit))
	! ask "$@" && [ "$SECONDS" -le "$end" ]
}

# A compositor has dma-bufs of its own.
count_buffers() { grep -o 'Total [0-9]* objects' /sys/kernel/debug/dma_buf/bufinfo; }
has_buffers() { [ "$(count_buffers)" = "$1" ]; }

# The formats that cameras have, in linear memory.
check_formats() {
	local format
	run describe "$WAYLAND_DISPLAY" --usage texture --size 640x360 --format XR24,NV12,YUYV
	for format in XR24 NV12 YUYV; do
		check "$1: takes $format, linear" says "(^| )$format .*LINEAR"
	done
}

# A camera's buffers are planned for the compositor and taken by it.
check_camera() {
	local name=$1 camera=$2 format=$3
	check "$name, $camera, $format: there is a plan" \
		run solve --usage "capture=$camera" --usage "texture=$WAYLAND_DISPLAY" --size 640x360 --format "$format"
	[ "$camera" != /dev/video1 ] ||
		check "$name, $camera, $format: contiguous memory" says '^plan 1 .* heap (default_cma_region|reserved) '
	[ "$camera" != /dev/video0 ] || check "$name, $camera, $format: any memory" says '^plan 1 .* heap system '
	check "$name, $camera, $format: it is taken" run alloc --usage "capture=$camera" \
		--usage "texture=$WAYLAND_DISPLAY" --size 640x360 --format "$format" --count 3 --verify
	check "$name, $camera, $format: by every device" says '^verified'
	check "$name: survives" wayland_runs
}

check_list() {
	run list
	check "$1: listed" says "^$WAYLAND_DISPLAY Wayland compositor, linux-dmabuf version $2 - wayland ok $3\$"
}

test_weston() {
	local format camera before
	check 'weston, GL: comes up' wayland_start_weston gl || return
	before=$(count_buffers)
	if [[ $BOOT = 6.12* ]]; then
		check_list 'weston, GL' 5 'texture, scanout'
		run describe "$WAYLAND_DISPLAY" --usage texture --size 640x360
		check 'weston, GL: the main device is named' says 'main device: /dev/dri/renderD128 \(226:128\)'
		check 'weston, GL: a device is named, so nothing is assumed' says_not 'fd-mode'
	else
		check_list 'weston, GL' 3 texture
		run describe "$WAYLAND_DISPLAY" --usage texture --size 640x360
		check 'weston, GL: no device is named: the CPU must map it' says 'cpu-mappable yes assumed'
		check 'weston, GL: and read and write' says 'fd-mode read-write assumed'
		check 'weston, GL: no planes' fails describe "$WAYLAND_DISPLAY" --usage scanout --size 640x360
	fi
	check_formats 'weston, GL'
	for camera in /dev/video0 /dev/video1; do
		for format in XR24 NV12 YUYV; do
			check_camera 'weston, GL' "$camera" "$format"
		done
	done
	# A compositor lets go of a client's buffers when it comes to it.
	check 'weston, GL: has as many dma-bufs as before' \
		wayland_wait 10 has_buffers "$before"
	test_stopped
	wayland_stop
}

# Neither a compositor that does not run nor one that is gone keeps the library waiting.
test_stopped() {
	kill -STOP "$wayland_pid"
	check 'stopped: describe fails within 3 s' \
		fails_within 3 describe "$WAYLAND_DISPLAY" --usage texture --size 640x360
	check 'stopped: the error is a time-out' says 'no answer within 1000 ms'
	ask list
	check 'stopped: listed with the reason' says "^$WAYLAND_DISPLAY Wayland compositor - wayland Connection timed out "
	kill -CONT "$wayland_pid"
	check 'goes on: described again' run describe "$WAYLAND_DISPLAY" --usage texture --size 640x360
	kill -KILL "$wayland_pid"
	wait "$wayland_pid" 2>/dev/null
	check 'killed: describe fails within 3 s' \
		fails_within 3 describe "$WAYLAND_DISPLAY" --usage texture --size 640x360
	run list --log info
	check 'killed: not listed' says_not "^$WAYLAND_DISPLAY "
	check 'killed: the log says why' says 'no compositor can be reached'
}

test_pixman() {
	check 'weston, pixman: comes up' wayland_start_weston pixman || return
	run list --log info
	check 'weston, pixman: no device' says_not "^$WAYLAND_DISPLAY "
	check 'weston, pixman: the log says what is left' says 'offers no linux-dmabuf: only wl_shm, a copy per frame'
	wayland_stop
}

# Whether wlroots offers linux-dmabuf depends on its version and on whether libdrm knows the display: wayland-info knows.
test_sway() {
	check 'sway: comes up' wayland_start_sway gles2 || return
	if wayland_has zwp_linux_dmabuf_v1 4; then
		check_list sway '[45]' 'texture, scanout'
		run describe "$WAYLAND_DISPLAY" --usage texture --size 640x360
		check 'sway: the main device is the display' says "main device: $(wayland_card) "
		check_formats sway
		check_camera sway /dev/video0 XR24
		check_camera sway /dev/video1 XR24
	else
		run list --log info
		check 'sway: no device' says_not "^$WAYLAND_DISPLAY "
		check 'sway: the log says why' says 'offers no linux-dmabuf'
	fi
	wayland_stop
}

for needed in "$tool" weston sway seatd wayland-info; do
	if ! command -v "$needed" >/dev/null; then
		echo "1..0 # SKIP $needed is missing"
		exit 0
	fi
done
modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
test_weston
test_pixman
test_sway
wayland_stop
modprobe -r vivid
rm -rf "$work"
echo "1..$count"
