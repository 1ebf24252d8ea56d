#!/bin/bash
# How long listings take, against ipvsadm and against the kernel's own floor.
#   tests/bench/connections.sh LBCTL INJECTOR REDIRECTION
# One boot of the lab: 100,000 and 400,000 connections (LBCTL_BENCH_CONNECTIONS) put there by the injector, and a table of 1,000 services with 10
# servers each. On the host: a captured file of 2,000,000 connections.
set -euo pipefail

here=$(dirname -- "$(realpath -- "$0")")
lbctl=$(realpath -- "$1") injector=$(realpath -- "$2") redirection=$(realpath -- "$3")

# Seconds of the best of so many runs.
best() {
    local runs=$1 i begin end best=
    shift
    for ((i = 0; i < runs; i++)); do
        begin=$EPOCHREALTIME
        "$@" >/dev/null
        end=$EPOCHREALTIME
        best=$(awk -v b="$begin" -v e="$end" -v o="$best" 'BEGIN { t = e - b; printf "%.4f", o == "" || t < o ? t : o }')
    done
    echo "$best"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

in_lab() {
    local wanted cat ours theirs
    ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0
    ipvsadm -A -t 10.0.0.1:80 -s rr
    for i in 1 2 3 4; do ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.$i -m; done
    ipvsadm --start-daemon backup --mcast-interface sync0
    local have=0
    for wanted in ${LBCTL_BENCH_CONNECTIONS:-100000 400000}; do
        "$injector" --start "$have" --count $((wanted - have)) --timeout 5000 --server 10.0.1.1 --server 10.0.1.2 --server 10.0.1.3 --server 10.0.1.4
        sleep 2
        have=$wanted
        echo "$(($(wc -l </proc/net/ip_vs_conn) - 1)) connections in the kernel"
        local runs=2
        ((wanted > 100000)) && runs=1
        cat=$(best $runs cat /proc/net/ip_vs_conn)
        ours=$(best $runs "$lbctl" connections)
        theirs=$(best 1 ipvsadm -Lcn)
        echo "  cat $cat s, lbctl connections $ours s, ipvsadm -Lcn $theirs s"
        echo "  lbctl/cat $(ratio "$ours" "$cat") (at most 1.10), lbctl/ipvsadm $(ratio "$ours" "$theirs") (at most $(ratio 2 7))"
    done
    ipvsadm --stop-daemon backup
    # ipvsadm wants a kernel with IPVS, so its own formatting is measured here, with a part of the lines.
    head -n 200001 "$captured" >/run/captured
    theirs=$(IP_VS_CONN_FILE=/run/captured LD_PRELOAD=$redirection best 1 ipvsadm -Lcn)
    ours=$(best 2 "$lbctl" connections --from /run/captured)
    echo "200,000 connections from a file: lbctl $ours s, ipvsadm $theirs s, $(ratio "$theirs" "$ours") times as fast (at least 20)"
    ipvsadm -C
    for ((i = 0; i < 1000; i++)); do
        echo "-A -t 10.1.$((i / 250)).$((i % 250)):80 -s rr"
        for ((k = 1; k <= 10; k++)); do echo "-a -t 10.1.$((i / 250)).$((i % 250)):80 -r 10.2.0.$k:80 -m"; done
    done >/run/table
    echo "1,000 services with 10 servers each"
    begin=$EPOCHREALTIME
    "$lbctl" ipvsadm -R </run/table
    end=$EPOCHREALTIME
    ours=$(best 3 "$lbctl" list)
    theirs=$(best 3 ipvsadm -Ln)
    echo "  restore $(awk -v b="$begin" -v e="$end" 'BEGIN { printf "%.2f", e - b }') s; list $ours s, ipvsadm -Ln $theirs s, $(ratio "$theirs" "$ours") times as fast (at least 4)"
}

if [[ ${4-} == inside ]]; then
    captured=$5
    in_lab
    exit
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
awk 'BEGIN {
    print "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData"
    for (i = 0; i < 2000000; i++)
        printf "TCP %08X %04X 0A000001 0050 0A0001%02X 1F90 %-11s %7d\n", 2886729728 + int(i / 50000), 1024 + i % 50000, 1 + i % 250,
            i % 4 ? "ESTABLISHED" : "TIME_WAIT", i % 900
}' >"$work/captured"

"$here/../lab/run" --timeout 900 --mem 768M "$here/$(basename -- "$0")" "$lbctl" "$injector" "$redirection" inside "$work/captured"

bytes=$(stat -c %s "$work/captured")
cat "$work/captured" >/dev/null
ours=$(best 5 "$lbctl" connections --from "$work/captured")
# shellcheck disable=SC2016 # the other shell expands it
memory=$(/usr/bin/env bash -c 'exec 3>&2; TIMEFORMAT=; "$@" >/dev/null & pid=$!; peak=0
    while kill -0 $pid 2>/dev/null; do
        now=$(awk "/VmHWM/ {print \$2}" /proc/$pid/status 2>/dev/null) || now=0
        ((${now:-0} > peak)) && peak=$now
    done; echo $peak' memory "$lbctl" connections --from "$work/captured")
echo "2,000,000 connections from a file of $((bytes / 1000000)) MB"
echo "  lbctl $ours s: $(awk -v b="$bytes" -v s="$ours" 'BEGIN { printf "%.0f", b / s / 1e6 }') MB/s (at least 300), $((memory / 1024)) MiB at most (less than 64)"
