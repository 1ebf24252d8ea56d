#!/bin/bash
# How long listings take, against ipvsadm and against the kernel's own floor.
#   cmake --build build --target lbctl inject_connections redirect_connections bench_measure
#   tests/bench/connections.sh build/lbctl build/inject_connections build/tests/libredirect_connections.so \
#       build/bench_measure
# One boot of the lab: 100,000 and 400,000 connections (LBCTL_BENCH_CONNECTIONS) put there by the injector, and a table
# of 1,000 services with 10 servers each. On the host: a captured file of 2,000,000 connections.
#
# The lab has one processor, so what is compared runs there side by side and is measured in seconds of it: the kernel
# gives each its turns of a few milliseconds, and whatever else the machine does slows all of them down alike. One after
# the other, the same command takes three times as long in a bad minute as in a good one.
set -euo pipefail

here=$(dirname -- "$(realpath -- "$0")")
lbctl=$(realpath -e -- "$1") injector=$(realpath -e -- "$2") redirection=$(realpath -e -- "$3")
measure=$(realpath -e -- "$4")

# laps RUNS COMMAND...: the seconds of processor that one of so many runs took.
laps() {
    local runs=$1 i TIMEFORMAT='%3U %3S'
    shift
    { time for ((i = 0; i < runs; i++)); do "$@" >/dev/null 2>>/run/race/complaints; done; } 2>&1 |
        awk -v runs="$runs" '{ printf "%.4f\n", ($1 + $2) / runs }'
}

# race NAME RUNS COMMAND [NAME RUNS COMMAND]...: sets each variable NAME to the seconds of one run. The slow ones get
# fewer runs or, by nice(1), longer turns, so that all of them have company from the first moment to the last.
race() {
    local names=() runner
    rm -rf /run/race && mkdir /run/race
    while (($#)); do
        names+=("$1")
        # shellcheck disable=SC2086 # the command is words without blanks in them
        laps "$2" $3 >"/run/race/$1" &
        shift 3
    done
    wait
    [[ ! -s /run/race/complaints ]] || { cat /run/race/complaints >&2 && exit 1; }
    for runner in "${names[@]}"; do read -r "${runner?}" <"/run/race/$runner"; done
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

in_lab() {
    local four_times_as_long=-6 wanted have=0 runs i k cat ours theirs
    ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0
    ipvsadm -A -t 10.0.0.1:80 -s rr
    for i in 1 2 3 4; do ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.$i -m; done
    ipvsadm --start-daemon backup --mcast-interface sync0
    for wanted in ${LBCTL_BENCH_CONNECTIONS:-100000 400000}; do
        "$injector" --start "$have" --count $((wanted - have)) --timeout 20000 \
            --server 10.0.1.1 --server 10.0.1.2 --server 10.0.1.3 --server 10.0.1.4
        sleep 2
        have=$wanted
        echo "$("$lbctl" connections --count) connections in the kernel"
        # Four times as many connections are walked for sixteen times as long.
        runs=$((wanted > 100000 ? 1 : 3))
        race cat $runs "cat /proc/net/ip_vs_conn" ours $runs "$lbctl connections" \
            theirs $runs "nice -n $four_times_as_long ipvsadm -Lcn"
        echo "  cat $cat s, lbctl connections $ours s, ipvsadm -Lcn $theirs s"
        echo "  lbctl/cat $(ratio "$ours" "$cat") (at most 1.10), lbctl/ipvsadm $(ratio "$ours" "$theirs") (at most 0.286)"
    done
    ipvsadm --stop-daemon backup
    ipvsadm -C

    for ((i = 0; i < 1000; i++)); do
        echo "-A -t 10.1.$((i / 250)).$((i % 250)):80 -s rr"
        for ((k = 1; k <= 10; k++)); do echo "-a -t 10.1.$((i / 250)).$((i % 250)):80 -r 10.2.0.$k:80 -m"; done
    done >/run/table
    "$lbctl" ipvsadm -R </run/table
    race cat 30 "cat /proc/net/ip_vs" ours 30 "$lbctl list" theirs 5 "ipvsadm -Ln"
    echo "1,000 services with 10 servers each"
    echo "  cat $cat s, lbctl list $ours s, ipvsadm -Ln $theirs s: $(ratio "$theirs" "$ours") times as fast (at least 4)"
}

if [[ ${5-} == inside ]]; then
    in_lab
    exit
fi

"$here/../lab/run" --timeout 5400 --mem 768M "$here/$(basename -- "$0")" "$lbctl" "$injector" "$redirection" "$measure" inside

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
awk 'BEGIN {
    print "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData"
    for (i = 0; i < 2000000; i++)
        printf "TCP %08X %04X 0A000001 0050 0A0001%02X 1F90 %-11s %7d\n", 2886729728 + int(i / 50000), 1024 + i % 50000, 1 + i % 250,
            i % 4 ? "ESTABLISHED" : "TIME_WAIT", i % 900
}' >"$work/captured"

bytes=$(stat -c %s "$work/captured")
cat "$work/captured" >/dev/null
export IP_VS_CONN_FILE=$work/captured
theirs=(env "LD_PRELOAD=$redirection" ipvsadm -Lcn)
"${theirs[@]}" 2>"$work/complaint" | cmp -s - <("$lbctl" connections --from "$work/captured") || theirs=()
for _ in {1..3}; do
    for _ in {1..5}; do "$measure" "$lbctl" connections --from "$work/captured" >>"$work/ours"; done
    ((${#theirs[@]} == 0)) || "$measure" "${theirs[@]}" >>"$work/theirs"
done
read -r seconds memory status < <(sort -n "$work/ours" | head -n 1)
((status == 0)) || { echo "lbctl connections --from: exit status $status" >&2 && exit 1; }
echo "2,000,000 connections from a file of $((bytes / 1000000)) MB"
echo "  lbctl $seconds s: $(awk -v b="$bytes" -v s="$seconds" 'BEGIN { printf "%.0f", b / s / 1e6 }') MB/s (at least 300)," \
    "$((memory / 1024)) MiB at most (less than 64)"
if ((${#theirs[@]} == 0)); then
    echo "  ipvsadm cannot be made to read them here: $(head -n 1 "$work/complaint")"
else
    read -r formatting _ < <(sort -n "$work/theirs" | head -n 1)
    echo "  ipvsadm $formatting s: lbctl is $(ratio "$formatting" "$seconds") times as fast (at least 20)"
fi
