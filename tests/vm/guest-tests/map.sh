#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# A map steers real allocations between heaps and udmabuf: from the environment, and from the user's file.
tool=$BUILD_DIR/tools/cenalloc
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
home=$(mktemp -d)
trap 'rm -rf "$out" "$home"; modprobe -r vivid' EXIT

not() {
	! "$@"
}

# alloc: what a camera and a display share, shown to both.
alloc() {
	"$tool" alloc --usage capture=/dev/video0 --usage scanout="$card" --size 640x360 --format XR24 --count 2 --verify \
		>"$out" 2>&1
}

# comes_from SOURCE MAP: the next allocation with this map.
comes_from() {
	CENALLOC_MAP=$2 alloc && grep -Eq "^plan 1 .* (heap|from) $1( |\$)" "$out"
}

# file_gives SOURCE: the next allocation with what is in the user's file.
file_gives() {
	(
		unset CENALLOC_CONFIG XDG_CONFIG_HOME
		HOME=$home alloc
	) && grep -Eq "^plan 1 .* (heap|from) $1( |\$)" "$out"
}

write_file() {
	printf '%s\n' "$@" >"$home/.config/new"
	mv "$home/.config/new" "$home/.config/cenalloc.conf"
}

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=1 node_types=0x1 allocators=0
card=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .* vkms .*/\1/p' | head -n 1)
cmas=$("$tool" list | sed -nE 's/^([^/ ]+) +heap +contiguous .*/\1/p' | paste -sd '|')
cma=${cmas##*|}

check 'there is a heap of contiguous memory' test -n "$cma"
check 'the system heap, by its name' comes_from system '*=system'
check 'udmabuf, by its name' comes_from udmabuf '*=udmabuf,system'
check 'contiguous memory, by its name' comes_from "$cma" "*=$cma"
check 'contiguous memory, by its kind' comes_from "($cmas)" 'camera,codec=cma-heap; gpu/scanout=cma-heap,gbm; *=system'
check 'by names of the devices' comes_from udmabuf 'vivid/capture=udmabuf; vkms/scanout=system,udmabuf'
check 'rules with nothing in common are no plan' not comes_from system 'camera=system; *=udmabuf'
check 'which is said' grep -q 'the map gives .*(capture) only system (rule 1: camera=system)' "$out"
check 'a device without a rule gets nothing' not comes_from system 'camera=system'
check 'which is said, too' grep -q "the map has no rule for $card as scanout (policy)" "$out"

mkdir "$home/.config"
write_file 'map camera = udmabuf  # the camera' 'map * = udmabuf,system'
check "the user's file" file_gives udmabuf
write_file 'map * = cma-heap'
check 'editing it changes the next allocation' file_gives "($cmas)"
write_file 'map * = system,'
check 'a broken one is not used' file_gives system
echo "1..$count"
