# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# Sourced by the benchmarks that count instructions.

# collect FUNCTION PROGRAM ARGUMENT...: runs the program under callgrind. $log is what was printed, $collected the
# instructions of the function. Returns 1 when the program failed, or, telling so, when nothing was counted.
collect() {
	local function=$1
	shift
	log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="$function" "$@" 2>&1) || return 1
	collected=$(sed -n 's/^.*Collected : \([0-9]\+\).*$/\1/p' <<<"$log")
	[ "${collected:-0}" -gt 0 ] && return
	printf 'callgrind counted nothing:\n%s\n' "$log" >&2
	log=''
	return 1
}

# count FUNCTION PROGRAM ARGUMENT...: prints the instructions of the function, or why there are none.
count() {
	local log collected
	collect "$@" || {
		[ -z "$log" ] || printf '%s\n' "$log" >&2
		return 1
	}
	echo "$collected"
}
