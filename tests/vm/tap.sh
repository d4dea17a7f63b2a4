# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# TAP for the scripts of guest-tests/. Sourced, never run.

count=0
# The file with the output of what was run last: shown where a check fails.
out=${out:-}

# check WHAT COMMAND...: one line of TAP.
check() {
	local what=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		[ -z "$out" ] || sed 's/^/# /' "$out"
	fi
}

# within_seconds N COMMAND...: run it until it succeeds.
within_seconds() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# A copy of the tool that any user may run: the build folder may be in a home that is closed to others. Prints its path;
# it goes with the guest.
public_tool() {
	local folder
	folder=$(mktemp -d)
	chmod 755 "$folder"
	install -m 755 "$BUILD_DIR/tools/cenalloc" "$folder/cenalloc.real"
	install -m 755 "$BUILD_DIR"/src/libcenalloc.so.0 "$folder"
	printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/cenalloc.real "$@"\n' "$folder" "$folder" >"$folder/cenalloc"
	chmod 755 "$folder/cenalloc"
	printf '%s/cenalloc\n' "$folder"
}
