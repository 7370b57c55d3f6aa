#!/usr/bin/env bash
# tests/hardening_test.sh COMPILER [PROGRAM...]: reads from each program what the hardening flags should have left in it,
# and that no bug can be planted in it (src/base/canary.h).
# First shows itself to fail: small programs built without one of the protections must each be refused.
set -euo pipefail

compiler=${1:?usage: hardening_test.sh COMPILER [PROGRAM...]}
shift
export LC_ALL=C

# complaints PROGRAM: one line for each protection that is missing.
complaints() {
  local headers dynamic symbols
  headers=$(readelf -W -h -l "$1") dynamic=$(readelf -W -d "$1") symbols=$(readelf -W --dyn-syms "$1")
  grep -q 'Type: *DYN' <<<"$headers" || echo "not position-independent: ASLR cannot move it"
  grep -q 'GNU_RELRO' <<<"$headers" || echo "no RELRO: its relocations stay writable"
  grep -Eq 'BIND_NOW|FLAGS_1.*NOW' <<<"$dynamic" || echo "lazy binding: its GOT stays writable"
  grep -q 'GNU_STACK.* RW ' <<<"$headers" || echo "the stack is executable"
  grep -q '__stack_chk_fail' <<<"$symbols" || echo "no stack protector"
  grep -Eq '__[a-z]+_chk(@| |$)' <<<"$symbols" || echo "no _FORTIFY_SOURCE"
  ! grep -q 'MNM_CANARY' "$1" || echo "bugs can be planted in it: it was built with MNM_CANARIES"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/sample.cc" <<'SAMPLE'
#include <cstdio>
#include <cstring>
#include "base/canary.h"
int main(int argc, char** argv) {
  if (MNM_CANARY("sample")) return 1;
  char buffer[64];
  std::strcpy(buffer, argv[argc - 1]);
  return std::puts(buffer);
}
SAMPLE

good=(-std=c++20 -I"$(dirname "$0")/../src" -O2 -fPIE -pie -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
      -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
# sample WHAT [FLAG...]: the good flags and then those; the last one of a kind wins.
sample() {
  local what=$1 said
  shift
  "$compiler" "${good[@]}" "$@" "$work/sample.cc" -o "$work/sample"
  said=$(complaints "$work/sample")
  if [ "$said" = "$what" ]; then return; fi
  echo "this check is broken: with '$*' it should say '$what' and says '$said'"
  exit 1
}
sample ""
sample "not position-independent: ASLR cannot move it" -fno-pie -no-pie
sample "no RELRO: its relocations stay writable" -Wl,-z,norelro
sample "lazy binding: its GOT stays writable" -Wl,-z,lazy
sample "the stack is executable" -Wl,-z,execstack
sample "no stack protector" -fno-stack-protector
sample "no _FORTIFY_SOURCE" -U_FORTIFY_SOURCE
sample "bugs can be planted in it: it was built with MNM_CANARIES" -DMNM_CANARIES

bad=0
for program in "$@"; do
  said=$(complaints "$program")
  [ -n "$said" ] || continue
  bad=1
  while IFS= read -r line; do echo "$(basename "$program"): $line"; done <<<"$said"
done
[ "$bad" -eq 0 ] && echo "$# programs are hardened"
exit "$bad"
