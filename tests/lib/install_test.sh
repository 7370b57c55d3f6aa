#!/usr/bin/env bash
# tests/lib/install_test.sh CMAKE BUILD-DIRECTORY SOURCE-DIRECTORY C-COMPILER CXX-COMPILER: installs to a directory of its
# own, moves it, and builds the examples against it from outside, with find_package and with pkg-config.
set -euo pipefail
cmake=$1 build=$2 source=$3 cc=$4 cxx=$5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$cmake" --install "$build" --prefix "$dir/first" >"$dir/log" || { cat "$dir/log"; exit 1; }
mv "$dir/first" "$dir/prefix"  # nothing in it may depend on where it was
pc=$(dirname "$(find "$dir/prefix" -name mnm.pc)")
LD_LIBRARY_PATH=$(dirname "$pc")
PKG_CONFIG_PATH=$pc
export LD_LIBRARY_PATH PKG_CONFIG_PATH

# works HOW PROGRAM: the embedded relay does what it says.
works() {
  "$2" "$dir/$1-data" >"$dir/out" || { echo "the example built with $1 fails"; exit 1; }
  grep -q '^received .*: Hello, Bob\.$' "$dir/out"
  echo "$1: $(tail -n 1 "$dir/out")"
}

"$cmake" -S "$source/examples" -B "$dir/cmake" -DCMAKE_PREFIX_PATH="$dir/prefix" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_CXX_COMPILER="$cxx" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
grep -q "$dir/prefix" "$dir/cmake/CMakeCache.txt"
"$cmake" --build "$dir/cmake" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
works find_package "$dir/cmake/example_embed"

# shellcheck disable=SC2046  # flags are words
"$cxx" -std=c++20 $(pkg-config --cflags mnm) "$source/examples/embed.cc" $(pkg-config --libs mnm) -o "$dir/embed"
works pkg-config "$dir/embed"
# shellcheck disable=SC2046
"$cc" -std=c99 $(pkg-config --cflags mnm-client) "$source/examples/client.c" $(pkg-config --libs mnm-client) -o "$dir/client"
code=0
"$dir/client" 2>/dev/null || code=$?
[ "$code" -eq 2 ]
[ "$(pkg-config --modversion mnm)" = "$(pkg-config --modversion mnm-client)" ]
