#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# A camera's frames on a display through shared buffers: the picture is right, nothing was copied, nothing is left.
program=$BUILD_DIR/examples/camera-to-kms/camera-to-kms
minimal=$BUILD_DIR/examples/minimal
work=$(mktemp -d)
card=/dev/dri/$(basename "$(compgen -G '/sys/class/drm/card*-Virtual-*' | head -n 1)" | cut -d - -f 1)
frames=15
count=0

check() {
	local what=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/check" 2>&1; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		sed 's/^/#   /' "$work/check"
	fi
}

# Pairs of a description and a Python expression over the report r. One start of Python for all: it is slow here.
reports() {
	python3 -IS - "$work/report" "$@" >"$work/check" 2>&1 <<'EOF' || echo 'not ok - the report can be read' >>"$work/check"
import json, sys
r = json.load(open(sys.argv[1]))
for what, expression in zip(sys.argv[2::2], sys.argv[3::2]):
    holds = eval('(' + expression + ')')
    print('ok - ' + what if holds else 'not ok - %s\n#   %s' % (what, json.dumps(r)))
EOF
	local line
	while IFS= read -r line; do
		case $line in
		'ok - '* | 'not ok - '*)
			count=$((count + 1))
			echo "${line%% - *} $count - ${line#* - }"
			;;
		*) echo "# $line" ;;
		esac
	done <"$work/check"
}

# A picture that does not move and differs in both directions, and a frame of it that went through no dma-buf.
take_reference() {
	local camera=$1 format=$2 width=${3%x*} height=${3#*x}
	v4l2-ctl -d "$camera" -c "osd_text_mode=2,test_pattern=4" &&
		v4l2-ctl -d "$camera" -v "width=$width,height=$height,pixelformat=$format" -p 30 \
			--stream-mmap=2 --stream-count=1 --stream-to="$work/reference"
} >"$work/reference.log" 2>&1

camera_state() {
	v4l2-ctl -d "$1" -V -P | grep -v 'Read buffers'
}

# Without what the last commit touched.
display_state() {
	grep -v '_changed=' /sys/kernel/debug/dri/"${card##*card}"/state
}

# What another program would have left.
set_camera() {
	v4l2-ctl -d "$1" -v width=320,height=180,pixelformat=YUYV -p 10 >/dev/null
}

dma_bufs() {
	grep -o 'Total [0-9]* objects' /sys/kernel/debug/dma_buf/bufinfo
}

maps_dma_buf() {
	grep 'mmap(.*</dmabuf:' "$1"
}

is() { [ "$1" = "$2" ] || { printf '%s\nis not\n%s\n' "$1" "$2"; return 1; }; }
not() { ! "$@"; }
succeeded() { [ "$1" = 0 ] || { echo "exit status $1"; cat "$work/out"; return 1; }; }

run() {
	timeout 90 strace -f --seccomp-bpf -y -e trace=mmap -o "$work/strace" \
		"$program" --camera "$1" --display "$card" --format "$2" --size "$3" \
		--frames "$frames" --report "$work/report" "${@:4}" >"$work/out" 2>&1
}

# After the four arguments follow more pairs for reports.
test_case() {
	local camera=$1 format=$2 size=$3 name=$4
	local camera_before display_before
	take_reference "$camera" "$format" "$size"
	set_camera "$camera"
	camera_before=$(camera_state "$camera") display_before=$(display_state)
	rm -f "$work/report" "$work/strace"
	run "$camera" "$format" "$size" --compare "$work/reference"
	check "$name: exit status 0" succeeded $?
	reports "$name: all frames were shown, in a plan without copies" \
		"r['frames']['shown'] == $frames <= r['frames']['captured'] and r['plan']['copies'] == 0
		 and r['plan']['format'] == '$format' and r['fps'] > 0" \
		"$name: what was shown is what the camera saw" \
		"r['comparison']['match'] and (r['comparison']['pixels_different'] == 0
		 if '$format' == 'XR24' else r['comparison']['psnr'] > 45)" \
		"$name: each framebuffer is the dma-buf queued to the camera" \
		"r['same_objects'] and all(p['queued'] == p['shown'] > 0 for b in r['buffers'] for p in b)
		 and len({b[0]['queued'] for b in r['buffers']}) == len(r['buffers']) >= 4" \
		"${@:5}"
	check "$name: the pixels are never mapped" not maps_dma_buf "$work/strace"
	check "$name: the trace would have shown a mapping" grep -q "mmap(.*<$card>" "$work/strace"
	check "$name: the camera has its format and rate again" is "$(camera_state "$camera")" "$camera_before"
	check "$name: the display has its state again" is "$(display_state)" "$display_before"
	check "$name: no dma-buf is left" is "$(dma_bufs)" 'Total 0 objects'
}

test_any_memory() {
	local name="any-memory camera, $1 $2"
	test_case /dev/video0 "$1" "$2" "$name" \
		"$name: scarce memory is left alone" "r['plan']['source'] == 'system' and not r['plan']['contiguous']"
}

# The system heap is out before anything is allocated, and the reason says whose need it is and how that is known.
test_contiguous() {
	local name="contiguous-only camera, $1 $2"
	test_case /dev/video1 "$1" "$2" "$name" \
		"$name: the CMA heap was chosen" \
		"r['plan']['source'] in ('default_cma_region', 'reserved') and r['plan']['contiguous']" \
		"$name: the system heap was ruled out with the reason" \
		"any(x['source'] == 'system' and '/dev/video1' in x['text'] and 'dma-contig' in x['text']
		     for x in r['plan']['rejections'])"
	check "$name: a person is told so, too" grep -q 'ruled out: system: .*/dev/video1' "$work/out"
}

test_conflict() {
	rm -f "$work/report"
	run /dev/video0 NV12 640x360
	check 'NV12 where no plane has it: exit status 1' is $? 1
	check 'NV12 where no plane has it: the conflict names format and display' \
		grep -E "NV12.*$card|$card.*NV12" "$work/out"
	reports 'NV12 where no plane has it: the report says so' "r['conflict']['dimension'] == 'format'"
	check 'NV12 where no plane has it: no dma-buf is left' is "$(dma_bufs)" 'Total 0 objects'
}

# The checks above can fail.
test_controls() {
	take_reference /dev/video0 XR24 640x360
	v4l2-ctl -d /dev/video0 -c test_pattern=0
	run /dev/video0 XR24 640x360 --compare "$work/reference"
	check 'another picture is told from the right one' is $? 4
	reports 'another picture: the report says so' \
		"not r['comparison']['match'] and r['comparison']['pixels_different'] > 1000"
	strace -f --seccomp-bpf -y -e trace=mmap -o "$work/strace" python3 - <<'EOF'
import fcntl, mmap, os, struct
heap = os.open('/dev/dma_heap/system', os.O_RDWR)
wish = bytearray(struct.pack('QIIQ', 4096, 0, os.O_RDWR, 0))
fcntl.ioctl(heap, 0xc0184800, wish) # DMA_HEAP_IOCTL_ALLOC
mmap.mmap(struct.unpack('QIIQ', wish)[1], 4096)
EOF
	check 'a mapping of a dma-buf is noticed' maps_dma_buf "$work/strace"
}

test_interrupt() {
	local display_before process status
	display_before=$(display_state)
	rm -f "$work/report"
	"$program" --camera /dev/video0 --display "$card" --format XR24 --frames 0 --report "$work/report" \
		>"$work/out" 2>&1 &
	process=$!
	sleep 3
	kill -INT "$process"
	wait "$process"
	status=$?
	check 'interrupted: exit status 0' is "$status" 0
	reports 'interrupted: frames were shown until then' "r['frames']['shown'] > 10"
	check 'interrupted: the display has its state again' is "$(display_state)" "$display_before"
	check 'interrupted: no dma-buf is left' is "$(dma_bufs)" 'Total 0 objects'
}

test_arguments() {
	"$program" --size 0x10 >"$work/out" 2>&1
	check 'a size of 0: exit status 2' is $? 2
	"$program" --buffers 1 >"$work/out" 2>&1
	check 'too few buffers: exit status 2' is $? 2
	"$program" --camera /dev/null >"$work/out" 2>&1
	check 'a camera that is none: exit status 3' is $? 3
	check 'a camera that is none: the message names it' grep -q /dev/null "$work/out"
}

test_minimal() {
	"$minimal" /dev/video0 "$card" >"$work/out" 2>&1
	check 'the program of README.md: exit status 0' is $? 0
	check 'the program of README.md: four buffers' is "$(grep -c 'fd [0-9]*, stride 2560' "$work/out")" 4
}

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
check 'strace is installed' command -v strace
formats='NV12 XR24'
[ "$BOOT" != 6.12 ] || formats=XR24
for format in $formats; do
	for size in 640x360 1920x1080; do
		test_any_memory "$format" "$size"
		test_contiguous "$format" "$size"
	done
done
[ "$BOOT" != 6.12 ] || test_conflict
test_controls
test_interrupt
test_arguments
test_minimal
modprobe -r vivid
rm -rf "$work"
echo "1..$count"
