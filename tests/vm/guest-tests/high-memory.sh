#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# boots: 7.3-6G
# Memory above 4 GiB and a camera that wants contiguous memory below: what is planned, and what the trial import says.
tool=$BUILD_DIR/tools/cenalloc
pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
before=$(cat "$pages")
trap 'rm -f "$out"; echo "$before" >"$pages"; modprobe -r vivid' EXIT

alloc() {
	"$tool" alloc --usage "capture=$1" --format XR24 --count 2 --verify "${@:2}" >"$out" 2>&1
}
says() { grep -q -- "$1" "$out"; }
has_high_memory() { awk '$1 == "start_pfn:" && $2 >= 1048576 { found = 1 } END { exit !found }' /proc/zoneinfo; }

modprobe -r vivid vim2m vicodec 2>/dev/null
if ! modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1; then
	echo '1..0 # SKIP no vivid'
	exit 0
fi
# The kernel takes huge pages from the top of memory.
echo 8 >"$pages"
check 'there is memory above 4 GiB' has_high_memory
alloc /dev/video1 --size 640x360
check 'a plan for the contiguous camera is verified' says '^verified'
check 'the first choice is the CMA heap' says 'heap default_cma_region'
check 'any memory will do for the other camera' alloc /dev/video0 --size 640x360 --heap udmabuf-hugetlb
alloc /dev/video1 --size 640x360 --heap udmabuf-hugetlb
check 'contiguous memory out of reach is refused' test $? -eq 3
check 'by the trial import, with the reason' says 'VIDIOC_PREPARE_BUF.*the device cannot reach or map the memory'
# Up to 256 KiB the kernel copies through low memory and says nothing: see "Known limits" of backends/v4l2/README.md.
alloc /dev/video1 --size 320x180 --heap udmabuf-hugetlb
check 'known limit: a small buffer out of reach is taken' says '^verified'
echo "1..$count"
