#!/bin/bash
# Runs inside the lab: how fast lbctl fills and compares tables, as ratios. Usage: apply.sh LBCTL FLOOR [RUNS]
# Every number is the best of RUNS (3) runs in one boot; memory is the largest resident set of one more run.
set -eu
lbctl=$1 floor=$2 runs=${3:-3}
work=$(mktemp -d)
export TIMEFORMAT=%R

best() { # best PREPARE COMMAND...: seconds
    local prepare=$1 least= seconds
    shift
    for ((i = 0; i < runs; ++i)); do
        eval "$prepare"
        seconds=$({ time "$@" >/dev/null 2>"$work/err" </dev/null; } 2>&1) || true
        [[ -n $least ]] && awk "BEGIN { exit !($seconds >= $least) }" || least=$seconds
    done
    echo "$least"
}
memory() { # memory COMMAND...: KiB at most resident
    python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
empty() { ipvsadm -C && rm -rf /run/lbctl; }
restore() { ipvsadm -R <"$work/save"; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
# The table is full when keepalived has put its last server in.
keepalived_start() {
    keepalived -n -D -f "$work/conf" -p "$work/pid" -c "$work/pid.c" >/dev/null 2>&1 &
    local process=$!
    until [[ $(wc -l </proc/net/ip_vs) -ge $((3 + services * 11)) ]]; do sleep 0.02; done
    echo "$process" >"$work/process"
}
keepalived_stop() {
    [[ -s $work/process ]] || return 0
    # Killed, so that it leaves the table for the caller to empty.
    pkill -9 -P "$(cat "$work/process")" 2>/dev/null || true
    kill -9 "$(cat "$work/process")" 2>/dev/null || true
    : >"$work/process"
}

for services in 1000 10000; do
    echo "== $services services, 10 destinations each"
    awk -v n="$services" -v save="$work/save" -v conf="$work/conf" 'BEGIN {
        for (i = 0; i < n; ++i) {
            vip = "10." int(i / 65536) "." int(i / 256) % 256 "." i % 256
            print "-A -t " vip ":80 -s rr" > save
            print "virtual_server " vip " 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP" > conf
            for (j = 1; j <= 10; ++j) {
                print "-a -t " vip ":80 -r 172.16." i % 256 "." j ":80 -m -w 1" > save
                print " real_server 172.16." i % 256 "." j " 80 {\n weight 1\n }" > conf
            }
            print "}" > conf
        }
    }'
    floor_seconds=$(best empty "$floor" "$services" 10)
    apply=$(best empty "$lbctl" apply --saved "$work/save")
    unchanged=$(best : "$lbctl" apply --saved "$work/save")
    difference=$(best : "$lbctl" diff --saved "$work/save")
    echo "floor (C, batched)        $floor_seconds s"
    echo "lbctl apply               $apply s    $(ratio "$apply" "$floor_seconds") of the floor"
    echo "lbctl apply, unchanged    $unchanged s"
    echo "lbctl diff                $difference s"
    if ((services == 1000)); then
        restored=$(runs=1 best empty restore)
        echo "ipvsadm -R                $restored s    $(ratio "$restored" "$apply") times lbctl apply"
        if command -v keepalived >/dev/null; then
            started=$(runs=1 best empty keepalived_start)
            keepalived_stop
            echo "keepalived, table full    $started s    $(ratio "$started" "$apply") times lbctl apply"
        fi
    fi
    empty
    echo "memory: lbctl apply $(memory "$lbctl" apply --saved "$work/save") KiB, diff $(memory "$lbctl" diff --saved "$work/save") KiB, floor $(empty; memory "$floor" "$services" 10) KiB"
    empty
done
rm -rf "$work"
