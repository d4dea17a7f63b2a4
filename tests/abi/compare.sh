#!/bin/sh
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# Is the library still compatible with the recorded ABI? Additions are, changes and removals are not.
# Usage: compare.sh BASELINE LIBRARY HEADER_DIR; with --record in front, BASELINE is written anew.
set -eu

record=no
if [ "$1" = --record ]; then
	record=yes
	shift
fi
baseline=$1
library=$2
headers=$3

if ! command -v abidiff >/dev/null || ! command -v abidw >/dev/null; then
	echo 'abidiff and abidw (package abigail-tools) are missing: the ABI was not compared'
	exit 77
fi
if ! readelf -S "$library" | grep -q '\.debug_info'; then
	echo 'the library has no debug information: the ABI was not compared'
	exit 77
fi
set -- --headers-dir "$headers" --drop-private-types --exported-interfaces-only
if [ $record = yes ]; then
	abidw "$@" --no-corpus-path --no-comp-dir-path --no-show-locs --type-id-style hash --out-file "$baseline" "$library"
	# Where the source lay when it was compiled is nobody's business.
	sed -i -E "s#path='[^']*/(src|backends|include)/#path='\\1/#" "$baseline"
	exit 0
fi
status=0
abidiff --drop-private-types --headers-dir2 "$headers" --no-added-syms --no-show-locs "$baseline" "$library" || status=$?
# Bits of abidiff's status: 1 and 2 error, 4 change, 8 incompatible change.
exit $((status & 11))
