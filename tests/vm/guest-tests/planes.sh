#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# A dma-buf for each plane: described, laid out, allocated from each kind of source, and taken by every device.
tool=$BUILD_DIR/tools/cenalloc
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
trap 'rm -f "$out"; modprobe -r vivid' EXIT

modprobe -r vivid vim2m vicodec 2>/dev/null
# Both speak the multi-planar API; the first takes any memory, the second contiguous memory only.
if ! modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1 multiplanar=2,2; then
	echo '1..0 # SKIP no vivid'
	exit 0
fi
display=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .*vkms.*/\1/p' | head -n 1)

# alloc FORMAT CAMERA SOURCE: two verified buffers with a dma-buf for each plane.
alloc() {
	local usages=(--usage "capture=$2" --usage cpu-read=cpu)
	[ -z "$shows" ] || usages+=(--usage "scanout=$display")
	"$tool" alloc "${usages[@]}" --size 640x360 --format "$1" --count 2 --heap "$3" \
		--constraint objects=per-plane --verify --json >"$out" 2>&1
}

# objects N: every plane begins its own object, and there are N in a buffer.
objects() {
	python3 - "$1" "$out" <<'PYTHON'
import json, sys
def walk(node):
    if isinstance(node, dict):
        if "planes" in node:
            yield node["planes"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
found = list(walk(json.load(open(sys.argv[2]))))
want = int(sys.argv[1])
good = found and all([(p["object"], p["offset"]) for p in planes] == [(n, 0) for n in range(want)] for planes in found)
sys.exit(0 if good else 1)
PYTHON
}

for row in 'NV12 2' 'YU12 3'; do
	read -r format planes <<<"$row"
	shows=''
	"$tool" describe "$display" --usage scanout --size 640x360 --format "$format" 2>/dev/null | grep -q "$format" &&
		shows=1
	echo "# $format: $([ -n "$shows" ] && echo with || echo without) the display"
	"$tool" describe /dev/video0 --usage capture --size 640x360 --format "$format" >"$out" 2>&1
	check "$format: the camera says that it has a dma-buf for each plane" grep -q 'objects *per-plane' "$out"
	for source in system udmabuf /dev/video0; do
		check "$format: from $source for the camera that takes any memory" alloc "$format" /dev/video0 "$source"
		check "$format: from $source: $planes dma-bufs, each plane at byte 0 of its own" objects "$planes"
	done
	for source in reserved /dev/video1; do
		check "$format: from $source for the contiguous camera" alloc "$format" /dev/video1 "$source"
		check "$format: from $source: $planes dma-bufs, each plane at byte 0 of its own" objects "$planes"
	done
	"$tool" alloc --usage capture=/dev/video1 --size 640x360 --format "$format" --heap system \
		--constraint objects=per-plane >"$out" 2>&1
	check "$format: no scattered memory for the contiguous camera" test $? -eq 1
done
echo "1..$count"
