#!/bin/sh
# check_banned.sh [ROOT]: functions that C offers and this code does not use, and marks without an issue.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}" || exit 2
bad=0
# Unbounded copies, silent parse errors, hidden state, predictable randomness, shells, races on names.
banned='strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|scanf|sscanf|fscanf|alloca'
banned="$banned|rand|srand|rand_r|random|srandom|drand48|system|popen|tmpnam|tempnam|mktemp|setjmp|longjmp"
banned="$banned|asctime|ctime|gmtime|localtime|usleep"

files=$(find core daemon client-sdk tests -name '*.[ch]' ! -path 'tests/source/*' 2>/dev/null | sort)
if [ -z "$files" ]; then exit 0; fi
code=$(awk -f "$here/code_only.awk" $files)
report() { # report WHY: the lines on stdin, if any, break a rule
	lines=$(cat)
	if [ -n "$lines" ]; then
		echo "$lines" | sed "s/\$/    <- $1/"
		bad=1
	fi
}
report 'banned function' <<END
$(echo "$code" | grep -E "(^|[^A-Za-z0-9_>.])($banned)[[:space:]]*\\(")
END
report 'secrets are compared with sodium_memcmp' <<END
$(echo "$code" | grep -E '[^A-Za-z0-9_](memcmp|strcmp)[[:space:]]*\(.*(secret|passphrase|proof|[_.>]mac[^a-z])')
END
report 'a note names its issue: TODO(#12)' <<END
$(grep -nHE '\b(TODO|FIXME|XXX)\b' $files | grep -vE '\b(TODO|FIXME|XXX)\(#[0-9]+\)')
END
exit "$bad"
