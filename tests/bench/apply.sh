#!/bin/bash
# Runs inside the lab, in one boot: how fast lbctl fills and compares tables, and in how much memory, as ratios.
#   cmake --build build --target lbctl bench_floor bench_measure
#   tests/lab/run --mem 1G --timeout 1500 tests/bench/apply.sh build/lbctl build/bench_floor \
#       build/bench_measure [RUNS]
# Every figure is the median of RUNS (5) runs; ipvsadm and keepalived, which take their time, run RUNS / 2 times; with
# 10,000 services everything runs once.
#
# Every run has a network namespace of its own: the kernel keeps what was removed from a table for two minutes, and goes
# through all of it for every destination that is added, so that each run on one table would be slower than the one before.
set -euo pipefail
lbctl=$1 floor=$2 measure=$3 runs=${4:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
destinations=10

# take TIMES PREPARE COMMAND...: runs PREPARE (shell text) and the command TIMES times. Leaves the median of the seconds
# in $seconds and the largest peak of memory in $memory (MiB).
take() {
    local times=$1 prepare=$2 i status
    shift 2
    : >"$work/times"
    for ((i = 0; i < times; ++i)); do
        eval "$prepare"
        read -r seconds memory status < <(ip netns exec bench "$measure" "$@" 2>"$work/err")
        ((status == 0)) || { echo "exit $status: $*: $(tail -n 3 "$work/err")" >&2 && exit 1; }
        echo "$seconds $memory" >>"$work/times"
    done
    seconds=$(sort -n "$work/times" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }')
    memory=$(awk '$2 > most { most = $2 } END { printf "%.1f", most / 1024 }' "$work/times")
}
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
row() { printf '%-34s %8s s %8s MiB  %s\n' "$1" "$seconds" "$memory" "${2-}"; }

# A namespace goes away in the background, which is waited for.
empty() {
    [[ ! -e /run/netns/bench ]] || ip netns del bench
    sleep $((1 + services / 1000))
    ip netns add bench
    # Without a table of local addresses the kernel takes every destination for a broadcast.
    ip -n bench link set lo up
    rm -rf /run/lbctl
}
# shellcheck disable=SC2016 # for the shell that runs it
restore='ipvsadm -R <"$1"'
export work floor destinations

# The table is full when the last service has its last server. Both are killed, so that they leave the table as it is.
cat >"$work/keepalived-start" <<'SH'
keepalived -n -f "$work/conf" -p "$work/pid" -c "$work/pid.c" -r "$work/pid.v" >/dev/null 2>&1 &
"$floor" wait "$1" "$destinations"
SH
cat >"$work/keepalived-stop" <<'SH'
awk '/VmHWM/ { if ($2 > most) most = $2 } END { printf "%.1f\n", most / 1024 }' \
    "/proc/$(cat "$work/pid")/status" "/proc/$(cat "$work/pid.c")/status" >"$work/keepalived-memory"
kill -9 "$(cat "$work/pid")" "$(cat "$work/pid.c")" || true
rm -f "$work"/pid*
SH

for services in 1000 10000; do
    # With 10,000 services the kernel alone takes most of a minute.
    ((services == 1000)) || runs=1
    slow=$(((runs + 1) / 2))
    echo "== $services services, $destinations destinations each"
    awk -v n="$services" -v m="$destinations" -v save="$work/save" -v conf="$work/conf" 'BEGIN {
        for (i = 0; i < n; ++i) {
            vip = "10." int(i / 65536) "." int(i / 256) % 256 "." i % 256
            print "-A -t " vip ":80 -s rr" > save
            print "virtual_server " vip " 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP" > conf
            for (j = 1; j <= m; ++j) {
                print "-a -t " vip ":80 -r 172.16." i % 256 "." j ":80 -m -w 1" > save
                print " real_server 172.16." i % 256 "." j " 80 {\n weight 1\n }" > conf
            }
            print "}" > conf
        }
    }'
    take "$runs" empty "$floor" fill "$services" "$destinations"
    bare=$seconds
    row "floor: bare batched netlink in C"
    take "$runs" empty "$lbctl" apply --saved "$work/save"
    row "lbctl apply --saved" "$(ratio "$seconds" "$bare") times the floor"
    take "$runs" empty "$lbctl" apply "$work/conf"
    apply=$seconds
    row "lbctl apply, configuration" "$(ratio "$apply" "$bare") times the floor (at most 1.3)"
    [[ $(ip netns exec bench ipvsadm -Sn | wc -l) == $((services * (1 + destinations))) ]] || { echo "the table is not full" >&2 && exit 1; }
    take "$runs" : "$lbctl" apply "$work/conf"
    row "lbctl apply, nothing to do" "$(ratio "$seconds" "$apply") of the apply"
    take "$runs" : "$lbctl" diff "$work/conf"
    row "lbctl diff" "$(ratio "$seconds" "$apply") of the apply"
    take "$slow" empty bash -c "$restore" restore "$work/save"
    row "ipvsadm -R" "$(ratio "$seconds" "$apply") times as long as lbctl apply (at least 15)"
    # The first stop is of nothing.
    take "$slow" "[[ ! -e $work/pid ]] || bash $work/keepalived-stop; empty" bash "$work/keepalived-start" "$services"
    bash "$work/keepalived-stop"
    memory=$(cat "$work/keepalived-memory")
    row "keepalived, until the table is full" "$(ratio "$seconds" "$apply") times as long as lbctl apply (at least 4)"
    ip netns del bench
done
