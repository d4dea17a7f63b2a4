#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# Real devices, recorded: the file solves as the machine does, tells nothing private, and diff sees what changes.
tool=$BUILD_DIR/tools/cenalloc
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$out" "$work"; modprobe -r vivid vim2m' EXIT

# What is free changes while one looks, and numbers of devices are those of one machine. Other sizes than those that were
# recorded are for the machine to answer.
steady='import json, sys
def walk(value):
    if isinstance(value, dict):
        dropped = ("value", "text") if value.get("kind") == "exporter" else ("free_bytes", "has_bytes")
        return {k: walk(v) for k, v in value.items() if k not in dropped}
    return [walk(v) for v in value if not is_size(v)] if isinstance(value, list) else value
def is_size(value):
    kind = value.get("kind") if isinstance(value, dict) else value
    return isinstance(kind, str) and (kind == "size" or kind.startswith("another size"))
live, read = [walk(json.load(open(name))) for name in sys.argv[1:]]
sys.exit(live != read)'

# same COMMAND...: the machine and its recording give the same document and status.
same() {
	local live=0 read=0
	"$tool" "$@" --json >"$work/live.json" 2>"$out" || live=$?
	"$tool" "$@" --json --machine "$work/machine.json" >"$work/read.json" 2>>"$out" || read=$?
	[ "$live" = "$read" ] && python3 -I -c "$steady" "$work/live.json" "$work/read.json" && return
	diff "$work/live.json" "$work/read.json" >>"$out"
	return 1
}

differ() {
	local status=0
	"$tool" diff "$@" >"$out" 2>&1 || status=$?
	[ "$status" -eq 1 ]
}

# quiet COMMAND...: what it prints is for a failure.
quiet() {
	"$@" >"$out" 2>&1
}

# Each question to a software GPU takes a process of its own, and seconds here: egl.sh and vulkan.sh have them.
export CENALLOC_DISABLE_BACKENDS=egl,vulkan

modprobe -r vivid vim2m 2>/dev/null
modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1
modprobe vim2m
card=$("$tool" list | sed -n 's/^\(\/dev\/dri\/card[0-9]*\) .* vkms .*/\1/p' | head -n 1)
mem2mem=$("$tool" list | sed -n 's/^\(\/dev\/video[0-9]*\) .* vim2m .*/\1/p' | head -n 1)

check 'record' quiet "$tool" record --output "$work/machine.json" --title "$BOOT"
check 'the file is as valid as any' quiet "$tool" list --machine "$work/machine.json"
"$tool" record --title "$BOOT" >"$work/again.json" 2>"$out"
check 'recording twice gives the same bytes' diff "$work/machine.json" "$work/again.json"
check 'a recording of the recording, too' sh -c "'$tool' record --machine '$work/machine.json' | diff '$work/machine.json' -"
check 'the machine is equal to its file' quiet "$tool" diff "$work/machine.json" live
check 'no name of the host' sh -c "! grep -qw '$(uname -n)' '$work/machine.json'"

check 'list' same list
devices=$("$tool" list --json | python3 -I -c 'import json, sys
print("\n".join(sorted({d["path"] for d in json.load(sys.stdin)["devices"]})))')
for device in $devices; do
	# What cannot be asked is in the file with the reason, and without an answer.
	"$tool" describe "$device" --size 1280x720 >/dev/null 2>&1 || continue
	check "describe $device" same describe "$device" --size 1280x720
done
for request in '640x480 NV12' '640x480 XR24' '1366x768 NV12' '1280x720 YUYV'; do
	size=${request% *} format=${request#* }
	check "camera to display, $request" same solve --usage capture=/dev/video0 --usage scanout="$card" \
		--size "$size" --format "$format"
	check "contiguous camera to mem2mem, $request" same solve --usage capture=/dev/video1 --usage output="$mem2mem" \
		--size "$size" --format "$format" --count 4
done
check 'all of them' same solve --usage capture=/dev/video0 --usage output="$mem2mem" --usage scanout="$card" \
	--usage cpu-read=cpu --size 640x480

check 'the display is written once, not size by size' python3 -I -c 'import json, sys
devices = [d for d in json.load(open(sys.argv[1]))["devices"] if d["backend"] == "kms" and d.get("alternatives")]
sys.exit(not devices or any("size" in a for d in devices for a in d["alternatives"] if "scanout" in a.get("usages", ["scanout"])))' "$work/machine.json"
modprobe -r vim2m
check 'diff sees a device that is gone' differ "$work/machine.json" live
check 'and says which' grep -q -- "- $mem2mem" "$out"
echo "1..$count"
