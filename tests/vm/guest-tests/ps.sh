#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# cenalloc ps on real dma-bufs: who holds which, in which way, what the marks say, and what --watch logs.
. "$(dirname "$0")/../tap.sh"
tool=$(public_tool)
holder=$BUILD_DIR/tests/vm/buffer-holder
work=$(mktemp -d)
chmod 755 "$work"
out=$work/out
card=/dev/dri/$(basename "$(compgen -G '/sys/class/drm/card*-Virtual-*' | head -n 1)" | cut -d - -f 1)
holders=()
declare -A inode pid

# hold NAME STEP...: a process that holds a buffer of that name; inode[NAME] and pid[NAME] say which.
hold() {
	local name=$1
	shift
	"$holder" "$1" "name=$name" "${@:2}" >"$work/$name" 2>&1 &
	pid[$name]=$!
	holders+=($!)
	for _ in $(seq 50); do
		grep -q '^ready' "$work/$name" && break
		sleep 0.1
	done
	inode[$name]=$(sed -n 's/^ready //p' "$work/$name")
}

release() {
	kill "${holders[@]}" 2>/dev/null
	wait "${holders[@]}" 2>/dev/null
	holders=()
}

# row NAME: the line of the buffer and the notes below it.
row() {
	awk -v inode="${inode[$1]}" '/^ *[0-9]+  +[0-9,]+  / || /^$/ { on = $1 == inode } on' "$out"
}

shows() { row "$1" | grep -qE -- "$2"; }
shows_not() { ! shows "$@"; }
not() { ! "$@"; }

modprobe -r vivid 2>/dev/null
modprobe vivid n_devs=3 node_types=0x1,0x1,0x1 allocators=0,1,1
"$tool" ps >"$out"
check 'without a buffer it says so' grep -qx 'no dma-buf' "$out"
check 'root reads every process and bufinfo' not grep -q 'not known\|could not be read' "$out"

hold plain alloc=system
hold mapped alloc=system map close
hold camera alloc=reserved queue=/dev/video1
hold orphan alloc=reserved queue=/dev/video2 close
hold vmalloc alloc=system queue=/dev/video0
hold display alloc=system "import=$card" close
hold sent alloc=system send close
hold leaky alloc=system dup=8
hold many alloc=system dup=7
hold thread alloc=system thread
hold ended alloc=system map close leave
hold row alloc=system $'name=x\n\tAttached Devices:\n\tevil'
hold red alloc=system $'name=\e[31mred'
"$tool" ps >"$out"
check 'a descriptor: pid, command and number' shows plain "${pid[plain]}  buffer-holder  fd [0-9]+\$"
check 'nothing but a descriptor is idle' shows plain 'plain .* idle$'
check 'size and exporter' shows plain '1,048,576  system +plain'
check 'a mapping without a descriptor' shows mapped "${pid[mapped]}  buffer-holder  mapped 1,048,576 bytes\$"
check 'what is mapped is not idle' shows_not mapped 'idle|orphan'
check 'the camera is attached' shows camera 'reserved +camera +1  vivid'
check 'what a device is attached to is not idle' shows_not camera 'idle|orphan'
check 'an orphan in the queue of a camera' shows orphan 'vivid.* orphan$'
check 'and who holds it' shows orphan 'drivers of attached devices hold it'
check 'an import for the CPU does not attach, but it is no idle buffer' shows_not vmalloc 'idle|vivid'
check 'its reference is told' shows vmalloc '1 reference not seen'
check 'an orphan that a display imported' shows display 'vkms +orphan$'
check 'one in a socket has no device' shows sent ' orphan$'
check 'and the remark names sockets' shows sent 'no device is attached: .* socket'
check 'nine descriptors are a sign of a leak' shows leaky 'leak\?, idle$'
check 'their number is told' shows leaky '\(9\); more than 8 descriptors'
check 'eight are not' shows_not many 'leak'
check 'descriptors of one thread only are found' shows thread "${pid[thread]}  buffer-holder  fd "
check 'the mapping of a process without its first thread is found' shows ended "${pid[ended]}  .*mapped 1,048,576"
check 'a name cannot make up devices' shows_not row 'evil'
check 'no escape sequence comes through' not grep -q $'\e' "$out"
check 'the total is right' grep -qx '13 dma-bufs, 13,631,488 bytes' "$out"
"$tool" ps -v >"$out"
check 'sums per exporter' grep -qE '^  system: 11, 11,534,336 bytes$' "$out"
"$tool" ps --exporter reserved >"$out"
check 'one exporter only' grep -qE '^2 dma-bufs, ' "$out"
"$tool" ps --pid "${pid[leaky]}" >"$out"
check 'one process only' grep -qE '^1 dma-buf, ' "$out"
"$tool" ps --json >"$out"
check 'JSON has the same' python3 -IS - "$out" "${pid[camera]}" <<'EOP'
import json, sys
document = json.load(open(sys.argv[1]))
rows = {row['name']: row for row in document['buffers']}
assert document['all_processes'] and document['attached_unknown_because'] is None, document
assert document['totals']['buffers'] == 13, document
camera = rows['camera']
assert camera['attached'] and camera['marks'] == [] and camera['references'] == 2, camera
assert camera['holders'][0]['pid'] == int(sys.argv[2]) and len(camera['holders'][0]['fds']) == 1, camera
assert rows['orphan']['marks'] == ['orphan'] and rows['orphan']['holders'] == [], rows['orphan']
assert rows['mapped']['holders'][0]['mapped_bytes'] == 1 << 20, rows['mapped']
EOP

as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
as_nobody "$tool" ps >"$out"
check 'another user sees nothing of it' grep -qx 'no dma-buf' "$out"
check 'is told how many processes it may not read' grep -qE '^[0-9]+ processes could not be read: root' "$out"
check 'and why devices are not known' grep -q 'attached devices are not known: .*bufinfo is for root' "$out"
release
chmod 666 /dev/dma_heap/system
install -m 755 "$holder" "$work/holder"
setpriv --reuid=65534 --regid=65534 --clear-groups "$work/holder" alloc=system name=own map >"$work/own" &
holders+=($!)
sleep 1
as_nobody "$tool" ps >"$out"
chmod 600 /dev/dma_heap/system
check 'it sees its own' grep -qE '1,048,576  system +own +1  not known' "$out"
check 'with descriptor and mapping' grep -qE '  fd [0-9]+; mapped 1,048,576 bytes$' "$out"
check 'and no mark that it could not know' not grep -qE 'idle|orphan' "$out"
release

"$tool" alloc --usage cpu-write=cpu --size 640x360 --format NV12 --hold >/dev/null &
holders+=($!)
sleep 2
"$tool" ps >"$out"
check 'what cenalloc allocates has a name' grep -q 'cenalloc:NV12 640x360' "$out"
release

hold before alloc=system
"$tool" ps --watch >"$out" 2>&1 </dev/null &
watcher=$!
sleep 3
hold grower alloc=system grow=7
sleep 9
release
sleep 3
kill -TERM "$watcher"
wait "$watcher"
check '--watch ends at SIGTERM with status 0' test $? -eq 0
check 'it logs what was there' grep -qE "^..:..:.. = ${inode[before]}  1,048,576 bytes  system \"before\"" "$out"
check 'what appeared' grep -qE "^..:..:.. \+ ${inode[grower]}  1,048,576 bytes  system \"grower\"" "$out"
check 'what has gone' grep -qE "^..:..:.. - ${inode[before]}  " "$out"
check 'and who grows' grep -qE "^..:..:.. ! leak\?: process ${pid[grower]} \(buffer-holder\)" "$out"
check 'no buffer is left' grep -q '^Total 0 objects' /sys/kernel/debug/dma_buf/bufinfo
modprobe -r vivid
rm -rf "$work"
echo "1..$count"
