#!/bin/sh
# catches.sh RULE: the rule fails on its fixture and names every line of the fixture's `expected`.
set -eu
cd "$(dirname "$0")"
fixture=fixtures/$1
status=0
output=$(sh "check_$1.sh" "$PWD/$fixture" 2>&1) || status=$?
if [ "$status" != 1 ]; then
	echo "$1: exit status $status on its fixture, not 1; it printed: $output"
	exit 1
fi
while read -r line; do
	case $output in
	*"$line"*) ;;
	*) echo "$1: does not report: $line"; echo "$output"; exit 1 ;;
	esac
done <"$fixture/expected"
wanted=$(wc -l <"$fixture/expected")
got=$(echo "$output" | wc -l)
if [ "$wanted" != "$got" ]; then
	echo "$1: $got lines instead of $wanted:"
	echo "$output"
	exit 1
fi
