#!/bin/sh
# do: the one front door, for people and for CI.  `./do help` lists the verbs.
set -eu
cd "$(dirname "$0")"
jobs=$(nproc 2>/dev/null || echo 2)
logs=build/log

usage() {
	cat <<-'END'
		usage: ./do VERB [ARGUMENTS]
		  setup             install packages that are missing; build mbedtls and SQLite into the cache
		  build [PRESET]    build below build/PRESET: dev (default), release, asan, tsan, fuzz, coverage
		  demo              a day with one daemon and four devices, told in plain words
		  test              all tests, again under the sanitizers, and the checks
		  tsan              the tests with threads, under the thread sanitizer
		  bench [NAME...]   measure; prints lines `bench NAME VALUE UNIT`
		  sim ARGUMENTS     the simulator: --seeds N [--from S] [--jobs J] [--probes], --seed S; --mutants [NAME...]:
		                    what is broken on purpose must be seen
		  fuzz [--seconds N] [TARGET...]
		                    fuzz each target for N seconds (default 60)
		  check             the rules on the source: layers, names, sizes, quotes, and what analyse does
		  analyse           format and static analysis
		  fmt               format the C files
		  docs              where the documentation is
		  deps-available    the versions of mbedtls and SQLite that the mirror offers
		  clean             remove build/
	END
}

say() { echo "== $*" >&2; }

# Runs the command after NAME with its output in a log; on failure shows the end of the log.
logged() {
	name=$1
	shift
	mkdir -p "$logs"
	if "$@" >"$logs/$name.log" 2>&1 </dev/null; then return 0; fi
	grep -nE 'error:|FAILED|Error' "$logs/$name.log" | head -n 20 >&2 || true
	tail -n 40 "$logs/$name.log" >&2
	say "$name failed; the whole log is $logs/$name.log"
	return 1
}

setup() {
	tools/packages.sh
	tools/dependencies.sh build
}

# Builds PRESET: all of it, or the programs of the tests with the given labels.
build() {
	preset=$1
	shift
	if [ ! -e "build/$preset/build.ninja" ]; then
		say "configure $preset"
		logged "configure-$preset" cmake --preset "$preset" || return 1
	fi
	for label; do
		shift
		set -- "$@" --target "programs_$label"
	done
	say "build $preset"
	logged "build-$preset" cmake --build "build/$preset" -j "$jobs" "$@"
}

# The C files that are ours.
sources() {
	find core daemon client-sdk schema tests -name '*.[ch]' ! -path '*/fixtures/*' | sort
}

passed=0
failed=0
# Adds one case: NAME, then the command that decides it.
case_of() {
	label=$1
	shift
	say "$label"
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $label"
		return 1
	fi
}

# Runs ctest in build/PRESET with further arguments and adds its numbers.
run_tests() {
	preset=$1
	shift
	say "test $preset $*"
	mkdir -p "$logs"
	log=$logs/test-$preset.log
	status=0
	ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error "$@" >"$log" 2>&1 </dev/null || status=$?
	total=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$log" | tail -n 1)
	bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of.*/\1/p' "$log" | tail -n 1)
	if [ -z "$total" ]; then
		tail -n 20 "$log"
		total=1 bad=1
	elif [ "$status" != 0 ]; then
		# What failed, with its output, and without the lines of what passed.
		grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed|^ *Start ' "$log" || true
		if [ "$bad" = 0 ]; then bad=1; fi
	fi
	passed=$((passed + total - bad))
	failed=$((failed + bad))
	say "test $preset: $((total - bad)) passed, $bad failed"
}

# Tells whether TOOL is of the version whose verdict counts, Debian 12's; another one judges differently.
analysed() {
	if "$2" --version | grep -Eq "(version|Cppcheck) $3"; then return 0; fi
	say "skip $1: needs $2 $3"
	return 1
}

check_format() {
	sources >"$logs/format.list"
	logged format xargs -a "$logs/format.list" clang-format --dry-run -Werror
}

# Leaks and uninitialised memory are judged by the sanitizers, which see what runs; cppcheck guesses across functions.
check_cppcheck() {
	mkdir -p build/cppcheck
	logged cppcheck cppcheck --quiet -j "$jobs" --project=build/dev/compile_commands.json --std=c11 \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress='*:*/generated/*' --suppress=unknownMacro --suppress=memleak --suppress=uninitvar \
		--suppress=ctuuninitvar --suppress=ctuPointerArith --cppcheck-build-dir=build/cppcheck
}

# A file that was found good is not looked at again until it changes, or anything that is no C file.
check_tidy() {
	mkdir -p build/tidy
	rest=$({ clang-tidy --version; find .clang-tidy cmake core daemon client-sdk schema -type f ! -name '*.c' |
		sort | xargs cat; } | sha256sum)
	find core daemon client-sdk -name '*.c' | sort | while read -r file; do
		good=build/tidy/$({ echo "$rest $file"; cat "$file"; } | sha256sum | cut -c 1-64)
		if [ ! -e "$good" ]; then echo "$file $good"; fi
	done >"$logs/tidy.list"
	logged tidy xargs -r -a "$logs/tidy.list" -P "$jobs" -L 1 sh -c 'clang-tidy --quiet \
		--extra-arg=-Wno-unknown-warning-option -p build/dev "$0" && touch "$1"'
}

analyse() {
	analysed format clang-format 14 && case_of 'format' check_format || true
	analysed cppcheck cppcheck 2.10 && case_of 'cppcheck' check_cppcheck || true
	analysed clang-tidy clang-tidy 14 && case_of 'clang-tidy' check_tidy || true
}

# The same beside the tests, on what they leave idle; analyse_end waits for it and adds its cases.  It is a session of
# its own, so that it ends whole when this run is interrupted.
analyse_begin() {
	mkdir -p "$logs"
	setsid nice -n 15 ./do analyse >"$logs/analyse.log" 2>&1 </dev/null &
	analyst=$!
	trap 'kill -- "-$analyst" 2>/dev/null || true' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

analyse_end() {
	wait "$analyst" || true
	sed '$d' "$logs/analyse.log"
	result=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$logs/analyse.log")
	if [ -z "$result" ]; then tail -n 5 "$logs/analyse.log"; fi
	result=${result:-0 1}
	passed=$((passed + ${result% *}))
	failed=$((failed + ${result#* }))
}

summary() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

run_fuzzers() {
	seconds=60
	if [ "${1:-}" = --seconds ]; then seconds=$2; shift 2; fi
	if [ $# = 0 ]; then set -- $(find tests/fuzz -name 'fuzz_*.c' -exec basename {} .c \; | sort); fi
	for target; do
		target=fuzz_${target#fuzz_}
		corpus=build/fuzz/corpora/${target#fuzz_}
		mkdir -p "$corpus" build/fuzz/found
		say "fuzz $target for $seconds s"
		# Short stack traces of allocations: SQLite allocates much.
		ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=8:quarantine_size_mb=32}" \
			logged "$target" "build/fuzz/tests/bin/$target" -max_total_time="$seconds" -print_final_stats=1 \
			-artifact_prefix="build/fuzz/found/$target-" "$corpus" "tests/fuzz/corpora/${target#fuzz_}"
	done
}

verb=${1:-help}
if [ $# -gt 0 ]; then shift; fi
case $verb in
setup) setup; say "ready" ;;
build) setup; build "${1:-dev}" ;;
demo) setup; build release; exec env BUILD_DIR="$PWD/build/release" SOURCE_DIR="$PWD" \
	PATH="$PWD/build/release/bin:$PATH" sh tests/demo/demo.sh "$@" ;;
test)
	setup
	# A build that fails is a failed case, and the rest still runs where it can.
	if case_of 'build dev' build dev; then
		analyse_begin
		run_tests dev
	fi
	# Under the sanitizers a copy of a process costs ten times as much: only some fault points (tests/README.md).
	export BUURTSYNC_CRASH_STRIDE="${BUURTSYNC_CRASH_STRIDE:-10}"
	if case_of 'build asan' build asan unit crash fuzz; then run_tests asan -L 'unit|crash|fuzz'; fi
	if case_of 'build tsan' build tsan threads; then run_tests tsan -L threads; fi
	if [ -n "${analyst:-}" ]; then analyse_end; fi
	summary
	;;
tsan) setup; build tsan threads; run_tests tsan -L threads; summary ;;
bench) setup; build release; exec env BUILD_DIR="$PWD/build/release" SOURCE_DIR="$PWD" \
	PATH="$PWD/build/release/bin:$PATH" sh tests/bench/run.sh "$@" ;;
sim)
	setup
	if [ "${1:-}" = --mutants ]; then shift; exec sh tests/mutants/run.sh "$@"; fi
	build release
	exec build/release/bin/sim "$@"
	;;
fuzz) setup; build fuzz; run_fuzzers "$@" ;;
check) setup; build dev; run_tests dev -L source; analyse; summary ;;
analyse) setup; build dev; analyse; summary ;;
fmt) tools/packages.sh; sources | xargs -r clang-format -i ;;
docs) echo "README.md, core/README.md, daemon/README.md, client-sdk/README.md, schema/PROTOCOL.md, schema/STORAGE.md" ;;
deps-available) tools/dependencies.sh available ;;
clean) rm -rf build ;;
help | -h | --help) usage ;;
*) usage >&2; exit 2 ;;
esac
