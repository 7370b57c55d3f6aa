#!/bin/sh
# A short run of each of mnmbench's programs against a relay: for correctness, never for time.
# smoke.sh BIN-DIRECTORY
set -eu
bin=$1
dir=$(mktemp -d)
relay=
clean() {
  [ -z "$relay" ] || kill "$relay" 2>/dev/null || true
  [ -z "$relay" ] || wait "$relay" 2>/dev/null || true
  rm -rf "$dir"
}
trap clean EXIT

fail() {
  echo "FAILED: $1"
  cat "$dir/out" "$dir/err"
  exit 1
}
# expect CODE WHAT COMMAND...: runs it, output to $dir/out.
expect() {
  wanted=$1 what=$2
  shift 2
  code=0
  "$@" >"$dir/out" 2>"$dir/err" || code=$?
  [ "$code" = "$wanted" ] || fail "$what: exit code $code, not $wanted"
}
says() { grep -q "$1" "$dir/out" || fail "$2"; }

mkfifo "$dir/ready"
"$bin/mnmd" --data "$dir/data" --listen "unix://$dir/sock" --listen tcp://127.0.0.1:0 \
  --listen http://127.0.0.1:0 \
  >"$dir/ready" 2>"$dir/relay.err" &
relay=$!
read -r line <"$dir/ready" || fail "the relay doesn't start: $(cat "$dir/relay.err")"
url=unix://$dir/sock
tcp=$(echo "$line" | grep -o 'tcp://[^ ]*')
http=$(echo "$line" | grep -o 'http://[^ ]*')

expect 0 "a mix of sizes" "$bin/mnmbench" --connect "$url" --size 80x4,400x2,100000 --warm-up 0 \
  --seconds 0.3 --json
says '"faults":\[\]' "a mix of sizes has faults"
says '"p999_us"' "there are no quantiles"
expect 0 "TMTP over TCP" "$bin/mnmbench" --connect "$tcp" --dialect tmtp --warm-up 0 --seconds 0.3 --json
says '"faults":\[\]' "TMTP has faults"
for web in "$http" "ws${http#http}"; do
  expect 0 "over $web" "$bin/mnmbench" --connect "$web" --size 80x4,400000 --warm-up 0 --seconds 0.3 --json
  says '"faults":\[\]' "$web has faults"
  says '"posts":[1-9]' "nothing is posted over $web"
  expect 0 "links that come and go over $web" "$bin/mnmbench" --connect "$web" --churn 3 --idle 2 --warm-up 0 --seconds 0.3 --json
  says '"faults":\[\]' "links that come and go over $web have faults"
done
expect 0 "groups, idle links, links that come and go" "$bin/mnmbench" --connect "$url" --groups 2 \
  --idle 5 --churn 3 --senders 2 --receivers 6 --warm-up 0 --seconds 0.5 --json
says '"faults":\[\]' "groups have faults"
says '"logins":[1-9]' "nobody logged in again"
expect 0 "a group with members who aren't there or read nothing" "$bin/mnmbench" --connect "$url" --group --absent 2 \
  --stuck 2 --senders 2 --receivers 3 --warm-up 0 --seconds 0.3 --json
says '"faults":\[\]' "members who aren't there bring faults"
expect 2 "members of no group" "$bin/mnmbench" --connect "$url" --stuck 1
expect 0 "against the floor" "$bin/mnmbench" --connect "$tcp" --against-floor --floor-dir "$dir" \
  --pairs 1 --warm-up 0 --seconds 0.3 --json
says '"posts_ratio"' "there is no ratio"
expect 0 "the headline" "$bin/mnmbench" headline --connect "$url" --clients 12 --group-size 4 \
  --deliveries 400 --pid "$relay" --data "$dir/data" --json
says '"faults":\[\]' "the headline has faults"
expect 0 "the headline in TMTP" "$bin/mnmbench" headline --connect "$url" --dialect tmtp --clients 8 \
  --group-size 4 --deliveries 200
says '^deliveries  *[1-9]' "the headline delivers nothing"

"$bin/mnmbench" hostile --connect "$tcp" --idle 300 --dribblers 50 --floods 5 --seconds 1.5 >"$dir/strangers" &
strangers=$!
expect 0 "a load beside strangers" "$bin/mnmbench" --connect "$tcp" --warm-up 0 --seconds 1 --json
says '"faults":\[\]' "strangers bring faults"
wait "$strangers" || fail "the strangers don't end well"
cp "$dir/strangers" "$dir/out"
says '^[1-9][0-9]* links opened' "no stranger came"

expect 0 "the codec alone" "$bin/mnmbench" local --dir "$dir" --filter 'codec|append/16|posts_to_two|jsonl' --seconds 0.001
says 'log/append/16' "the append isn't measured"
says 'show_jsonl.*events/s=[0-9.]*[kM]' "show isn't measured"
expect 0 "the engine alone" "$bin/mnmbench" engine --turns 5
expect 0 "the engine alone, with a group" "$bin/mnmbench" engine --turns 2 --users 50 --group --posts 1

expect 2 "an unknown option" "$bin/mnmbench" --no-such-option
expect 2 "a size that is none" "$bin/mnmbench" --connect "$url" --size 80y4
expect 2 "more recipients than receivers" "$bin/mnmbench" --connect "$url" --receivers 2 --fanout 3
expect 2 "an uneven deal" "$bin/mnmbench" --connect "$url" --receivers 5 --groups 2
expect 2 "a filter that matches nothing" "$bin/mnmbench" local --filter no-such-benchmark
expect 5 "no relay" "$bin/mnmbench" --connect "unix://$dir/none"
expect 0 "help" "$bin/mnmbench" --help
says 'headline' "the help doesn't name the headline"

kill "$relay"
wait "$relay" || fail "the relay doesn't end well"
relay=
expect 0 "a log filled" "$bin/mnmbench" fill --data "$dir/data" --users 4 --turns 2 --posts 3
says 'events' "nothing was filled"
# What the last turn posted waits still, so its bodies are looked at, too.
expect 0 "the filled log is whole" "$bin/mnmlog" verify --data "$dir/data"
says 'OK' "the filled log isn't OK"
echo PASSED
