#!/bin/sh
# run.sh [NAME...]: runs the benchmarks (push connect device store merge city) or those named; prints lines `bench NAME VALUE UNIT`.
#
# Run by `./do bench` with the programs in PATH.  BENCH_ROWS_MAX=100000 leaves out the store of a million rows, and makes the
# city as small.
set -eu
[ $# -gt 0 ] || set -- push connect device store merge city
for name; do
	"bench_$name"
done
