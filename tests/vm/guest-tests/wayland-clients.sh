#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# boots: 7.3-clients 6.12-clients
# The camera in compositors that nobody here wrote: shared where both sides can, copied where they cannot, and nothing
# left behind when either of them dies.
. "$SOURCE_DIR/tests/vm/tap.sh"
. "$SOURCE_DIR/tests/vm/wayland.sh"
. "$SOURCE_DIR/tests/vm/picture.sh"
client=$BUILD_DIR/examples/wayland/camera-client/camera-client
gl_client=$BUILD_DIR/examples/wayland/gl-client/gl-client
work=$(mktemp -d)
out=$work/out

is() { [ "$1" = "$2" ] || { printf '%s is not %s\n' "$1" "$2" >>"$out" && return 1; }; }
says() { grep -q "$1" "$out"; }
dma_bufs() { grep -o 'Total [0-9]* objects' /sys/kernel/debug/dma_buf/bufinfo; }
no_dma_buf_is_left() { is "$(dma_bufs)" 'Total 0 objects'; }

# Python over the report r; one start for a condition of any length, as it is slow here.
reports() {
	python3 -IS -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(0 if eval("(" + sys.argv[2] + ")") else json.dumps(r))' "$work/report" "$1" >>"$out" 2>&1
}

run_client() {
	rm -f "$work/report"
	timeout 90 "$client" --report "$work/report" "$@" >"$out" 2>&1
}

# test_shared CAMERA FORMAT BUFFERS SOURCE-EXPRESSION [OPTION]...
test_shared() {
	local name="weston, ${1##*/}, $2, $3 buffers${5:+, ${*:5}}"
	run_client --camera "$1" --format "$2" --buffers "$3" --size 320x180 --frames 6 "${@:5}"
	check "$name: exit status 0" is $? 0
	check "$name: shared, from the right memory" reports "r['plan']['format'] == '$2' and r['copies'] == 0
		and r['plan']['copies'] == 0 and r['frames']['shown'] >= 6 and r['same_objects']
		and r['plan']['source']$4 and len(r['buffers']) >= $3"
}

test_weston() {
	local format buffers
	check 'weston comes up with GL' wayland_start_weston gl --width=320 --height=180
	for format in NV12 YUYV XR24; do
		for buffers in 1 3; do
			test_shared /dev/video1 "$format" "$buffers" " in ('default_cma_region', 'reserved')"
		done
		# weston names no device: any of the GPUs may be its own, and one of them takes only the display's buffers.
		test_shared /dev/video0 "$format" 1 ".startswith('/dev/dri/card')"
		test_shared /dev/video0 "$format" 3 " == 'system'" --renderer llvmpipe
	done
}

# The picture is the camera's: vivid's colour bars, which weston draws from the shared buffer.
test_picture() {
	local pid
	rm -f "$work/shot.png"
	"$client" --camera /dev/video0 --format "$1" --size 320x180 --frames 0 --fullscreen >"$out" 2>&1 &
	pid=$!
	sleep 6
	check "weston, $1: a screenshot" wayland_screenshot "$work/shot.png"
	check "weston, $1: the picture has vivid's bars" bars "$work/shot.png"
	kill -TERM "$pid"
	wait "$pid"
	check "weston, $1: ended by a signal: exit status 0" is $? 0
}

test_copy() {
	run_client --camera /dev/video0 --size 320x180 --frames 6 --force-shm
	check 'weston, copied: exit status 0' is $? 0
	check 'weston, copied: the report counts the copies' reports "r['copies'] >= 6 and r['plan']['copies'] == 1
		and not r['same_objects']"
	wayland_stop
	check 'weston comes up with pixman' wayland_start_weston pixman --width=320 --height=180
	run_client --camera /dev/video0 --size 320x180 --frames 6
	check 'no linux-dmabuf: exit status 0' is $? 0
	check 'no linux-dmabuf: copied' reports "r['copies'] >= 6 and r['plan']['copies'] == 1"
	wayland_stop
}

# What a driver of the steady state calls: only the camera's queue, the wait, and the Wayland socket.
test_system_calls() {
	local pid
	"$client" --camera /dev/video0 --size 320x180 --frames 0 >"$out" 2>&1 &
	pid=$!
	sleep 6
	timeout --signal=INT 5 strace -f -o "$work/strace" -p "$pid" 2>/dev/null
	kill -TERM "$pid"
	wait "$pid"
	cp "$work/strace" "$out"
	check 'steady state: frames flowed while traced' grep -q VIDIOC_DQBUF "$work/strace"
	check 'steady state: only VIDIOC_QBUF, VIDIOC_DQBUF, poll, sendmsg and recvmsg' is \
		"$(sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(([^,]*, (VIDIOC_[A-Z]+))?.*/\1 \3/p' "$work/strace" | sort -u |
			grep -vE '^(ioctl VIDIOC_D?QBUF|poll |ppoll |sendmsg |recvmsg |restart_syscall )$')" ''
}

test_deaths() {
	local pid format_before
	format_before=$(v4l2-ctl -d /dev/video0 -V)
	"$client" --camera /dev/video0 --size 320x180 --frames 0 >"$out" 2>&1 &
	pid=$!
	sleep 5
	kill -KILL "$wayland_pid"
	wait "$pid"
	check 'the compositor is killed: exit status 4' is $? 4
	check 'the compositor is killed: the client says so' says 'compositor is gone'
	check 'the compositor is killed: the camera has its format again' is "$(v4l2-ctl -d /dev/video0 -V)" "$format_before"
	wayland_stop
	check 'the compositor is killed: no dma-buf is left' no_dma_buf_is_left
}

test_unplug() {
	local pid
	check 'weston comes up again' wayland_start_weston gl --width=320 --height=180
	"$client" --camera /dev/video0 --size 320x180 --frames 0 >"$out" 2>&1 &
	pid=$!
	sleep 5
	v4l2-ctl -d /dev/video0 -c disconnect=1
	wait "$pid"
	check 'the camera is unplugged: exit status 3' is $? 3
	check 'the camera is unplugged: the message names it' says /dev/video0
	check 'the camera is unplugged: weston lives' wayland_runs
	modprobe -r vivid && modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
}

test_gl_client() {
	[ -x "$gl_client" ] || return 0
	rm -f "$work/report"
	timeout 90 "$gl_client" --camera /dev/video1 --size 320x180 --frames 6 --report "$work/report" >"$out" 2>&1
	check 'gl-client: exit status 0' is $? 0
	check 'gl-client: the camera is a texture, the drawn buffer is shared' reports "r['copies'] == 0
		and r['frames']['shown'] >= 6 and r['input']['source'] in ('default_cma_region', 'reserved')"
}

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
case $BOOT in
7.3*)
	test_weston
	test_picture NV12
	test_picture XR24
	test_system_calls
	test_gl_client
	test_copy
	check 'all have ended: no dma-buf is left' no_dma_buf_is_left
	check 'weston comes up once more' wayland_start_weston gl --width=320 --height=180
	test_deaths
	test_unplug
	;;
6.12*)
	# Mesa draws with vgem's render node here: it imports every dma-buf, and crashes when it samples one.
	check 'weston comes up on a render node' wayland_start_weston gl --width=320 --height=180
	check 'it has linux-dmabuf with feedback' wayland_has zwp_linux_dmabuf_v1 4
	run_client --camera /dev/video0 --size 320x180 --frames 6
	check 'a renderer that cannot use dma-bufs: exit status 0' is $? 0
	check 'a renderer that cannot use dma-bufs: copied' reports "r['copies'] >= 6"
	check 'a renderer that cannot use dma-bufs: it lives' wayland_runs
	wayland_stop
	# sway draws with the display's own device: only its own buffers do. wlroots before 0.16 finds no device there, and
	# offers no linux-dmabuf at all.
	check 'sway comes up' wayland_start_sway gles2
	run_client --camera /dev/video0 --size 320x180 --frames 6
	check 'sway: exit status 0' is $? 0
	if wayland_has zwp_linux_dmabuf_v1 4; then
		check "sway: shared, in the display's own buffers" reports "r['copies'] == 0 and r['same_objects']
			and r['plan']['source'].startswith('/dev/dri/card') and r['frames']['shown'] >= 4"
	else
		check 'sway without linux-dmabuf: copied' reports "r['copies'] >= 6"
	fi
	check 'sway: it lives' wayland_runs
	;;
esac
wayland_stop
modprobe -r vivid
rm -rf "$work"
echo "1..$count"
