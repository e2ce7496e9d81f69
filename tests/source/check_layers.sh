#!/bin/sh
# check_layers.sh [ROOT]: direct includes follow the arrows of README.md, and a file includes its own header first.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
bad=0

deny() { # deny REGEX PATH...: no .c or .h under PATH may include a header that matches REGEX
	regex=$1
	shift
	if [ ! -d "$1" ]; then return; fi
	if find "$@" -name '*.[ch]' -exec grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($regex)" {} + | grep .; then bad=1; fi
}

up='daemon/|client-sdk/|tests/'
machine='time\.h|stdio\.h|unistd\.h|fcntl\.h|signal\.h|pthread\.h|threads\.h|sys/'
deny "$up|core/sqlite/|core/schema/|generated/|uv\.h|sqlite3\.h|$machine" core -maxdepth 1
deny "$up|core/schema/|uv\.h"                                             core/sqlite
deny "$up|uv\.h"                                                          core/schema
deny 'daemon/(net/|[a-z_]+\.h)|client-sdk/|tests/|uv\.h'                  daemon/store
deny 'daemon/(store/|[a-z_]+\.h)|client-sdk/|tests/|core/(sqlite|schema)/|sqlite3\.h|generated/' daemon/net
deny 'client-sdk/(net/|[a-z_]+\.h)|daemon/|tests/|uv\.h'                  client-sdk/store
deny 'client-sdk/(store/|[a-z_]+\.h)|daemon/|tests/|core/(sqlite|schema)/|sqlite3\.h|generated/' client-sdk/net
deny 'client-sdk/|tests/'                                                 daemon
deny 'daemon/|tests/'                                                     client-sdk
deny 'core/|daemon/|client-sdk/|tests/|generated/|uv\.h|sqlite3\.h|sodium\.h|zstd\.h|mbedtls/|psa/|msgpack' client-sdk/include
deny 'core/|daemon/|client-sdk/|tests/|generated/|uv\.h|sqlite3\.h|sodium\.h|zstd\.h|mbedtls/|psa/|msgpack' client-sdk/examples

# A header that needs another one to be included before it shows up where it is included first.
own_header_first() {
	header=${1%.c}.h
	if [ ! -e "$header" ]; then return; fi
	first=$(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\(.*\)$/\1/p' "$1" | head -n 1)
	if [ "$first" != "\"$header\"" ]; then
		echo "$1: the first include is $first, not \"$header\""
		bad=1
	fi
}
for file in $(find core daemon client-sdk -name '*.c' 2>/dev/null | sort); do own_header_first "$file"; done

exit "$bad"
