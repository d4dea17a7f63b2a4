#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# What `cenalloc` tells about GPUs as EGL drives them, and a camera's buffers that llvmpipe samples.
. "$(dirname "$0")/../tap.sh"
tool=$BUILD_DIR/tools/cenalloc
work=$(mktemp -d)
out=$work/out

if [ ! -x "$BUILD_DIR/backends/egl/cenalloc-probe-egl" ] || ! ldconfig -p | grep -q libEGL.so.1; then
	echo '1..0 # SKIP needs the egl backend and libEGL.so.1'
	exit 0
fi

# ask COMMAND [OPTION]...: the answer, one blank between words, in $work/out.
ask() {
	"$tool" "$@" 2>&1 | tr -s ' ' >"$work/out"
	return "${PIPESTATUS[0]}"
}
says() { grep -q -- "$1" "$work/out"; }
refused() { ! ask "$@"; }
# verified CAMERA FORMAT COUNT
verified() {
	ask alloc --usage "capture=$1" --usage texture=egl:llvmpipe --size 640x360 --format "$2" --count "$3" --verify &&
		says '^verified'
}

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1

ask list
check 'list: software rendering' says '^llvmpipe software rendering swrast egl ok texture, render$'
check 'list: the render node of vgem' says '^/dev/dri/renderD128 vgem vgem egl ok texture, render$'
check 'list: vkms, which has no render node' says '^/dev/dri/card1 .* egl ok texture, render$'
check 'list: not the card of vgem, which has one' refused describe egl:/dev/dri/card0 --usage texture

ask describe egl:llvmpipe --usage texture --size 640x360 --format XR24,NV12,YUYV
check 'texture: three formats' says '^ NV12 XR24 YUYV LINEAR$'
check 'texture: fds for reading and writing' says 'fd-mode read-write quirk'
check 'texture: memory that can be mapped' says 'cpu-mappable yes quirk'
check 'texture: the size is what GL says' says 'width-max 16,384 pixels queried GL_MAX_TEXTURE_SIZE'
check 'texture: the driver is told' says 'driver: swrast, llvmpipe'
ask describe egl:llvmpipe --usage render --size 640x360 --format XR24,NV12
check 'render: rows of 64 bytes' says 'stride-align 64 bytes quirk'
check 'render: blocks of 4 rows' says 'height-align 4 rows quirk'
check 'render: no YUV' says '^ XR24 LINEAR$'

# Mesa before 25.3: what such a driver does with a buffer is shown by egl-pixels.
check 'kms_swrast on a render node is refused' refused describe egl:/dev/dri/renderD128 --usage texture
check 'kms_swrast on a render node: why' says 'kms_swrast of .* crashes with every buffer but dumb buffers of its card'
ask describe egl:/dev/dri/card1 --usage texture --format XR24
check 'kms_swrast on a card: its own buffers only' says 'exporter .* quirk kms_swrast maps its own dumb buffers only'

check 'camera, any memory: NV12 for llvmpipe, verified' verified /dev/video0 NV12 2
check 'camera, any memory: YUYV for llvmpipe, verified' verified /dev/video0 YUYV 1
check 'camera, contiguous memory: XR24 for llvmpipe, verified' verified /dev/video1 XR24 1
check 'render: XR24 for llvmpipe, verified' ask alloc --usage render=egl:llvmpipe --size 642x362 --format XR24 --verify
check 'vkms: its own buffers for its own llvmpipe, verified' \
	ask alloc --usage texture=egl:/dev/dri/card1 --size 640x360 --format XR24 --verify

export CENALLOC_EGL_PROBE=$work/probe
ask list
check 'no program: no software device' eval '! says "^llvmpipe .* egl "'
check 'no program: a node cannot be described' refused describe egl:/dev/dri/card1 --usage texture
check 'no program: it is told' says 'the program cenalloc-probe-egl is not installed'
# shellcheck disable=SC2016 # for the program
printf '#!/bin/sh\nkill -ABRT $$\n' >"$work/probe"
chmod 755 "$work/probe"
check 'a program that crashes' refused describe egl:llvmpipe --usage texture
check 'a program that crashes: it is told' says 'was ended by signal 6'
unset CENALLOC_EGL_PROBE
check 'passive: no driver is started' refused describe egl:/dev/dri/card1 --usage texture --passive
check 'passive: it is told' says 'starting its driver, which was not allowed'

modprobe -r vivid
rm -rf "$work"
echo "1..$count"
