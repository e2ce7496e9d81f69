#!/bin/sh
# check_hosts.sh [ROOT]: the repository stands on its own: no address of a mirror or registry, no path of one machine.
#
# ./do setup takes the mirror from the machine; what may be named are documents (licences, standards) and examples.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
allowed='www\.apache\.org|www\.rfc-editor\.org|localhost|127\.0\.0\.1|([a-z0-9-]+\.)*example(\.(com|org|net))?'
files=$(find . -type f ! -path './.git/*' ! -path './build/*' ! -path './tests/source/*' ! -path ./expected | sort)
addresses=$(grep -nHIoE '[a-z]+://[A-Za-z0-9.-]+' $files | grep -vE "://($allowed)\$")
names=$(grep -nHIE '[a-z0-9]\.debian\.(org|net)' $files)
# The brackets keep this line from finding itself.
paths=$(grep -nHIE '(^|[^A-Za-z0-9_.])/[w]ork/|[s]hared/[a-z_]+\.md' $files)
found=$(printf '%s\n%s\n%s\n' "$addresses" "$names" "$paths" | sed '/^$/d')
if [ -n "$found" ]; then
	echo "$found"
	exit 1
fi
