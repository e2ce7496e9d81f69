#!/bin/sh
# run.sh [NAME...]: runs the benchmarks (push connect device merge) or those named; prints lines `bench NAME VALUE UNIT`.
#
# Run by `./do bench` with the programs in PATH.  BENCH_ROWS_MAX=100000 leaves out the store of a million rows.
set -eu
[ $# -gt 0 ] || set -- push connect device merge
for name; do
	"bench_$name"
done
