#!/bin/sh
# What `./do demo` tells is so: it ends with nothing lost.
# timeout: 180
# labels: serial
set -eu
exec sh "$SOURCE_DIR/tests/demo/demo.sh"
