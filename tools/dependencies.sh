#!/bin/sh
# dependencies.sh: fetches, checks and builds mbedtls and SQLite into the cache.
#
#   tools/dependencies.sh prefix      print the folder that holds (or will hold) them
#   tools/dependencies.sh build       build them unless they are there
#   tools/dependencies.sh available   print the versions that the mirror offers, with their SHA-256
#
# The source packages come from the Debian mirror that this machine already uses.  apt fetches and
# authenticates them with lists and caches of its own, so the machine's apt state stays as it is.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/cmake/dependencies.sh"
inputs="$root/cmake/dependencies.sh $root/cmake/mbedtls_user_config.h $root/cmake/chachapoly_alt.h"
inputs="$inputs $root/cmake/chachapoly_alt.c $root/tools/dependencies.sh"

die() { echo "dependencies: $*" >&2; exit 1; }

cache_folder() {
	if [ -n "${BUURTSYNC_CACHE:-}" ]; then echo "$BUURTSYNC_CACHE"
	elif [ -n "${XDG_CACHE_HOME:-}" ]; then echo "$XDG_CACHE_HOME/buurtsync"
	elif [ -n "${HOME:-}" ]; then echo "$HOME/.cache/buurtsync"
	elif [ "$(id -u)" = 0 ]; then echo /var/cache/buurtsync
	else echo "${TMPDIR:-/tmp}/buurtsync-$(id -u)"
	fi
}

prefix_folder() {
	system=$(. /etc/os-release 2>/dev/null; echo "${ID:-unknown}${VERSION_ID:-}")
	hash=$({ cat $inputs; echo "$system"; uname -m; } | sha256sum | cut -c1-16)
	echo "$(cache_folder)/dependencies-$system-$hash"
}

# Prints the base address of the first Debian archive that apt is configured with.
mirror() {
	set -- /etc/apt/sources.list
	for file in /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		set -- "$@" "$file"
	done
	for file do
		[ -r "$file" ] || continue
		case $file in
		*.sources) sed -n 's/^[Uu][Rr][Ii]s:[[:space:]]*//p' "$file" | tr -s ' \t' '\n\n' ;;
		*) sed -n 's/^[[:space:]]*deb\(-src\)\{0,1\}[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\3/p' "$file" ;;
		esac
	done | grep -v -e security -e backports | grep -E '/debian(/|$)' | head -n 1
}

# Writes an apt configuration that touches nothing of the machine's own, into $work.
apt_prepare() {
	base=${BUURTSYNC_MIRROR:-$(mirror)}
	[ -n "$base" ] || die "no Debian archive in /etc/apt/sources.list or sources.list.d;" \
		"set BUURTSYNC_MIRROR to the base address of one"
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$keyring" ] || die "$keyring is missing; install debian-archive-keyring"
	mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/parts"
	: >"$work/sources.list"
	for suite in $DEPENDENCY_SUITES; do
		echo "deb-src [signed-by=$keyring] $base $suite main" >>"$work/sources.list"
	done
	# A mirror may be a snapshot whose Valid-Until has passed; the signature still holds.
	cat >"$work/apt.conf" <<-END
		Dir::State::Lists "$work/lists";
		Dir::Etc::SourceList "$work/sources.list";
		Dir::Etc::SourceParts "$work/parts";
		Dir::Cache "$work";
		Dir::Cache::Archives "$work/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
	# The _apt user can not read a folder below somebody's home or /root.
	if [ "$(id -u)" = 0 ]; then echo 'APT::Sandbox::User "root";' >>"$work/apt.conf"; fi
	apt-get -q update
}

versions() { apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p'; }

# Prints the version of package $1 to build: $2 if the mirror has it, else the newest in [$3, $4).
choose_version() {
	best=
	for version in $(versions "$1"); do
		if [ "$version" = "$2" ]; then echo "$2"; return; fi
		dpkg --compare-versions "$version" ge "$3" || continue
		dpkg --compare-versions "$version" lt "$4" || continue
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then best=$version; fi
	done
	[ -n "$best" ] || die "the mirror offers no $1 of at least $3 and below $4"
	echo "dependencies: the mirror no longer has $1 $2; using $best, which apt authenticated" >&2
	echo "$best"
}

# Fetches and unpacks package $1, version $2, into $work/$1; $3 is the .dsc's SHA-256, or empty.
fetch() {
	mkdir -p "$work/fetch-$1"
	cd "$work/fetch-$1"
	apt-get -q --only-source --download-only source "$1=$2"
	if [ -n "$3" ]; then
		echo "$3  $(ls ./*.dsc)" | sha256sum -c - ||
			die "$1 $2 differs from the SHA-256 in cmake/dependencies.sh"
	fi
	dpkg-source --no-check -x ./*.dsc "$work/$1"
}

build_mbedtls() {
	cd "$work/mbedtls"
	cp "$root/cmake/mbedtls_user_config.h" "$root/cmake/chachapoly_alt.h" include/
	# Our own chachapoly.c stands in for theirs.
	cp "$root/cmake/chachapoly_alt.c" library/chachapoly.c
	mkdir objects
	flags="$DEPENDENCY_CFLAGS $MBEDTLS_CFLAGS"
	export flags
	printf '%s\n' library/*.c | xargs -P "$jobs" -n 1 sh -c 'cc -c "$1" -std=c99 $flags -Werror \
		"-DMBEDTLS_USER_CONFIG_FILE=<mbedtls_user_config.h>" -Iinclude -Ilibrary \
		-o "objects/$(basename "$1" .c).o"' compile
	ar rcs "$target/lib/libmbedtls.a" objects/*.o
	cp -R include/mbedtls include/psa include/mbedtls_user_config.h include/chachapoly_alt.h "$target/include/"
}

build_sqlite() {
	cd "$work/sqlite3"
	./configure --disable-tcl
	make sqlite3.c
	cc -c sqlite3.c $DEPENDENCY_CFLAGS $SQLITE_OPTIONS -o sqlite3.o
	ar rcs "$target/lib/libsqlite3.a" sqlite3.o
	cp sqlite3.h "$target/include/"
}

build() {
	prefix=$(prefix_folder)
	if [ -e "$prefix/complete" ]; then return; fi
	cache=$(cache_folder)
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	# Another process may have built it while this one waited.
	if [ -e "$prefix/complete" ]; then return; fi
	log=$cache/dependencies.log
	: >"$log"
	jobs=$(nproc)
	work=$(mktemp -d "$cache/work.XXXXXX")
	APT_CONFIG=$work/apt.conf
	export APT_CONFIG
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM HUP
	target=$work/target
	mkdir -p "$target/lib" "$target/include"
	step 'read the source indexes' apt_prepare
	mbedtls=$(choose_version mbedtls "$MBEDTLS_VERSION" "$MBEDTLS_MIN" "$MBEDTLS_BELOW")
	sqlite=$(choose_version sqlite3 "$SQLITE_VERSION" "$SQLITE_MIN" "$SQLITE_BELOW")
	sum=$MBEDTLS_DSC_SHA256; [ "$mbedtls" = "$MBEDTLS_VERSION" ] || sum=
	step "fetch mbedtls $mbedtls" fetch mbedtls "$mbedtls" "$sum"
	sum=$SQLITE_DSC_SHA256; [ "$sqlite" = "$SQLITE_VERSION" ] || sum=
	step "fetch SQLite $sqlite" fetch sqlite3 "$sqlite" "$sum"
	step "build mbedtls $mbedtls" build_mbedtls
	step "build SQLite $sqlite" build_sqlite
	printf 'mbedtls %s\nsqlite3 %s\n' "$mbedtls" "$sqlite" >"$target/complete"
	rm -rf "$prefix"
	mv "$target" "$prefix"
}

# Runs $2... with its output in the log, and shows one progress line.
step() {
	echo "dependencies: $1" >&2
	shift
	# A background job, because `set -e` is off inside a command that `||` follows.
	("$@") >>"$log" 2>&1 9>&- &
	wait $! || { tail -n 20 "$log" >&2; die "failed; the whole log is $log"; }
}

available() {
	work=$(mktemp -d)
	APT_CONFIG=$work/apt.conf
	export APT_CONFIG
	trap 'rm -rf "$work"' EXIT
	apt_prepare >/dev/null
	for package in mbedtls sqlite3; do
		versions "$package" | while read -r version; do
			sum=$(apt-cache showsrc --only-source "$package" |
				awk -v dsc="${package}_${version#*:}.dsc" '$3 == dsc && length($1) == 64 { print $1; exit }')
			echo "$package $version ${sum:-no SHA-256}"
		done
	done
}

case ${1:-} in
prefix) prefix_folder ;;
build) build ;;
available) available ;;
*) echo "usage: tools/dependencies.sh prefix|build|available" >&2; exit 2 ;;
esac
