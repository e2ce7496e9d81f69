#!/bin/sh
# check_sizes.sh [ROOT]: no file over 600 lines, no function over 70, from its brace to its brace.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
files=$(find core daemon client-sdk tests tools cmake do \( -name '*.[ch]' -o -name '*.sh' -o -name do \) \
	! -path 'tests/source/fixtures/*' 2>/dev/null | sort)
if [ -z "$files" ]; then exit 0; fi
awk '
function check_file() {
	if (lines > 600) { print file ": " lines " lines, more than 600"; bad = 1 }
}
FNR == 1 { check_file(); file = FILENAME; start = 0 }
{ lines = FNR }
FILENAME ~ /\.[ch]$/ && /^[{]/ { start = FNR; name = last }
FILENAME ~ /\.[ch]$/ && /^[}]/ && start {
	if (FNR - start + 1 > 70) { print file ":" start ": " FNR - start + 1 " lines, more than 70, after: " name; bad = 1 }
	start = 0
}
/^[A-Za-z]/ { last = $0 }
END { check_file(); exit bad }
' $files
