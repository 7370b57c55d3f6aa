#!/usr/bin/env bash
# systemd_test.sh UNIT: what systemd itself says of the unit's exposure; 1.5 at most. Exit code 77 (skipped) without systemd.
set -euo pipefail
unit=$1
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze here"; exit 77; }
report=$(systemd-analyze security --offline=yes --threshold=15 --no-pager "$unit" 2>&1) || {
  printf '%s\n%s is more exposed than 1.5\n' "$report" "$unit"
  exit 1
}
tail -n 1 <<<"$report"
