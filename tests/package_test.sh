#!/usr/bin/env bash
# tests/package_test.sh CPACK BUILD-DIRECTORY SOURCE-DIRECTORY: makes the Debian packages and looks into them. Exit code 77
# (skipped) where their tools are missing.
set -euo pipefail
cpack=$1 build=$2 source=$3
for tool in dpkg-deb dpkg-shlibdeps file; do
  command -v "$tool" >/dev/null || { echo "no $tool here"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# Fast rather than small.
"$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$dir" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >"$dir/log" 2>&1 ||
  { cat "$dir/log"; exit 1; }

bad=0
complain() { echo "$*"; bad=1; }
# package NAME: its file; there is one.
package() {
  local found=("$dir/$1"_*.deb)
  [ -f "${found[0]}" ] || { echo "there is no package $1: $(ls "$dir")" >&2; exit 1; }
  echo "${found[0]}"
}
# holds PACKAGE PATH...: each is a file in it, owned by root and not writable by others.
holds() {
  local deb=$1 list
  shift
  list=$(dpkg-deb -c "$(package "$deb")" | sed 's/ -> .*//')
  for path in "$@"; do
    grep -Eq "^[-l][rwx-]{9} root/root +[0-9]+ .* \./$path\$" <<<"$list" || complain "$deb lacks /$path"
  done
  if grep -Ev ' \./(usr|etc/mnm)?(/.*)?$| \./etc/$' <<<"$list"; then complain "$deb has files in strange places"; fi
  if grep -E '^-.......w' <<<"$list"; then complain "$deb has files that anybody may write"; fi
}
# field PACKAGE NAME WHAT: the control field says so.
field() {
  local said
  said=$(dpkg-deb -f "$(package "$1")" "$2")
  grep -q -- "$3" <<<"$said" || complain "$1: $2 is '$said', without '$3'"
}

holds mnm-server usr/bin/{mnmd,mnmctl,mnmlog,mnmrestore} usr/lib/systemd/system/mnmd.service \
  usr/lib/sysusers.d/mnm.conf etc/mnm/mnmd.toml usr/share/doc/mnm-server/mnmd.md \
  usr/share/man/man8/mnmd.8 usr/share/man/man1/mnm{log,ctl,restore}.1 usr/share/bash-completion/completions/mnmlog \
  usr/share/zsh/vendor-completions/_mnmctl
holds mnm-tools usr/bin/{mnm,mnmbench} usr/share/man/man1/mnm.1
holds libmnm0 "usr/lib/([^/]*/)?libmnm.so.0"
holds libmnm-client0 "usr/lib/([^/]*/)?libmnm-client.so.0"
holds libmnm-dev usr/include/mnm/{relay,client,failure,mnm_client}.h "usr/lib/([^/]*/)?libmnm.so" \
  "usr/lib/([^/]*/)?cmake/mnm/mnm-config.cmake" "usr/lib/([^/]*/)?pkgconfig/mnm-client.pc" \
  usr/share/doc/libmnm-dev/examples/embed.cc

field mnm-server Depends librocksdb
field mnm-server Depends systemd-sysusers
field libmnm-client0 Depends libssl
if dpkg-deb -f "$(package libmnm-client0)" Depends | grep -Eq 'rocksdb|protobuf'; then
  complain "a client needs a database"
fi
field libmnm-dev Depends "libmnm0 (= "
for name in mnm-server mnm-tools libmnm0 libmnm-client0 libmnm-dev; do
  field "$name" Maintainer "<.*>"
  field "$name" Version "^[0-9.]*-1$"
done

dpkg-deb --ctrl-tarfile "$(package mnm-server)" | tar -x -C "$dir" ./conffiles ./postinst ./prerm ./postrm
grep -qx /etc/mnm/mnmd.toml "$dir/conffiles" || complain "the configuration is no conffile"
for script in postinst prerm postrm; do
  [ -x "$dir/$script" ] && sh -n "$dir/$script" || complain "$script can't be run"
done
"$build/bin/mnmd" config check --config "$source/contrib/mnmd.toml" || complain "the packaged configuration is wrong"
if file "$dir"/_CPack_Packages/*/DEB/*/*/usr/bin/* 2>/dev/null | grep 'not stripped'; then complain "not stripped"; fi
[ "$bad" -eq 0 ] && echo "the packages hold what they should"
exit "$bad"
