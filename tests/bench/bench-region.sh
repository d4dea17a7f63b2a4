#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# bench-region.sh PROGRAM TRACE...: each trace served by the algorithms for regions, malloc(), jemalloc and a mapping
# per chunk: instructions of one operation, counted by callgrind; time; how much memory each needs. Prints
# "name value unit goal" lines. None has a goal, so nothing fails but the benchmark itself.
set -euo pipefail
. "$(dirname "$0")/callgrind.sh"
program=$1
shift

# jemalloc is loaded late, and only for itself; its thread-local variables need more room than is kept for such.
export GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384

# instructions COMPETITOR TRACE: of one operation. Fails when it takes no part.
instructions() {
	local log collected operations
	collect measured "$program" count "$@" || {
		grep ' takes no part: ' <<<"$log" >&2 || printf '%s\n' "$log" >&2
		return 1
	}
	operations=$(sed -n 's/^\([0-9]\+\) operations$/\1/p' <<<"$log")
	[ "${operations:-0}" -gt 0 ] || {
		printf 'no operation was counted:\n%s\n' "$log" >&2
		return 1
	}
	awk "BEGIN { print $collected / $operations }"
}

for trace in "$@"; do
	name=$(basename "$trace" .trace)
	if command -v valgrind >/dev/null; then
		replay=$(instructions nothing "$trace")
		for competitor in best-fit tlsf first-fit malloc jemalloc mmap; do
			count=$(instructions "$competitor" "$trace") || continue
			awk "BEGIN { printf \"region-$name-$competitor %.0f instructions -\n\", $count - $replay }"
		done
	else
		echo 'no instruction counts: valgrind is missing: apt install valgrind' >&2
	fi
	"$program" time "$name" "$trace"
	"$program" space "$name" "$trace"
done
