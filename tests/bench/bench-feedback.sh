#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# bench-feedback.sh PROGRAM: instructions of the steps from a compositor's events to plans, counted by callgrind, then
# their CPU time. Prints "name value unit goal" lines. Only time has a goal, so nothing fails.
set -euo pipefail
. "$(dirname "$0")/callgrind.sh"
program=$1

# instructions FUNCTION [ARGUMENT...]
instructions() {
	count "$1" "$program" "${@:2}"
}

if command -v valgrind >/dev/null; then
	for step in pread:baseline parse:parse capabilities:describe intersect:intersect; do
		echo "feedback-500-${step%:*} $(instructions "${step#*:}") instructions -"
	done
	echo "feedback-500-intersect-whole $(instructions intersect 0 whole) instructions -"
else
	echo 'no instruction counts: valgrind is missing: apt install valgrind' >&2
fi
"$program" 1001
"$program" 1001 whole
