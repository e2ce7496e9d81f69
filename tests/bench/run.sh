#!/bin/sh
# run.sh [NAME...]: runs the benchmarks (push connect device store merge) or those named; prints lines `bench NAME VALUE UNIT`.
#
# Run by `./do bench` with the programs in PATH.  BENCH_ROWS_MAX=100000 leaves out the store of a million rows.
set -eu
[ $# -gt 0 ] || set -- push connect device store merge
for name; do
	"bench_$name"
done
