#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# Which hardware real nodes are, and a quirk of a camera that the kernel drives.
tool=$BUILD_DIR/tools/cenalloc
. "$(dirname "$0")/../tap.sh"
out=$(mktemp)
folder=$(mktemp -d)
trap 'rm -rf "$out" "$folder"; modprobe -r vivid' EXIT

modprobe -r vivid vim2m vicodec 2>/dev/null
if ! modprobe vivid n_devs=1 node_types=0x1; then
	echo '1..0 # SKIP no vivid'
	exit 0
fi

# run ARGUMENT...: the tool with the quirks of the folder; what it prints is in $out.
run() {
	CENALLOC_QUIRKS_PATH=$folder "$tool" "$@" >"$out" 2>&1
}
says() {
	grep -qF -- "$1" "$out"
}
# quirk MATCH: the one file that there is.
quirk() {
	printf '{"cenalloc-quirks": 1, "quirks": [{"name": "wide", "text": "it wants wide rows", "source": "this test",
		"match": {%s}, "add": {"stride-align": 4096}}]}\n' "$1" >"$folder/50-wide.json"
}
solve() {
	run solve --usage capture=/dev/video0 --size 640x480 --format NV12
}

run list --verbose
check 'the camera is a platform device' says platform:vivid
run describe /dev/video0 --usage capture --format NV12
check 'without quirks none is told' bash -c "! grep -q quirk '$out'"
quirk '"id": "platform:viv?d", "driver": "vivid", "backend": "v4l2", "kernel": {"from": "6.0"}'
run describe /dev/video0 --usage capture --format NV12
check 'describe tells what was changed' says 'quirk wide: stride-align 4096 added'
solve
check 'the plan has wide rows' says 'stride 4096'
check 'and says why' says 'it wants wide rows'
quirk '"id": "platform:vivid", "kernel": {"before": "6.0"}'
solve
check 'no kernel that runs here is before 6.0' says 'stride 640'
quirk '"id": "platform:other"'
solve
check 'another device is left alone' says 'stride 640'
echo "1..$count"
