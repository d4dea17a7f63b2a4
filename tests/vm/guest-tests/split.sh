#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# `cenalloc solve --split` on real drivers: what the display writes back, an encoder takes only after vim2m or the CPU.
. "$(dirname "$0")/../tap.sh"
tool=$BUILD_DIR/tools/cenalloc
work=$(mktemp -d)
out=$work/out
# Software renderers would do as well, and take seconds to ask.
export CENALLOC_DISABLE_BACKENDS=egl,gbm,vulkan

split() {
	"$tool" solve --split --usage "writeback=$card" --usage "encode=$encoder" --size 640x480 "$@" 2>&1 |
		tr -s ' ' >"$work/out"
	return "${PIPESTATUS[0]}"
}
says() { grep -q -- "$1" "$work/out"; }
fails() { ! "$@"; }
# Both buffers of the split, each shown to the device and to the copier.
allocates() { "$tool" alloc --size 640x480 --count 2 --verify "$@" >"$work/out" 2>&1 && says '^verified'; }

if [ ! -x "$tool" ]; then
	echo '1..0 # SKIP needs the cenalloc tool'
	exit 0
fi
modprobe -r vivid vim2m vicodec 2>/dev/null
modprobe vim2m
modprobe vicodec
card='' encoder='' scaler=''
for node in /dev/dri/card*; do
	[ "$(basename "$(readlink "/sys/class/drm/${node##*/}/device/driver")")" = vgem ] || card=$node
done
for node in /sys/class/video4linux/video*; do
	case $(<"$node/name") in
	*stateful-enc*) encoder=/dev/${node##*/} ;;
	vim2m) scaler=/dev/${node##*/} ;;
	esac
done

check 'RGB565 to YUYV: two groups' split --format RG16,YUYV
check 'RGB565 to YUYV: what is read and written' says "^2 buffers, 1 copy: 1,228,800 bytes per frame"
check 'RGB565 to YUYV: vim2m converts' says "^copy by $scaler (2D engine): 614,400 + 614,400 bytes per frame"
check 'RGB565 to YUYV: the CPU does not' says 'not cpu (core): copies only between LINEAR layouts of one format'
check 'the buffer before the copy' allocates --usage "writeback=$card" --usage "output=$scaler" --format RG16
check 'the buffer behind the copy' allocates --usage "capture=$scaler" --usage "encode=$encoder" --format YUYV
check 'RGB565 to NV12: no split' fails split --format RG16,NV12
check 'RGB565 to NV12: vim2m cannot write it' says "$scaler (v4l2): cannot write it"

modprobe -r vim2m
modprobe -r vicodec
rm -rf "$work"
echo "1..$count"
