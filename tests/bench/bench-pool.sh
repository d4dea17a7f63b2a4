#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# bench-pool.sh PROGRAM: instructions of an acquire and of a release, counted by callgrind, the mean over all buffers of
# the pool; system calls of a million pairs; then time beside peers. Prints "name value unit goal" lines; the exit
# status is 1 when a goal is missed. Time has none.
set -euo pipefail
. "$(dirname "$0")/callgrind.sh"
program=$1
missed=0

# instructions CALL COUNT: of one call, rounded up
instructions() {
	local total
	total=$(count measured "$program" "$@") || return 1
	echo $(((total + $2 - 1) / $2))
}

if command -v valgrind >/dev/null; then
	for count in 1 8 32 64; do
		for call in acquire release; do
			value=$(instructions "$call" "$count")
			suffix=''
			[ "$value" -lt 100 ] || { suffix=' missed' && missed=1; }
			echo "pool-$call-of-$count $value instructions <100$suffix"
		done
	done
else
	echo 'no instruction counts: valgrind is missing: apt install valgrind' >&2
fi
# The kernel kills it at the first system call.
if "$program" quiet 8 && "$program" quiet 64; then
	echo 'pool-system-calls 0 calls <=0'
else
	echo 'pool-system-calls 1 calls <=0 missed'
	missed=1
fi
"$program" time
exit "$missed"
