#!/usr/bin/env bash
# tests/lib/example_client.sh MNMD EXAMPLE: the example in C, against a relay.
set -euo pipefail
mnmd=$1 example=$2
dir=$(mktemp -d)
relay=
clean() {
  if [ -n "$relay" ]; then
    kill "$relay" 2>/dev/null || true
    wait "$relay" 2>/dev/null || true
  fi
  rm -rf "$dir"
}
trap clean EXIT

mkfifo "$dir/ready"
"$mnmd" --data "$dir/data" --disk-reserve 0 --listen "unix://$dir/sock" >"$dir/ready" 2>"$dir/words" &
relay=$!
read -r -t 30 _ <"$dir/ready" || { echo "the relay doesn't start:"; cat "$dir/words"; exit 1; }

"$example" "unix://$dir/sock" | tee "$dir/out"
grep -q '^received .*: Buy milk\.$' "$dir/out"
# What can't be reached is said, with the code for it.
code=0
"$example" "unix://$dir/nobody" 2>"$dir/err" || code=$?
[ "$code" -eq 5 ] && grep -q "can't connect to unix://$dir/nobody" "$dir/err"
