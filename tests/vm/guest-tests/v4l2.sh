#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# What `cenalloc` tells about V4L2 queues, idle and while another process streams.
. "$(dirname "$0")/../tap.sh"
tool=$BUILD_DIR/tools/cenalloc
work=$(mktemp -d)
out=$work/out

# ask DEVICE [OPTION]...: the answer, one blank between words, in $work/out.
ask() {
	"$tool" describe "$@" 2>&1 | tr -s ' ' >"$work/out"
	return "${PIPESTATUS[0]}"
}
says() { grep -q -- "$1" "$work/out"; }
says_not() { ! grep -q -- "$1" "$work/out"; }
state() { v4l2-ctl -d "$1" --get-fmt-video --get-selection target=crop --get-selection target=compose 2>/dev/null; }
unchanged() { state "$1" | cmp -s - "$work/before"; }
streams() { grep -q '<' "$work/stream"; }

if [ ! -x "$tool" ] || ! command -v v4l2-ctl >/dev/null; then
	echo '1..0 # SKIP needs the cenalloc tool and v4l2-ctl'
	exit 0
fi
modprobe -r vivid vim2m vicodec 2>/dev/null
modprobe vivid n_devs=3 allocators=0,1,1 multiplanar=1,1,2 node_types=0x101,0x101,0x101
modprobe vim2m
modprobe vicodec
# The order of the codec's nodes is not promised: they are found by their names.
encoder='' decoder=''
for node in /sys/class/video4linux/video*; do
	case $(<"$node/name") in
	*stateful-enc*) encoder=/dev/${node##*/} ;;
	*stateful-dec*) decoder=/dev/${node##*/} ;;
	esac
done

"$tool" list | tr -s ' ' >"$work/out"
check 'list: the camera captures' says '^/dev/video0 .* capture$'
check 'list: the output outputs' says '^/dev/video1 .* output$'
check 'list: vim2m does both' says '^/dev/video6 .* capture, output$'
check 'list: the encoder encodes' says "^$encoder .* encode\$"
check 'list: the decoder decodes' says "^$decoder .* decode\$"

ask /dev/video0 --usage capture --size 640x360 --format XR24,NV12
check 'vmalloc camera: any memory' says_not 'segments'
check 'vmalloc camera: any stride from the natural one' says 'stride-min 2,560 bytes'
check 'vmalloc camera: no fixed stride' says_not 'stride-exact'
check 'vmalloc camera: chroma after 360 rows' says 'chroma-rows 360 rows derived'
check 'vmalloc camera: at least two buffers' says 'count-min 2 probed'

ask /dev/video0 --usage capture --size 8000x6000 --format XR24
check 'a size it does not have: its own width is told' says 'width-max'
check 'a size it does not have: no layout' says_not 'stride-'

ask /dev/video4 --usage capture --size 640x360 --format NV12,NV16
check 'multi-planar camera: one object and one for each plane' says 'objects per-plane'
check 'multi-planar camera: data_offset is noted' says 'NV16: plane 0: sizeimage has 128 bytes more'

ask /dev/video6 --usage output --size 640x360 --format BG24
check 'vim2m: a fixed stride' says 'stride-exact 1,920 bytes'
check 'vim2m: its largest size' says 'width-max 640 pixels queried'
ask "$encoder" --usage encode --size 1280x720 --format NV12
check 'encoder: pictures on its OUTPUT side' says 'size-min 1,382,400 bytes'
ask "$decoder" --usage decode --size 1280x720 --format NV12
check 'decoder: pictures on its CAPTURE side' says 'size-min 1,382,400 bytes'
refused() { ! ask "$@" && says_not 'stride-'; }
check 'a usage it cannot do' refused /dev/video0 --usage output --size 640x360

chmod 600 /dev/video0
setpriv --reuid 65534 --regid 65534 --clear-groups "$(public_tool)" list 2>&1 | tr -s ' ' >"$work/out"
check 'no permission: the device is listed' says '^/dev/video0 '
check 'no permission: the owner and the mode are told' says 'root:root 0600'
chmod 660 /dev/video0

v4l2-ctl -d 2 --set-fmt-video=width=1280,height=720,pixelformat=NV12 >/dev/null 2>&1
state 2 >"$work/before"
ask /dev/video2 --usage capture --size 640x360 --format NV12 --passive
check 'passive: contiguous memory is assumed' says 'segments 1 assumed'
ask /dev/video2 --usage capture --size 640x360 --format NV12
check 'contiguous camera: probed' says 'segments 1 probed vb2 dma-contig'
check 'contiguous camera: the format is what it was' unchanged 2
"$tool" alloc --usage capture=/dev/video2 --size 640x360 --format XR24 --count 2 --verify >"$work/out" 2>&1
check 'contiguous camera: takes what was planned for it' says '^verified'
check 'contiguous camera: the format is what it was after a trial' unchanged 2

v4l2-ctl -d 2 --stream-mmap --stream-count=100000 >"$work/stream" 2>&1 &
streamer=$!
for _ in $(seq 50); do
	streams && break
	sleep 0.1
done
check 'another process streams' streams
ask /dev/video2 --usage capture --size 640x360 --format NV12
check 'busy: the layout is told' says 'chroma-rows 360 rows'
check 'busy: contiguous memory is assumed' says 'segments 1 assumed'
check 'busy: the note says why' says 'memory class: another process owns the queue (EBUSY)'
check 'busy: the format is what it was' unchanged 2
check 'busy: it still streams' kill -0 "$streamer"
kill "$streamer"
wait "$streamer" 2>/dev/null

modprobe -r vivid
modprobe -r vim2m
modprobe -r vicodec
rm -rf "$work"
echo "1..$count"
