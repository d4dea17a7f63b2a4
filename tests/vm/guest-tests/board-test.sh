#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# cenalloc board-test on real devices: all holds, the reports are what they should be, and cameras are as they were, also
# when it is interrupted.
. "$(dirname "$0")/../tap.sh"
tool=$BUILD_DIR/tools/cenalloc
work=$(mktemp -d)
out=$work/out

# board NAME [OPTION]...: its reports in $work/NAME.
board() {
	local name=$1
	shift
	timeout 200 "$tool" board-test --output "$work/$name" "$@" >"$work/$name.text" 2>"$work/$name.err"
	local status=$?
	{ cat "$work/$name.text" "$work/$name.err"; } >"$out"
	return $status
}
says() { grep -qE -- "$1" "$out"; }
tells() { grep -qE -- "$2" "$work/$1/report.tap"; }
state() { v4l2-ctl -d "$1" --get-fmt-video --get-parm --get-selection target=crop --get-selection target=compose 2>/dev/null; }
states() { for n in 0 2 3; do state $n; done; }
unchanged() { states | cmp -s - "$work/before"; }
changed() { ! unchanged; }
reports_are_sound() { python3 -B "$SOURCE_DIR/tests/tool/reports.py" "$work/$1" >"$out" 2>&1; }
dma_bufs() { sed -nE 's/^Total ([0-9]+) objects.*/\1/p' /sys/kernel/debug/dma_buf/bufinfo; }
is() { [ "$1" = "$2" ] || { printf '%s is not %s\n' "$1" "$2" >>"$out" && return 1; }; }

if [ ! -x "$tool" ] || [ ! -x "$BUILD_DIR/backends/egl/cenalloc-probe-egl" ] || ! command -v v4l2-ctl >/dev/null || ! command -v python3 >/dev/null; then
	echo '1..0 # SKIP needs the cenalloc tool with EGL, v4l2-ctl and python3'
	exit 0
fi
modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=3 node_types=0x101,0x1,0x1 allocators=0,1,1 multiplanar=1,1,2
v4l2-ctl -d 2 --set-fmt-video=width=1280,height=720,pixelformat=NV12 >/dev/null 2>&1
states >"$work/before"

# Emulated, a GPU that is a CPU takes seconds for a picture: once, for a pipeline of its own.
check 'software GPU: what was promised holds' board gpu --quick --usage capture=/dev/video0 --usage texture=egl:llvmpipe \
	--size 320x180 --format XR24
check 'software GPU: the reports' reports_are_sound gpu
check 'software GPU: it was tried' tells gpu '^ok .*texture=egl:llvmpipe 320x180 XR24: plan 1, from system$'
export CENALLOC_DISABLE_BACKENDS=egl,vulkan

check 'quick: everything that was promised holds' board quick --quick --limit 12
check 'quick: the reports agree and are well-formed' reports_are_sound quick
check 'quick: a plan for the camera of any memory' tells quick '^ok .*capture=/dev/video0 .*: plan 1, from system'
check 'quick: a plan for the contiguous camera' \
	tells quick '^ok .*capture=/dev/video2 .*: plan 1, from (default_cma_region|reserved)'
check 'quick: it streams' tells quick '^ok .*: stream from /dev/video2$'
check 'quick: the state of each camera is told' tells quick '^ok .*/dev/video3: state restored$'
check 'quick: each camera is as it was' unchanged
machine_is_readable() { "$tool" describe /dev/video2 --usage capture --size 640x480 --machine "$work/quick/machine.json" >"$out" 2>&1; }
check 'quick: the machine file is readable' machine_is_readable
check 'quick: no dma-buf is left' is "$(dma_bufs)" 0

check 'a pipeline, in full' board full --full --usage capture=/dev/video2 --usage cpu-read=cpu --size 640x480 --format NV12,XR24
check 'a pipeline: the reports' reports_are_sound full
check 'a pipeline: scattered memory is refused, as the solver said' \
	tells full '^ok .*NV12: ruled out rightly, from system$'
check 'a pipeline: with what the kernel said' tells full 'refused, as the solver said: .*VIDIOC_PREPARE_BUF: Bad address'
check 'a pipeline: each camera is as it was' unchanged

v4l2-ctl -d 2 --stream-mmap --stream-count=100000 >"$work/stream" 2>&1 &
streamer=$!
within_seconds 30 grep -q '<' "$work/stream"
check 'a camera in use: nothing fails' board busy --usage capture=/dev/video2 --usage cpu-read=cpu --size 640x480
check 'a camera in use: it is told' tells busy '^ok .*# SKIP (a device is in use elsewhere|another program)'
check 'a camera in use: it still streams' kill -0 "$streamer"
kill "$streamer"
wait "$streamer" 2>/dev/null

"$tool" board-test --output "$work/stopped" --usage capture=/dev/video0 --usage cpu-read=cpu --size 320x180 --format YUYV \
	--frames 1000 >"$work/stopped.text" 2>&1 &
runner=$!
check 'interrupted: the camera runs' within_seconds 30 changed
kill -INT "$runner"
wait "$runner"
check 'interrupted: status 1' is $? 1
check 'interrupted: the camera is as it was' unchanged
check 'interrupted: the reports' reports_are_sound stopped
check 'interrupted: it is told' tells stopped 'stopped by signal 2'
check 'interrupted: the state is told' tells stopped '^ok .*/dev/video0: state restored$'
check 'interrupted: no dma-buf is left' within_seconds 30 is "$(dma_bufs)" 0

modprobe -r vivid
rm -rf "$work"
echo "1..$count"
