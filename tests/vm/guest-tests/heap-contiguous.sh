#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# What a source says of its memory is what a camera that needs contiguous memory finds when it imports the buffer.
tool=$BUILD_DIR/tools/cenalloc
pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
before=$(cat "$pages" 2>/dev/null || echo 0)
trap 'rm -f "$out"; [ ! -e "$pages" ] || echo "$before" >"$pages"; modprobe -r vivid' EXIT

alloc() {
	"$tool" alloc --usage capture="$1" --usage scanout="$card" --size 640x360 --format XR24 --heap "$2" --verify \
		>"$out" 2>&1
}

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
card=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .* vkms .*/\1/p' | head -n 1)
[ ! -e "$pages" ] || echo 4 >"$pages"

"$tool" list >"$out"
contiguous=$(sed -nE 's/^([^/ ]+) +(heap|udmabuf) +contiguous .*/\1/p' "$out")
scattered=$(sed -nE 's/^([^/ ]+) +(heap|udmabuf) +scattered .*/\1/p' "$out")
check 'there are contiguous sources' test -n "$contiguous"
check 'there are scattered sources' test -n "$scattered"
for source in $contiguous; do
	check "$source: the camera that needs contiguous memory takes it" alloc /dev/video1 "$source"
	check "$source: each device was shown each buffer" grep -q '^verified' "$out"
done
for source in $scattered; do
	check "$source: the camera that takes any memory takes it" alloc /dev/video0 "$source"
	alloc /dev/video1 "$source"
	check "$source: for the other there is no plan" test $? -eq 1
	check "$source: because it is scattered" grep -q "$source: memory is scattered" "$out"
done
echo "1..$count"
