#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# boots: 7.3-wayland 6.12-wayland
# The kiosk example on the display of vkms, with the camera, with clients that nobody here wrote, and with deaths on
# both sides.
. "$SOURCE_DIR/tests/vm/tap.sh"
. "$SOURCE_DIR/tests/vm/wayland.sh"
. "$SOURCE_DIR/tests/vm/picture.sh"
kiosk=$BUILD_DIR/examples/wayland/kiosk/kiosk
client=$BUILD_DIR/examples/wayland/camera-client/camera-client
work=$(mktemp -d)
out=$work/out
# A mode of the screen, and a size of the camera.
size=640x360

is() { [ "$1" = "$2" ] || { printf '%s is not %s\n' "$1" "$2" >>"$out" && return 1; }; }
says() { grep -q "$1" "$out"; }
dma_bufs() { sed -nE 's/^Total ([0-9]+) objects.*/\1/p' /sys/kernel/debug/dma_buf/bufinfo; }
fds() { find "/proc/$wayland_pid/fd" -mindepth 1 -maxdepth 1 | wc -l; }
state() { printf '%s fds, %s dma-bufs\n' "$(fds)" "$(dma_bufs)"; }

is_state() { is "$(state)" "$1"; }
no_dma_buf_is_left() { is "$(dma_bufs)" 0; }

# reports WHO CONDITION: Python over the report r of "client" or "kiosk".
reports() {
	python3 -IS -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(0 if eval("(" + sys.argv[2] + ")") else json.dumps(r))' "$work/$1" "$2" >>"$out" 2>&1
}

start_kiosk() {
	rm -f "$work/kiosk"
	wayland_launch kiosk "$kiosk" --socket wayland-kiosk --size $size --capture "$work/shot.png" \
		--report "$work/kiosk" "$@"
}

# End it, and see what it says.
stop_kiosk() {
	local status=0
	kill -TERM "$wayland_pid"
	wait "$wayland_pid" || status=$?
	check "$1: kiosk ends with status 0" is $status 0
	cp "$wayland_log" "$out"
	check "$1: kiosk's report" reports kiosk "$2"
	wayland_stop
	check "$1: no dma-buf is left" within_seconds 30 no_dma_buf_is_left
}

was_captured() { [ "$(grep -c 'kiosk: wrote' "$wayland_log")" -gt "$1" ]; }

capture() {
	local before
	before=$(grep -c 'kiosk: wrote' "$wayland_log")
	rm -f "$work/shot.png"
	kill -USR1 "$wayland_pid"
	within_seconds 30 was_captured "$before"
}

# A client that runs until end_client; $pid.
begin_client() {
	rm -f "$work/client"
	"$client" --report "$work/client" --size $size --frames 0 "$@" >"$out" 2>&1 &
	pid=$!
	sleep 7
}

end_client() {
	local status=0
	kill "-$1" "$pid"
	wait "$pid" 2>/dev/null || status=$?
	return $status
}

# What a client is told of this screen.
test_offer() {
	local version=$1 node
	cp "$wayland_globals" "$out"
	check "version $version: the compositor has linux-dmabuf" wayland_has zwp_linux_dmabuf_v1 "$version"
	for format in XR24 NV12; do
		check "version $version: $format LINEAR" says "'$format'; 0x0000000000000000 = LINEAR"
		check "version $version: $format without a modifier" says "'$format'; 0x00ffffffffffffff = INVALID"
	done
	[ "$version" -ge 4 ] || return 0
	node=$(wayland_card)
	check "version $version: the main device is the display" says \
		"main device: 0x$(printf '%X' $(($(stat -c '0x%t << 8 | 0x%T' "$node"))))\$"
	check "version $version: there is a scanout tranche" says 'flags: scanout'
}

# test_version N: of linux-dmabuf.
test_version() {
	check "version $1: kiosk comes up" start_kiosk --dmabuf-version "$1"
	test_offer "$1"
	stop_kiosk "version $1" "r['frames']['direct'] == 0 and r['clients'] >= 1"
}

# A client of weston's that draws with the display's device and runs until it is ended.
test_egl_client() {
	weston-simple-dmabuf-egl -d "$(wayland_card)" >"$out" 2>&1 &
	pid=$!
	sleep 6
	check 'simple-dmabuf-egl: it runs' kill -0 "$pid"
	check 'simple-dmabuf-egl: a capture' capture
	check 'simple-dmabuf-egl: the screen is not black' not_black "$work/shot.png"
	end_client TERM
	check 'simple-dmabuf-egl: kiosk lives' wayland_runs
}

# It has come to the end of what it does: four buffers for the renderer, and four more for the screen.
followed_feedback() { says 'Presenting in zero-copy mode' && reports kiosk "r['buffers']['imported'] == 8"; }

# A client of weston's that makes new buffers as the feedback tells: of XRGB8888 first, of another format of the scanout
# tranche later. It ends after three seconds of the clock: on a machine that is slow for want of warm caches in the middle,
# with a wl_buffer under way that it then destroys twice. So it is run until it comes through.
test_feedback_client() {
	local status=0 try
	for try in 1 2 3 4 5 6 7 8; do
		rm -f "$work/kiosk" "$work/shot.png"
		status=0
		timeout 60 "$kiosk" --socket wayland-kiosk --size $size --capture "$work/shot.png" --capture-after 4 \
			--report "$work/kiosk" -- weston-simple-dmabuf-feedback >"$out" 2>&1 || status=$?
		! followed_feedback || break
		printf '# simple-dmabuf-feedback: try %d was cut short by the clock\n' "$try"
	done
	check "simple-dmabuf-feedback: kiosk has the client's exit status 0" is $status 0
	check 'simple-dmabuf-feedback: the client sees that it is shown directly' says 'Presenting in zero-copy mode'
	check 'simple-dmabuf-feedback: and stays so with its new buffers' \
		eval "! says 'Stopped presenting in zero-copy mode'"
	check 'simple-dmabuf-feedback: the screen is not black' not_black "$work/shot.png"
	check "simple-dmabuf-feedback: kiosk's report" reports kiosk "r['frames']['direct'] > 0
		and r['frames']['uploaded'] == 0 and r['buffers']['imported'] == 8 and r['buffers']['refused'] == 0"
	check 'simple-dmabuf-feedback: no dma-buf is left' within_seconds 30 no_dma_buf_is_left
}

# test_camera HOW CAMERA FORMAT CONDITION [OPTION]...: the picture, and the client's report.
test_camera() {
	local name="$1, ${2##*/}, $3"
	begin_client --camera "$2" --format "$3" "${@:5}"
	check "$name: a capture" capture
	end_client TERM
	check "$name: exit status 0" is $? 0
	check "$name: the picture has vivid's bars" bars "$work/shot.png"
	check "$name: the client's report" reports client "r['plan']['format'] == '$3' and r['frames']['shown'] > 4 and $4"
}

# A client dies in the middle of its stream: nothing of it is left.
test_client_killed() {
	local before buffers
	before=$(state) buffers=$(dma_bufs)
	begin_client --camera /dev/video0 --format XR24
	check "$1, a client is killed: it had four buffers" [ "$(dma_bufs)" -ge $((buffers + 4)) ]
	end_client KILL
	check "$1, a client is killed: kiosk lives" wayland_runs
	check "$1, a client is killed: its fds and dma-bufs are gone" within_seconds 30 is_state "$before"
}

test_kiosk_killed() {
	local status=0
	check 'kiosk comes up to be killed' start_kiosk
	begin_client --camera /dev/video0 --format NV12
	kill -KILL "$wayland_pid"
	wait "$pid" || status=$?
	check 'kiosk is killed: the client has exit status 4' is $status 4
	wayland_stop
	check 'kiosk is killed: no dma-buf is left' within_seconds 30 no_dma_buf_is_left
}

test_direct() {
	local shared="r['copies'] == 0 and r['same_objects']" direct nv12
	direct="$shared and r['frames']['scanned_out'] > 0" nv12=$direct
	# vkms of 6.12 does not show it.
	[ "$BOOT" != 6.12-wayland ] || nv12="$shared and r['frames']['scanned_out'] == 0"
	check 'kiosk comes up' start_kiosk
	test_offer 5
	test_egl_client
	test_camera direct /dev/video0 NV12 "$nv12"
	check 'direct: the scanout tranche comes first' reports client "r['compositor']['tranches'][0]['scanout']
		and not r['compositor']['tranches'][-1]['scanout']"
	check 'direct: told anew when it covers the screen, without a storm' reports client \
		"1 <= r['feedback_rounds'] <= 3 and r['replans'] <= 2"
	test_client_killed direct
	test_camera direct /dev/video0 XR24 "$direct"
	# Told that the compositor's main device does not draw, the client may use other memory than the display's.
	test_camera direct /dev/video1 XR24 "$direct and r['plan']['source'] in ('default_cma_region', 'reserved')" \
		--renderer llvmpipe
	stop_kiosk direct "r['frames']['direct'] > 20 and r['buffers']['refused'] == 0"
}

test_drawn() {
	local format drawn="r['copies'] == 0 and r['same_objects'] and r['frames']['scanned_out'] == 0
		and r['feedback_rounds'] == 0 and not any(t['scanout'] for t in r['compositor']['tranches'])"
	check 'kiosk comes up to draw' start_kiosk --never-direct
	test_client_killed drawn
	for format in XR24 NV12; do
		test_camera drawn /dev/video0 $format "$drawn"
	done
	test_camera 'drawn, copied' /dev/video0 XR24 "r['copies'] > 4 and r['frames']['scanned_out'] == 0" --force-shm
	stop_kiosk drawn "r['frames']['direct'] == 0 and r['frames']['drawn'] > 15 and r['frames']['uploaded'] == 0"
}

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
test_version 3
test_version 4
test_direct
test_drawn
test_kiosk_killed
# It asserts that there is a device, and libdrm sees none of those of 7.3.
[ "$BOOT" != 6.12-wayland ] || test_feedback_client
modprobe -r vivid
rm -rf "$work"
echo "1..$count"
