#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# record-session.sh BUILD OUT: in the guest, records the frames of an evening with two cameras, into OUT/session.trace:
#     tests/vm/guest --timeout 600 --share /tmp/out -- tests/bench/record-session.sh $PWD/build /tmp/out
# Windows of weston open at one size and another, alone and two at once; the camera goes to the display directly; then a
# compositor that links cenalloc shows full screens.
set -uo pipefail
build=$1 out=$2
here=$(dirname "$0")
. "$here/../vm/wayland.sh"
client=$build/examples/wayland/camera-client/camera-client

# window SECONDS CAMERA SIZE BUFFERS
window() {
	timeout --signal=TERM "$1" "$client" --camera "/dev/video$2" --size "$3" --buffers "$4" --fps 5 --frames 0 \
		>>"$out/clients" 2>&1
}

modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,0
"$here/record-frames" "$out/session.trace" &
recorder=$!

wayland_start_weston gl --width=640 --height=360
# It takes a client some seconds to start here, so that those that overlap are long.
window 22 0 640x360 4 &
window 60 1 320x180 6 &
sleep 24
window 20 0 1280x720 4
window 26 0 1920x1080 4 &
sleep 15
window 40 1 640x480 5 &
sleep 12
window 20 0 1280x960 4
window 25 0 640x360 8 &
sleep 12
window 20 1 1600x1200 4
mapfile -t windows < <(jobs -p | grep -vx -e "$recorder" -e "$wayland_pid")
wait "${windows[@]}"
wayland_stop

for size in 320x180 640x360 640x480 1280x720; do
	timeout 20 "$build/examples/camera-to-kms/camera-to-kms" --camera /dev/video0 --size "$size" --frames 6 \
		>>"$out/clients" 2>&1
done
for size in 640x360 1280x720; do
	timeout 25 "$build/examples/wayland/kiosk/kiosk" --size 640x360 -- \
		"$client" --camera /dev/video0 --size "$size" --fps 5 --frames 12 --renderer llvmpipe >>"$out/clients" 2>&1
done
kill -TERM "$recorder"
wait "$recorder"
