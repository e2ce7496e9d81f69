#!/bin/sh
# run.sh [NAME...]: does the harness see what is broken on purpose?  Applies each NN_*.patch (or those whose name has NAME in
# it) to a copy of the tree, builds what must see it, and runs that until it fails.  Prints `caught` or `NOT CAUGHT` a patch;
# exit status 0 only if all are caught.  A seed that fails counts only if it passes without the patch.
# MUTANTS_SEEDS: how many are tried (1000); MUTANTS_DIR: where copy and build are, and stay.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
seeds=${MUTANTS_SEEDS:-1000}
jobs=$(nproc 2>/dev/null || echo 2)
if [ -n "${MUTANTS_DIR:-}" ]; then
	scratch=$MUTANTS_DIR
	mkdir -p "$scratch"
else
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 1' HUP INT TERM
fi
tree=$scratch/tree
build=$scratch/build
log=$scratch/log

die() {
	tail -n 20 "$log" >&2
	echo "mutants: $*" >&2
	exit 1
}

# Builds the programs named.
build() {
	cmake --build "$build" -j "$jobs" --target "$@" >"$log" 2>&1
}

# Runs PROGRAM of the patched build to its first failure: prints what failed, or nothing.
look() {
	case $1 in
	sim) "$build/bin/sim" --seeds "$seeds" --jobs "$jobs" 2>/dev/null | sed -n 's/^seed \([0-9]*\) fails/seed \1/p' ;;
	scopes) "$build/bin/scopes" --all >"$log" 2>&1 || grep -m 1 '^case' "$log" || echo 'a failure' ;;
	esac
}

# True when the same goes well without the patch.
passes_whole() {
	case $1 in
	sim)
		seed=${2#seed }
		"$scratch/whole/sim" --seeds 1 --from "${seed%%:*}" --jobs 1 >/dev/null 2>&1
		;;
	scopes) "$scratch/whole/scopes" --all >/dev/null 2>&1 ;;
	esac
}

# One patch: builds, runs, says what came of it.
try() {
	name=$(basename "$1" .patch)
	program=$(sed -n 's/^Seen by: //p' "$1" | head -n 1)
	began=$(date +%s)
	if ! patch -d "$tree" -p1 -s -f --no-backup-if-mismatch <"$1" >"$log" 2>&1; then
		echo "NOT CAUGHT $name: it does not apply any more"
		fresh
		return 1
	fi
	result=1
	if build "$program"; then
		found=$(look "$program")
		if [ -z "$found" ]; then
			echo "NOT CAUGHT $name by $program in $(($(date +%s) - began)) s"
		elif ! passes_whole "$program" "$found"; then
			echo "NOT CAUGHT $name: $program fails at $found without it too"
		else
			echo "caught $name by $program in $(($(date +%s) - began)) s, $found"
			result=0
		fi
	else
		echo "NOT CAUGHT $name: it does not compile"
		grep -m 3 'error' "$log"
	fi
	patch -d "$tree" -p1 -s -f -R --no-backup-if-mismatch <"$1" >"$log" 2>&1 || fresh
	return $result
}

# The tree as it is, without what is built.  Files that are the same keep their time, so that little is compiled.
fresh() {
	mkdir -p "$tree"
	(cd "$source" && find . \( -path ./build -o -path ./.git \) -prune -o -type f -print) | sort >"$scratch/files"
	while IFS= read -r file; do
		cmp -s "$source/$file" "$tree/$file" && continue
		mkdir -p "$tree/$(dirname "$file")"
		cp "$source/$file" "$tree/$file"
	done <"$scratch/files"
}

fresh
cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release >"$log" 2>&1 || die 'the copy cannot be configured'
programs=$(sed -n 's/^Seen by: //p' "$here"/*.patch | sort -u)
# shellcheck disable=SC2086
build $programs || die 'the copy cannot be built'
mkdir -p "$scratch/whole"
for program in $programs; do cp "$build/bin/$program" "$scratch/whole/"; done

count=0
missed=0
for patch in "$here"/*.patch; do
	wanted=0
	[ $# -gt 0 ] || wanted=1
	for name; do case $patch in *"$name"*) wanted=1 ;; esac; done
	[ $wanted = 1 ] || continue
	count=$((count + 1))
	try "$patch" || missed=$((missed + 1))
done
echo "$count mutants, $((count - missed)) caught, $missed not"
[ "$missed" = 0 ] && [ "$count" -gt 0 ]
