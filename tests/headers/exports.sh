#!/bin/sh
# exports.sh HEADER LIBRARY...: each library defines, for others, the functions that HEADER declares, and nothing else.
set -u
header=$1
shift
bad=0
# Declarations may span lines: one statement a line first.
declared=$(sed 's/^[[:space:]]*#.*//' "$header" | tr '\n' ' ' | sed 's/\/\*[^*]*\*\+\([^/*][^*]*\*\+\)*\///g' | tr ';{}' '\n\n\n' |
	sed -n 's/.*BSYNC_API[^(]*[ *]\(bsync_[a-z0-9_]*\)[[:space:]]*(.*/\1/p' | sort -u)
if [ -z "$declared" ]; then echo "$header declares no function with BSYNC_API"; exit 1; fi
for library; do
	case $library in
	*.so*) defined=$(nm -D --defined-only "$library") ;;
	*) defined=$(nm -g --defined-only "$library") ;;
	esac
	defined=$(echo "$defined" | sed -n 's/^[0-9a-f]* [A-Zi] //p' | sort -u)
	for name in $declared; do
		if ! echo "$defined" | grep -qx "$name"; then echo "$library lacks $name"; bad=1; fi
	done
	for name in $defined; do
		if ! echo "$declared" | grep -qx "$name"; then echo "$library exports $name"; bad=1; fi
	done
done
exit "$bad"
