#!/usr/bin/env bash
# tests/lib/exports_test.sh LIBRARY-DIRECTORY SOURCE-DIRECTORY COMPILER: what the libraries show of themselves. libmnm exports
# Relay and Failure, libmnm-client the functions of mnm_client.h and nothing else; libmnm-client needs no database; the
# installed headers include nothing but the standard and each other, and mnm_client.h is C99.
set -euo pipefail
libraries=$1 headers=$2/include/mnm compiler=$3
bad=0
complain() { echo "$*"; bad=1; }

exported() { nm -D --defined-only -C "$1" | sed -n 's/^[0-9a-f]* [A-Za-z] //p' | sed 's/@.*//' | grep -v '^MNM_0$' || true; }

strange=$(exported "$libraries/libmnm.so" | grep -Ev '^(mnm::Relay::|(typeinfo|typeinfo name|vtable) for mnm::Failure$)' || true)
[ -z "$strange" ] || complain "libmnm exports: $(head -n 5 <<<"$strange")"
exported "$libraries/libmnm.so" | grep -q '^mnm::Relay::connect' || complain "libmnm doesn't export Relay"

declared=$(grep -o '\bmnm_client_[a-z_]*(' "$headers/mnm_client.h" | tr -d '(' | sort -u)
declared=$(for name in $declared; do grep -q "MNM_API.*\b$name(" "$headers/mnm_client.h" && echo "$name"; done)
[ "$(wc -l <<<"$declared")" -gt 20 ] || complain "mnm_client.h wasn't understood"
difference=$(diff <(echo "$declared") <(exported "$libraries/libmnm-client.so" | sort -u) || true)
[ -z "$difference" ] || complain "libmnm-client's exports (>) are not its header's functions (<): $difference"

needed=$(readelf -d "$libraries/libmnm-client.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
grep -q libssl <<<"$needed" || complain "libmnm-client needs no OpenSSL? This check is broken: $needed"
if grep -Eq 'rocksdb|protobuf|boost|curl|icu|prometheus' <<<"$needed"; then complain "libmnm-client needs" $needed; fi

included=$(sed -n 's/^ *# *include *//p' "$headers"/*.h | sort -u)
strange=$(grep -Ev '^(<[a-z_]+(\.h)?>|"mnm/[a-z_]+\.h")$' <<<"$included" || true)
[ -z "$strange" ] || complain "the installed headers include" $strange
"$compiler" -std=c99 -Wall -Wextra -pedantic -Werror -fsyntax-only -x c "$headers/mnm_client.h" || complain "mnm_client.h isn't C99"
[ "$bad" -eq 0 ] && echo "the libraries show what they should"
exit "$bad"
