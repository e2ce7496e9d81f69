#!/bin/sh
# branches.sh GCOV SOURCE OBJECTS PROGRAM...: runs the programs and lists each branch of the files of SOURCE among OBJECTS
# that none of them took.
#
# A switch over an enumeration that names all its values has one more branch in what gcov counts, its last: for a value that
# there is none of.  It does not count.
set -eu
gcov=$1
source=$2
objects=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$objects" -name '*.gcda' -exec rm {} +
for program; do
	"$program" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
find "$objects" -name '*.gcda' | sort >"$work/counted"
[ -s "$work/counted" ] || { echo "no counts below $objects: were the objects built with --coverage?"; exit 1; }
while read -r counts; do
	"$gcov" -b -c -t -r -s "$source" "$counts" >"$work/$(basename "$counts" .gcda)" 2>/dev/null
done <"$work/counted"
cat "$work"/*.c >"$work/all"
awk '
	function count(taken) {
		total++
		if (!taken) { print file ":" line; missing++ }
	}
	/^ *-: *0:Source:/ { sub(/.*Source:/, ""); file = $0 }
	/^ *[^:]*: *[0-9]+:/ { line = $0; sub(/^[^:]*: */, "", line); is_held = 0 }
	/^branch/ {
		taken = !/taken 0|never executed/
		if (line !~ /switch \(/) { count(taken); next }
		if (is_held) count(held)
		held = taken
		is_held = 1
	}
	END { print total + 0 " branches, " missing + 0 " never taken"; exit missing != 0 || total == 0 }
' "$work/all"
