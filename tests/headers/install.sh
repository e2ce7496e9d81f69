#!/bin/sh
# install.sh BUILD: what `cmake --install` puts down compiles an application, by pkg-config and by find_package.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/root" >"$work/log"
libraries=$(dirname "$(find "$work/root" -name buurtsync.pc)")/..
PKG_CONFIG_PATH=$libraries/pkgconfig
export PKG_CONFIG_PATH

gcc "$here/alone.c" $(pkg-config --cflags --libs buurtsync) -Wl,-rpath,"$libraries" -o "$work/shared"
"$work/shared"
gcc "$here/alone.c" $(pkg-config --cflags buurtsync) -Wl,--whole-archive "$libraries/libbuurtsync.a" -Wl,--no-whole-archive \
	$(pkg-config --libs --static buurtsync | sed 's/-lbuurtsync//') -o "$work/static"
"$work/static"

mkdir "$work/cmake"
cat >"$work/cmake/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(application C)
find_package(buurtsync REQUIRED)
add_executable(application $here/alone.c)
target_link_libraries(application buurtsync::buurtsync)
END
cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$work/root" >>"$work/log"
cmake --build "$work/cmake/build" >>"$work/log"
"$work/cmake/build/application"
