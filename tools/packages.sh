#!/bin/sh
# packages.sh: installs the Debian packages that building and testing need, and no others.
#
# Only what is missing is installed; with nothing missing, apt is not called at all.
set -eu

always='ca-certificates clang clang-format clang-tidy cmake cppcheck dpkg-dev g++ gcc iproute2
libc6-dev libsodium-dev libuv1-dev libzstd-dev make ninja-build patch pkg-config xz-utils'

die() { echo "setup: $*" >&2; exit 1; }
# Prints those of its arguments that are installed.
installed() {
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' | sort -u
}
is_installed() { [ -n "$(installed "$1")" ]; }
is_offered() { [ -n "$(apt-cache show "$1" 2>/dev/null)" ]; }
# Prints the LLVM release (14, 19) in a list of dependencies on stdin.
llvm_release() { sed -n 's/.*clang-\([0-9][0-9]*\).*/\1/p' | head -n 1; }

missing() {
	have=" $(installed $always | tr '\n' ' ') "
	for package in $always; do
		case $have in
		*" $package "*) ;;
		# pkg-config is a virtual name where pkgconf provides it.
		*) if [ "$package" != pkg-config ] || ! is_installed pkgconf; then echo "$package"; fi ;;
		esac
	done
	# msgpack-c has one name on Debian 12 and another on 13; `msgpack` stands for either.
	is_installed libmsgpack-c-dev || is_installed libmsgpack-dev || echo msgpack
	# The sanitizer and fuzzer runtime belongs to one release of clang; `runtime` stands for it.
	if is_installed clang; then
		release=$(dpkg-query -W -f '${Depends}' clang | llvm_release)
		is_installed "libclang-rt-$release-dev" || echo runtime
	else
		echo runtime
	fi
}

wanted=$(missing | tr '\n' ' ')
if [ -z "$wanted" ]; then exit 0; fi

if [ "$(id -u)" = 0 ]; then as_root=
elif command -v sudo >/dev/null; then as_root=sudo
else die "not root and no sudo; let root run: $0"
fi

log=${TMPDIR:-/tmp}/buurtsync-packages.$(id -u).log
run() { $as_root env DEBIAN_FRONTEND=noninteractive "$@" >>"$log" 2>&1 </dev/null; }
: >"$log"
echo "setup: read the package indexes" >&2
run apt-get -q update || die "apt-get update failed; the log is $log"
names=
for package in $wanted; do
	case $package in
	msgpack) if is_offered libmsgpack-c-dev; then package=libmsgpack-c-dev; else package=libmsgpack-dev; fi ;;
	runtime) package=libclang-rt-$(apt-cache show clang | grep '^Depends:' | llvm_release)-dev ;;
	esac
	names="$names $package"
done
echo "setup: install$names" >&2
run apt-get -q -y --no-install-recommends install $names ||
	{ tail -n 20 "$log" >&2; die "apt-get install failed; the log is $log"; }
