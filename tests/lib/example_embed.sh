#!/usr/bin/env bash
# tests/lib/example_embed.sh EXAMPLE: the relay inside a program, twice on the same data.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for _ in first again; do
  "$1" "$dir/data" | tee "$dir/out"
  grep -q '^received .*: Hello, Bob\.$' "$dir/out"
done
