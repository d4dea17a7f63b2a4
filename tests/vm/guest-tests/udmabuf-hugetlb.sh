#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# Contiguous memory out of huge pages: offered while there are free ones, and only on kernels where it is sound.
tool=$BUILD_DIR/tools/cenalloc
pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
before=$(cat "$pages" 2>/dev/null || echo 0)
trap 'rm -f "$out"; [ ! -e "$pages" ] || echo "$before" >"$pages"' EXIT

is_listed() {
	"$tool" list >"$out" 2>&1 && grep -q '^udmabuf-hugetlb ' "$out"
}

not() {
	! "$@"
}

free_pages() {
	sed -n 's/^HugePages_Free: *//p' /proc/meminfo
}

alloc() {
	"$tool" alloc --usage cpu-write=cpu --format XR24 --heap udmabuf-hugetlb "$@" >"$out" 2>&1
}

if [ ! -e "$pages" ]; then
	check 'no huge pages, no such source' not is_listed
	echo "1..$count"
	exit 0
fi
echo 0 >"$pages"
check 'not listed without free huge pages' not is_listed
echo 4 >"$pages"
if [ "$(uname -r | cut -d . -f 1)" -lt 7 ]; then
	check 'not listed on a kernel that maps only the first 4 KiB of a huge page' not is_listed
	echo "1..$count"
	exit 0
fi
check 'listed with free huge pages' is_listed
check 'as contiguous' grep -q '^udmabuf-hugetlb .*contiguous' "$out"
check 'four buffers fit' alloc --size 640x360 --count 4
check 'and are given back' test "$(free_pages)" -eq 4
check 'a fifth does not' not alloc --size 640x360 --count 5
check 'and nothing is kept' test "$(free_pages)" -eq 4
check 'no buffer is larger than a huge page' not alloc --size 1024x1024
check 'which is said with the bound' grep -q '2,097,152' "$out"
echo "1..$count"
