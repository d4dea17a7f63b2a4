#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# Real devices, recorded: the file solves as the machine does, tells nothing private, and diff sees what changes.
tool=$BUILD_DIR/tools/cenalloc
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$out" "$work"; modprobe -r vivid vim2m' EXIT

# What is free changes while one looks, and the command's own words for it.
steady='import json, sys
def walk(value):
    if isinstance(value, dict):
        return {k: walk(v) for k, v in value.items() if k not in ("free_bytes", "has_bytes")}
    return [walk(v) for v in value] if isinstance(value, list) else value
print(json.dumps(walk(json.load(sys.stdin)), indent=1, sort_keys=True))'

# same COMMAND...: the machine and its recording give the same document and status.
same() {
	local live=0 read=0
	"$tool" "$@" --json >"$work/live.json" 2>"$out" || live=$?
	"$tool" "$@" --json --machine "$work/machine.json" >"$work/read.json" 2>>"$out" || read=$?
	python3 -c "$steady" <"$work/live.json" >"$work/live.txt" && python3 -c "$steady" <"$work/read.json" >"$work/read.txt" &&
		diff "$work/live.txt" "$work/read.txt" >>"$out" && [ "$live" = "$read" ]
}

differ() {
	local status=0
	"$tool" diff "$@" >"$out" 2>&1 || status=$?
	[ "$status" -eq 1 ]
}

modprobe -r vivid vim2m 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
modprobe vim2m
card=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .* vkms .*/\1/p' | head -n 1)
mem2mem=$("$tool" list | sed -n 's/^\(\/dev\/video[0-9]*\) .* vim2m .*/\1/p' | head -n 1)

check 'record' "$tool" record --output "$work/machine.json" --title "$BOOT"
check 'the file is as valid as any' "$tool" list --machine "$work/machine.json"
"$tool" record --title "$BOOT" >"$work/again.json" 2>"$out"
check 'recording twice gives the same bytes' diff "$work/machine.json" "$work/again.json"
check 'a recording of the recording, too' sh -c "'$tool' record --machine '$work/machine.json' | diff '$work/machine.json' -"
check 'the machine is equal to its file' "$tool" diff "$work/machine.json" live
check 'no name of the host' sh -c "! grep -qw '$(uname -n)' '$work/machine.json'"

check 'list' same list
devices=$("$tool" list --json | python3 -c 'import json, sys
print("\n".join(sorted({d["path"] for d in json.load(sys.stdin)["devices"]})))')
for device in $devices; do
	check "describe $device" same describe "$device" --size 1280x720
done
for size in 640x480 1366x768; do
	for format in NV12 XR24 YUYV; do
		check "camera to display, $format $size" same solve --usage capture=/dev/video0 --usage scanout="$card" \
			--size "$size" --format "$format"
		check "contiguous camera to mem2mem, $format $size" same solve --usage capture=/dev/video1 \
			--usage output="$mem2mem" --size "$size" --format "$format" --count 4
		check "all of them, $format $size" same solve --usage capture=/dev/video0 --usage output="$mem2mem" \
			--usage scanout="$card" --usage cpu-read=cpu --size "$size" --format "$format"
	done
done

check 'no rule of a size is written as a size' sh -c "! grep -q '\"size\": \"1366x768\"' '$work/machine.json'"
modprobe -r vim2m
check 'diff sees a device that is gone' differ "$work/machine.json" live
check 'and says which' grep -q -- "- $mem2mem" "$out"
echo "1..$count"
