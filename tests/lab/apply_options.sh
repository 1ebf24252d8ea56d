#!/bin/bash
# Runs inside the lab: options of apply and diff that need time, connections or a kill. $1 is lbctl, $2 inject_connections.
# Says what failed, exits 1 if anything did.
set -u
lbctl=$1 inject=$2
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
# No command of these is to read what the caller has on standard input.
exec </dev/null

cat >"$work/one" <<'END_OF_TABLE'
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1
END_OF_TABLE
grep -v 10.0.1.2 "$work/one" >"$work/without"

# diff --watch tells of drift when it happens, and when it is over
expect 0 "$lbctl" apply --saved "$work/one"
"$lbctl" diff --saved "$work/one" --watch --interval 0.1 >"$work/watch" 2>"$work/watch.err" &
watch=$!
soon watch 'no difference'
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 7
soon watch 'weight 7 → 1'
ipvsadm -d -t 10.0.0.1:80 -r 10.0.1.2:80
soon watch '^+ .*10.0.1.2:80'
"$lbctl" apply --saved "$work/one" >/dev/null
soon_times watch 2 ' no difference'
(($(grep -c '^20..-' "$work/watch") == 4)) || fail "diff --watch repeats itself: $(cat "$work/watch")"
kill "$watch"
wait "$watch" 2>/dev/null
expect 2 "$lbctl" diff --watch --saved "$work/one" --from "$work/one"

# what --ignore leaves out, aspect by aspect
sed -e 's/-s rr/-s wlc -p 60/' -e 's/10.0.1.1:80 -m -w 1/10.0.1.1:80 -g -w 5 -x 9 -y 3/' "$work/one" >"$work/other"
{ echo '--set 800 100 200' && cat "$work/other"; } >"$work/other.all"
cat "$work/one" >"$work/one.all"
everything=weights,thresholds,schedulers,persistence,methods,timeouts,daemons
expect 0 "$lbctl" diff --saved "$work/other.all" --from "$work/one" --ignore "$everything"
for aspect in ${everything//,/ }; do
    rest=$(tr , '\n' <<<"$everything" | grep -vx "$aspect" | paste -sd,)
    # No daemon differs here; all others do.
    if [[ $aspect == daemons ]]; then status=0; else status=1; fi
    expect "$status" "$lbctl" diff --saved "$work/other.all" --from "$work/one" --ignore "$rest"
done

# --drain waits for active connections, tells how many remain, and cuts them at the end; inactive ones do not hold it up
ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0
connected() { # connected ARGUMENT...: of inject_connections; table one, with five connections to 10.0.1.2
    expect 0 "$lbctl" apply --saved "$work/one"
    connect "$@"
}
connect() { # connect ARGUMENT...: the same, in the table that is there
    ipvsadm --start-daemon backup --mcast-interface sync0
    "$inject" --interface sync0 --service 10.0.0.1 --server 10.0.1.2 --count 5 "$@" || fail "inject"
    for _ in {1..50}; do
        (($(ipvsadm -Ln | awk '/10.0.1.2:80/ { print $5 + $6 }') >= 5)) && break
        sleep 0.1
    done
    ipvsadm --stop-daemon backup
}
drained_with() { # drained_with ARGUMENT...: the same; then removes 10.0.1.2 with --drain 2
    connected "$@"
    # A dry run says what would be cut, and a plan of it can be carried out all the same.
    local cut=5
    [[ $* == *--inactive* ]] && cut=0
    expect 1 "$lbctl" apply --saved "$work/without" --dry-run
    if ((cut)); then
        says out '^1. delete destination 10.0.1.2:80 of .*, with 5 active connections$'
        says out '^5 active connections would be cut$'
    else
        quiet out 'active connection'
    fi
    expect 1 "$lbctl" apply --saved "$work/without" --dry-run --drain 2
    ((cut)) && says out '^5 active connections would be waited for, and cut if'
    expect 1 "$lbctl" apply --saved "$work/without" --dry-run --format json
    (($(grep -c "\"active_connections\": $cut" "$work/out") == 2)) || fail "no active_connections: $(cat "$work/out")"
    expect 0 "$lbctl" apply --saved "$work/without" --drain 2 --out "$work/counted.json"
    sed -i 's/"active_connections": [0-9]*/"active_connections": 7/' "$work/counted.json"
    expect 0 "$lbctl" apply "$work/counted.json" --drain 2
    ipvsadm -Sn | grep -q 10.0.1.2 && fail "--drain left the destination"
    ipvsadm -C
}
drained_with
says err 'draining: 5 active connections on 1 destination, 2 s left'
says err '5 connections did not end in 2 s'
drained_with --inactive
grep -q draining "$work/err" && fail "--drain waits for inactive connections: $(cat "$work/err")"

table_of() { if [[ $1 ]]; then ip netns exec "$1" ipvsadm -Sn; else ipvsadm -Sn; fi; }
table_is() { # table_is FILE [NETNS]
    diff "$1" <(table_of "${2-}") >"$work/diff" || fail "not the table ${1##*/}: $(cat "$work/diff")"
}
table_becomes() { # table_becomes FILE [NETNS]: within 20 seconds
    for _ in {1..100}; do
        diff -q "$1" <(table_of "${2-}") >/dev/null && return
        sleep 0.2
    done
    table_is "$@"
}
# The way back of --confirm waits for the lock for as long as it takes: here beyond the 30 seconds of one attempt.
ip netns add patient && ip -n patient link set lo up
expect 0 "$lbctl" apply --saved "$work/one" --netns patient
expect 0 "$lbctl" apply --saved "$work/without" --netns patient --confirm 1
patient="/run/lbctl/net-$(stat -Lc %i /run/netns/patient)"
flock "$patient.lock" sleep 34 &
holder=$!
# --confirm counts from the end of --drain; whoever is killed while it drains is taken back, too
connected --start 20
expect 0 "$lbctl" apply --saved "$work/without" --drain 8 --confirm 6
says err '5 connections did not end in 8 s'
sleep 2
table_is "$work/without"
table_becomes "$work/one"
connected --start 40
"$lbctl" apply --saved "$work/without" --drain 8 --confirm 1 2>"$work/killed" &
victim=$!
soon killed draining
kill -9 "$victim"
wait "$victim" 2>/dev/null
sed 's/\(10.0.1.2:80 -m -w\) 1/\1 0/' "$work/one" >"$work/quiesced"
table_is "$work/quiesced"
expect 2 "$lbctl" confirm
says err 'ended before all of its steps were done.*--roll-back'
table_becomes "$work/one"

# A file that cannot be read for a while does not end it.
expect 0 "$lbctl" apply --saved "$work/without" --confirm 2
pending="/run/lbctl/net-$(stat -Lc %i /proc/self/ns/net).pending.json"
cp "$pending" "$work/pending" && echo '{' >"$pending"
sleep 4
table_is "$work/without"
mv "$work/pending" "$pending"
table_becomes "$work/one"

wait "$holder"
table_becomes "$work/one" patient
# While another namespace has services, /proc/net/ip_vs, in which rows are counted below, leaves out some.
ip netns del patient && rm "$patient".*

undo_fails() { # undo_fails FILE [OPTION...]: somebody removes the service of a real server that apply drains
    "$lbctl" apply --saved "$1" --drain 60 "${@:2}" 2>"$work/failed" &
    local apply=$!
    soon failed draining
    ipvsadm -D -t 10.0.0.1:80
    wait "$apply"
    (($? == 2)) || fail "a service that went away while it drained, and all is well"
}
# An undo that fails is said, and what was made stays known as lbctl's; --confirm has kept the way back for the rest.
connected --start 45
{ cat "$work/without" && echo '-A -t 10.0.0.9:80 -s rr'; } >"$work/ninth"
undo_fails "$work/ninth" --confirm 60
says failed 'could NOT be put back: .*confirm --roll-back'
expect 0 "$lbctl" confirm --roll-back
says out 'somebody else changed it since: TCP 10.0.0.1:80: removed'
ipvsadm -Sn | grep -q . && fail "not taken back: $(ipvsadm -Sn)"
expect 0 "$lbctl" apply --saved "$work/one"
connect --start 50
{ cat "$work/without" && echo '-A -t 10.0.0.3:80 -s rr'; } >"$work/third"
undo_fails "$work/third"
says failed 'cannot delete destination 10.0.1.2:80 .*could NOT be put back: cannot edit destination'
ipvsadm -A -t 10.0.0.3:80 -s rr
expect 0 "$lbctl" apply --saved "$work/one"
table_is "$work/one"

# What cannot be written down: before the first step nothing is changed, after the last one it is said that it was.
{ cat "$work/one" && echo '-A -t 10.0.0.4:80 -s rr'; } >"$work/fourth"
expect 0 "$lbctl" apply --saved "$work/fourth"
# A pending confirmation of another namespace does not count; what something is mounted on cannot be replaced.
echo '{"schema": "lbctl-pending/2", "namespace": 99999999}' >"$pending" && mount --bind "$pending" "$pending"
cp "${pending/pending/owned}" "$work/owned"
expect 2 "$lbctl" apply --saved "$work/third" --confirm 60
says err "cannot write $pending: .*; nothing was changed"
cmp "${pending/pending/owned}" "$work/owned" || fail "a change that did not begin has claimed its services"
table_is "$work/fourth"
umount "$pending" && rm "$pending"
connect --start 60
cp /run/lbctl/*owned.json "$work"
# Room for what a change writes down on its way, one page a file, and for one that takes another's place.
mount -t tmpfs -o size=20k,mode=700 tmpfs /run/lbctl
fill() { head -c 100000 /dev/zero >/run/lbctl/full 2>/dev/null || true; }
cp "$work"/*owned.json /run/lbctl
fill
for option in '' '--confirm 60'; do
    # shellcheck disable=SC2086 # two words or none
    expect 2 "$lbctl" apply --saved "$work/third" $option
    says err 'cannot write .*; nothing was changed'
    table_is "$work/fourth"
done
rm /run/lbctl/full
"$lbctl" apply --saved "$work/third" --drain 6 2>"$work/full" &
apply=$!
soon full draining
fill
wait "$apply"
(($? == 2)) || fail "what lbctl made could not be written down, and all is well"
says full 'the table was changed, but cannot write'
table_is "$work/third"
umount /run/lbctl
ipvsadm -C

# --lock-wait: another lbctl holds the table
mkdir -p /run/lbctl
expect 0 "$lbctl" apply --saved "$work/one"
flock "$(echo /run/lbctl/*lock*)" sleep 5 &
holder=$!
sleep 0.5
expect 2 "$lbctl" apply --saved "$work/without" --lock-wait 0
says err 'another lbctl'
expect 0 "$lbctl" apply --saved "$work/without" --lock-wait 20
wait "$holder"

# a group of very many addresses, or many large groups: refused before memory grows
group() { # group RANGE BEGINNING COUNT: so many real servers BEGINNING1, BEGINNING2, ...
    echo "virtual_server_group G { $1 80 }"
    echo 'virtual_server group G { lb_algo rr'
    echo 'lb_kind NAT'
    echo 'protocol TCP'
    for ((i = 1; i <= $3; ++i)); do echo "real_server $2$i 80 { }"; done
    echo '}'
}
for size in 'fd00::/64 fd01:: 1' '10.0.0.0/8 10.9.0. 1' '10.0.0.0/15 10.9.0. 1' '10.1.0.0/16 10.9.0. 100'; do
    # shellcheck disable=SC2086 # three words
    group $size | sed 's/{ /{\n/; s/ }$/\n}/' >"$work/group.conf"
    expect 2 bash -c "ulimit -v 150000; exec '$lbctl' apply --keep-going '$work/group.conf'"
    says err 'fwmark'
done

# kill -9 at any moment of a large apply: the next one completes the table. Twenty kills that really came half way.
seq 0 999 | awk '{ vip = "10.3." int($1 / 250) "." $1 % 250 ":80"; print "-A -t " vip " -s rr"
    for (j = 1; j <= 10; ++j) print "-a -t " vip " -r 10.4.0." j ":80 -m -w 1" }' >"$work/large"
rows=11003
# Nothing ever comes out of this pipe; waiting for it is a sleep without a process.
exec 9<> <(:)
rows_now() { grep -c '' /proc/net/ip_vs; }
landed=0
for ((round = 0; round < 80 && landed < 20; ++round)); do
    ipvsadm -C
    "$lbctl" apply --saved "$work/large" >/dev/null 2>&1 &
    victim=$!
    # Reads by the shell itself: no process takes the only processor away.
    while kill -0 "$victim" 2>/dev/null && { mapfile -n 4 first </proc/net/ip_vs && ((${#first[@]} < 4)); }; do
        read -r -t 0.005 -u 9 || true
    done
    printf -v pause '0.%03d' $((RANDOM % 200))
    read -r -t "$pause" -u 9 || true
    kill -9 "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
    found=$(rows_now)
    ((found > 3 && found < rows)) && landed=$((landed + 1))
    expect 0 "$lbctl" apply --saved "$work/large"
    (($(rows_now) == rows)) || fail "after a kill at $found rows the next apply left $(rows_now) of $rows"
done
((landed == 20)) || fail "only $landed of $round kills came half way"
expect 0 "$lbctl" diff --saved "$work/large"

rm -rf "$work"
((failures == 0)) && echo "all well, $landed of $round kills came half way" || echo "$failures failures"
exit $((failures != 0))
