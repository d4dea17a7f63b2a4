#!/bin/sh
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# The same functions in three places: exported by the library, listed in its map, declared in its headers.
# Usage: symbols.sh LIBRARY MAP HEADER...
set -eu
LC_ALL=C
export LC_ALL

library=$1
map=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/library"
grep -oE '^[[:space:]]+cen_[a-z0-9_]+;' "$map" | tr -d '\t ;' | sort >"$work/map"
# backend.h declares what plug-ins export. Comments go first: they name functions, too.
for header; do
	case $header in
	*/backend.h) continue ;;
	esac
	cc -E -P -fpreprocessed "$header"
done | tr '\n' ' ' | grep -oE '[^(]cen_[a-z0-9_]+ *\(' | grep -oE 'cen_[a-z0-9_]+' | sort -u >"$work/headers"

bad=0
for other in library headers; do
	if ! diff -u "$work/map" "$work/$other" >"$work/diff"; then
		printf 'cenalloc.map (-) and the %s (+) differ:\n' "$other"
		sed '1,3d' "$work/diff"
		bad=1
	fi
done
printf '%s functions\n' "$(wc -l <"$work/map")"
exit $bad
