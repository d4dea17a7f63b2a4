#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# boots: 7.3-wayland
# cenalloc board-test beside a compositor that has the display: the picture on the screen is the one before.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../wayland.sh"
tool=$BUILD_DIR/tools/cenalloc
work=$(mktemp -d)
out=$work/out
export CENALLOC_DISABLE_BACKENDS=egl,vulkan

has_framebuffer() { grep -q '^framebuffer' "/sys/kernel/debug/dri/$minor/framebuffer"; }
# What is set, without what changes from picture to picture.
kms() { grep -vE '_changed=|refcount=|vaddr=|pages_|fb=|start=' "/sys/kernel/debug/dri/$minor/state"; }
is_same_kms() { kms >"$work/kms-after" && diff "$work/kms" "$work/kms-after" >"$out"; }
shot() { wayland_screenshot "$work/$1.png"; }
is_same_picture() { cmp "$work/before.png" "$work/$1.png" >"$out" 2>&1; }
# The desktop is painted late: until two pictures are the same.
shot_of_calm() {
	local try
	for try in 1 2 3 4 5 6; do
		shot before && sleep 1 && shot again && is_same_picture again && return 0
		echo "# picture $try differs from the next"
	done
	return 1
}
tells() { grep -qE -- "$1" "$work/report/report.tap"; }
reports_are_sound() { python3 -B "$SOURCE_DIR/tests/tool/reports.py" "$work/report" >"$out" 2>&1; }
board() { timeout 200 "$tool" board-test --quick --output "$work/report" >"$out" 2>&1; }
# The session daemon holds the display for weston.
is_master() { grep -qE '^ *(seatd|weston) .* y +y ' "/sys/kernel/debug/dri/$minor/clients"; }

if [ ! -x "$tool" ] || ! command -v weston >/dev/null; then
	echo '1..0 # SKIP needs the cenalloc tool and weston'
	exit 0
fi
modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
card=$(wayland_card)
minor=${card#/dev/dri/card}
check 'weston starts on the display' wayland_start_weston_drm pixman
check 'weston: has the display' has_framebuffer
check 'weston: a picture that stays' shot_of_calm
check 'weston: is master of the display' is_master
kms >"$work/kms"

check 'board-test: what was promised holds' board
check 'board-test: the reports' reports_are_sound
check 'board-test: the display takes framebuffers' tells "^ok .*scanout=$card .*: plan 1"
check 'weston: still runs' wayland_runs
check 'weston: still answers' wayland_answers
check 'weston: still has the display' is_master
check 'the display is set as before' is_same_kms
check 'weston: a picture after it' shot after
check 'weston: shows the same' is_same_picture after

wayland_stop
modprobe -r vivid
rm -rf "$work"
echo "1..$count"
