#!/bin/bash
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# bench-solve.sh one|growth|explain PROGRAM: instructions of a solve, counted by callgrind, so the same on every run. Prints
# "name value unit goal" lines; the exit status is 1 when an instruction goal is missed, other than that of the "whole"
# problem.
set -euo pipefail
. "$(dirname "$0")/callgrind.sh"
what=$1 program=$2
missed=0

command -v valgrind >/dev/null || {
	echo 'valgrind is missing: apt install valgrind'
	exit 77
}

# instructions USAGES FORMATS MODIFIERS [0 whole|conflict|walk]
instructions() {
	count measured "$program" "$@"
}

# print NAME VALUE UNIT OPERATOR GOAL, where VALUE OPERATOR GOAL is what awk understands.
print() {
	if awk "BEGIN { exit !($2 $4 $5) }"; then
		echo "$1 $2 $3 $4$5"
	else
		echo "$1 $2 $3 $4$5 missed"
		missed=1
	fi
}

ratio() {
	awk "BEGIN { printf \"%.3f\", $1 / $2 }"
}

one() {
	local count ignored
	count=$(instructions 3 40 4)
	print solve-3x40x4 "$count" instructions '<' 50000
	# The same size with all of it to walk. Whether the goal is meant for this too is open: shown, not enforced.
	ignored=$missed
	count=$(instructions 3 40 4 0 whole)
	print solve-3x40x4-whole "$count" instructions '<' 50000
	missed=$ignored
}

# grow NAME [0 whole]
grow() {
	local -A cost
	local usages name=$1
	shift
	for usages in 3 6 8 12 16 24 32 48 64; do
		cost[$usages]=$(instructions "$usages" 40 4 "$@")
		echo "$name-$usages ${cost[$usages]} instructions -"
	done
	print "$name" "$(ratio "${cost[64]}" "${cost[32]}")" ratio '<=' 2.1
	# What one usage more costs, at the upper end against the lower end.
	print "$name-slope" "$(ratio "(${cost[64]} - ${cost[32]}) / 32" "((${cost[16]} - ${cost[8]}) / 8)")" ratio '<=' 1.2
}

growth() {
	grow solve-growth
	grow solve-growth-whole 0 whole
	"$program" 64 64 16 21
	"$program" 64 64 16 21 whole
	"$program" 64 64 16 21 walk
	"$program" 64 64 16 11 conflict
}

# A conflict against the walk that finds no plan: at most as many walks as usages, and that one.
explain() {
	local usages conflict walk
	for usages in 8 64; do
		conflict=$(instructions "$usages" 16 4 0 conflict)
		walk=$(instructions "$usages" 16 4 0 walk)
		echo "solve-${usages}x16x4-walk $walk instructions -"
		echo "solve-${usages}x16x4-conflict $conflict instructions -"
		print "solve-${usages}x16x4-explain" "$(ratio "$conflict" "$walk")" walks '<=' "$((usages + 1))"
	done
}

case $what in
one) one ;;
growth) growth ;;
explain) explain ;;
*) echo "bench-solve.sh: $what: one, growth or explain" >&2 && exit 2 ;;
esac
exit "$missed"
