#!/bin/bash
# In the lab: lbctl under ipvsadm's command line against ipvsadm itself. The same bytes on standard output and the same exit
# status, over the tables of the cases, over live and injected connections, and over every kind of mistake.
#   tests/lab/run --timeout 900 tests/parity/ipvsadm.sh LBCTL INJECTOR REDIRECTION SHARED [PART]...
# The parts are tables, cases, lines and restore; all of them without a word.
# INJECTOR and REDIRECTION are built from tests/lab/inject_connections.cpp and redirect_connections.cpp.
set -uo pipefail

lbctl=$1 injector=$2 redirection=$3 cases=$4/cases/ipvs
: "${LBCTL_LAB:?runs in the lab only}"
shift 4
parts=" ${*:-tables cases lines restore} "
compared=0 failed=0
work=$(mktemp -d)

difference() {
    failed=$((failed + 1))
    printf 'DIFFERENT: %s\n' "$1"
    diff -u --label ipvsadm --label lbctl "$work/theirs" "$work/ours" | head -n 20
}

# same WORDS...: both programs, bytes and status. Seconds and rates move on between two readings, so there are several tries.
same() {
    local try theirs ours
    compared=$((compared + 1))
    for try in 1 2 3 4 5 6; do
        ipvsadm "$@" >"$work/theirs" 2>"$work/theirs.err" </dev/null
        theirs=$?
        "$lbctl" ipvsadm "$@" >"$work/ours" 2>"$work/ours.err" </dev/null
        ours=$?
        ((theirs == ours)) && cmp -s "$work/theirs" "$work/ours" && return
        sleep 0.0$try
    done
    ((theirs == ours)) || echo "exit status $theirs (ipvsadm), $ours (lbctl)"
    difference "ipvsadm $*"
}

# own WORDS... -- WORDS...: a command of lbctl against a command line of ipvsadm.
own() {
    local try words=()
    while [[ $1 != -- ]]; do words+=("$1") && shift; done
    shift
    compared=$((compared + 1))
    for try in 1 2 3 4 5 6; do
        ipvsadm "$@" >"$work/theirs" 2>&1
        "$lbctl" "${words[@]}" >"$work/ours" 2>&1
        cmp -s "$work/theirs" "$work/ours" && return
        sleep 0.0$try
    done
    difference "lbctl ${words[*]} as ipvsadm $*"
}

listings() {
    local columns order exact
    for columns in '' --stats --rate --thresholds --persistent-conn --tun-info; do
        for order in '' --nosort --sort; do
            for exact in '' --exact; do
                # shellcheck disable=SC2086
                same -L -n $columns $order $exact
            done
        done
    done
    for columns in '--stats --rate' '--rate --thresholds' '--thresholds --persistent-conn' '--persistent-conn --tun-info' \
        '--stats --tun-info' '--rate --persistent-conn -X' '--stats --rate --thresholds --persistent-conn --tun-info'; do
        # shellcheck disable=SC2086
        same -Ln $columns
    done
    same -l -n
    same --list --numeric
    same -L
    same
    same -L --stats
    same -L --thresholds
    same -L --tun-info
    same -S
    same -S -n
    same --save --numeric
    same -L --timeout
    same -L --daemon
    same -L -n --timeout
    same -L --tun-info --daemon
    same -L --syncid 3
    own list -- -Ln
    own list --stats -- -Ln --stats
    own stats -- -Ln --stats
    own list --rate --exact -- -Ln --rate --exact
    own rate -- -Ln --rate
    own list --thresholds -- -Ln --thresholds
    own list --persistent-conn -- -Ln --persistent-conn
    own list --tun-info --nosort -- -Ln --tun-info --nosort
    own list --resolve -- -L
    own list --timeout -- -L --timeout
    own list --daemon -- -L --daemon
}

some_listings() {
    local columns
    for columns in '' --stats --rate --thresholds --persistent-conn --tun-info --nosort '--stats --exact'; do
        # shellcheck disable=SC2086
        same -L -n $columns
    done
    own list -- -Ln
    own stats --exact -- -Ln --stats --exact
    own rate -- -Ln --rate
}

# Both read one copy of the table, for seconds run on.
connections() {
    cat /proc/net/ip_vs_conn >"$work/connections"
    export IP_VS_CONN_FILE=$work/connections LD_PRELOAD=$redirection
    same -L -c -n
    same -lnc
    same -Lc
    same -L -c -n -X
    same -L -c --nosort
    same -L -c -n --tun-info
    same -L -c --sort -n
    same -L -c -n --syncid 9
    own connections -- -Lcn
    own conns --resolve -- -Lc
    same -L -c -n --persistent-conn
    same -L -c --persistent-conn
    own connections --persistent -- -Lcn --persistent-conn
    own connections --from "$work/connections" -- -Lcn
    unset IP_VS_CONN_FILE LD_PRELOAD
}

# Every service by itself.
each_service() {
    local words
    while read -r _ words; do
        case $words in
        -f\ -*) continue ;; # a mark that ipvsadm prints negative and does not read
        -f*\ -6*) words=${words%% -s*} ;;
        *) words=$(cut -d ' ' -f 1,2 <<<"$words") ;;
        esac
        # shellcheck disable=SC2086
        same -L -n $words
        # shellcheck disable=SC2086
        same -L -n --stats $words
    done < <(ipvsadm -Sn | grep '^-A')
}

echo 'hosts: files' >/etc/nsswitch.conf
echo 'services: files' >>/etc/nsswitch.conf
cat >>/etc/hosts <<'END'
10.0.0.1 www.example.com
10.0.1.1 real-one.example.com
10.0.0.5 a-very-long-host-name-for-a-service.example.com
10.0.1.5 another-very-long-host-name.of-a-real-server.example.com
fd00::1 www6.example.com
fd00:1::1 real6-one.example.com
172.16.0.0 client.example.com
END
export LC_ALL=C

part() { [[ $parts == *" $1 "* ]]; }

if part tables; then
echo '# a table with everything'
ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0 && ip link set lo up
ipvsadm -R <<'END'
-A -t 255.255.255.254:65535 -s lblcr -p 2678400 -M 255.255.0.0
-a -t 255.255.255.254:65535 -r 223.255.255.254:65535 -m -w 2147483647
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 10 -x 1000 -y 500
-a -t 10.0.0.1:80 -r 10.0.1.2:8080 -m
-A -t 10.0.0.2:443 -s wlc -p 300 -M 255.255.255.0
-a -t 10.0.0.2:443 -r 10.0.1.2:443 -m -w 0
-a -t 10.0.0.2:443 -r 10.0.1.3:443 -m
-A -t 10.0.0.5:8080 -s mh -b mh-port,mh-fallback
-a -t 10.0.0.5:8080 -r 10.0.1.5:8080 -i --tun-type gue --tun-port 5555 --tun-csum
-a -t 10.0.0.5:8080 -r 10.0.1.6:8080 -i --tun-type gre --tun-csum
-a -t 10.0.0.5:8080 -r 10.0.1.7:8080 -i
-A -u 10.0.0.1:53 -s wlc
-a -u 10.0.0.1:53 -r 10.0.1.1:53 -m
-A -u 10.0.0.3:5060 -s rr -p 60 --pe sip -o
-a -u 10.0.0.3:5060 -r 10.0.1.1:5060 -m
-A -u 10.0.0.4:5060 -s rr --pe sip
-A --sctp-service 10.0.0.1:3868 -s rr
-a --sctp-service 10.0.0.1:3868 -r 10.0.1.1:3868
-A -t 10.0.0.9:80 -s sh -b flag-1,flag-2,flag-3
-A -t 10.0.0.10:80 -s sh -b flag-3
-A -t 10.0.0.11:80 -s none
-A -t [fd00::1]:80 -s rr
-a -t [fd00::1]:80 -r [fd00:1::1]:8081 -m
-a -t [fd00::1]:80 -r [fd00:1::2]:8081 -m
-A -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -s rr -p
-a -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -r [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535 -m
-A -t [::ffff:10.0.0.1]:80 -s rr
-A -t [::10.0.0.1]:80 -s rr
-A -t [::]:80 -s rr
-A -f 7 -s rr -p
-a -f 7 -r 10.0.1.1 -g
-a -f 7 -r 10.0.1.2:81 -m
-A -f 8 -6 -s sh -b sh-port -p 10 -M 64
-a -f 8 -6 -r [fd00:1::1]:0 -m
-A -f 4294967295 -s wrr
END
# Servers of the other family go with no sync daemon.
ipvsadm -a -t 10.0.0.5:8080 -r fd00:1::7 -i --tun-type gue --tun-port 6 --tun-remcsum
same -Ln
same -Ln --tun-info
same -L
same -Sn
same -Ln --stats --nosort
ipvsadm -d -t 10.0.0.5:8080 -r fd00:1::7
ipvsadm --start-daemon master --mcast-interface sync0 --syncid 3
listings
connections
ipvsadm --start-daemon backup --mcast-interface sync0 --syncid 0 --mcast-group 224.0.0.81
same -L --daemon
own list --daemon -- -L --daemon

echo '# injected connections'
put() { "$injector" "$@" || echo "the injector failed: $*"; }
for state in 0 1 2 3 4 5 6 7 8 9 10; do put --state $state --start $state --timeout $((100 + state)) --server-port 8080; done
for state in 0 1 2 3 4 5 6 7 8 9 10 11 12 13; do
    put --protocol 132 --state $state --start $((20 + state)) --service-port 3868 --server-port 3868
done
put --protocol 17 --state 0 --service-port 53 --server-port 53 --inactive
put --protocol 50 --state 0 --service-port 500 --server-port 500
put --client fd00::9 --service fd00::1 --server fd00:1::1 --server-port 8081 --count 3
put --client 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1 --service 2001:db8:1111:2222:3333:4444:5555:6666 --service-port 65535 \
    --server 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff --server-port 65535
put --client ::ffff:1.2.3.4 --service ::ffff:10.0.0.1 --server ::1.2.3.4
put --client 2001:0:0:1:: --service ::1 --server 1:0:0:2:0:0:0:3
put --template --service 10.0.0.2 --service-port 443 --server 10.0.1.2 --server-port 443 --state 0
put --template --service 10.0.0.2 --service-port 443 --server 10.0.1.2 --server-port 443 --state 1 --start 1
put --template --service 0.0.0.7 --service-port 0 --server 10.0.1.3 --server-port 0 --mark 7 --protocol 0
put --template --protocol 17 --service 10.0.0.3 --service-port 5060 --server-port 5060 --engine sip --engine-data short-call-id@host
put --timeout 86400 --client 255.255.255.254 --service 255.255.255.253 --service-port 65535 --server 255.255.255.252 --server-port 65535
put --timeout 6000 --start 60 --count 300 --server 10.0.1.1 --server 10.0.1.2 --server-port 8080
sleep 1
echo "# $(($(wc -l </proc/net/ip_vs_conn) - 1)) connections"
connections
some_listings
each_service

echo '# live connections'
ip netns add client && ip link add c0 type veth peer name c1 netns client && ip addr add 192.168.1.1/24 dev c0 && ip link set c0 up
ip -n client addr add 192.168.1.2/24 dev c1 && ip -n client link set c1 up && ip -n client route add default via 192.168.1.1
ip addr add 10.0.0.1/32 dev lo && ip addr add 10.0.1.1/32 dev lo && ip addr add 10.0.1.2/32 dev lo
busybox nc -ll -p 8080 -e cat </dev/null >/dev/null 2>&1 &
for ((i = 0; i < 5; i++)); do echo hello | ip netns exec client busybox nc -w 1 10.0.0.1 80 >/dev/null 2>&1 & done
sleep 1.5
connections
some_listings
same -Z
same -Ln --stats
ipvsadm --stop-daemon backup
ipvsadm --stop-daemon master
sysctl -q net.ipv4.vs.expire_nodest_conn=1
ipvsadm -C

fi

if part cases; then
echo '# the tables of the cases'
declare -A seen=()
for save in "$cases"/*.save; do
    sum=$(cksum <"$save")
    [[ -s $save && -z ${seen[$sum]-} ]] || continue
    seen[$sum]=yes
    (($(wc -l <"$save") < 700)) || continue
    ipvsadm -C
    # A mark above 2^31 is saved as a negative number, which neither program reads.
    sed 's/ -f -1 / -f 4294967295 /' "$save" >"$work/input"
    "$lbctl" ipvsadm -R <"$work/input" >"$work/ours" 2>&1 || difference "restore of ${save##*/}"
    # What lbctl restored, ipvsadm saves as the same text; the order of a case may differ from that of another kernel.
    compared=$((compared + 1))
    ipvsadm -Sn >"$work/ours"
    cp "$save" "$work/theirs"
    cmp -s "$work/theirs" "$work/ours" || difference "${save##*/}, restored by lbctl, saved by ipvsadm"
    compared=$((compared + 1))
    cp "$work/ours" "$work/theirs"
    "$lbctl" ipvsadm -Sn >"$work/ours"
    cmp -s "$work/theirs" "$work/ours" || difference "${save##*/}, saved by both"
    same -Ln
done
ipvsadm -C

fi

ip netns add theirs && ip netns add ours
if part lines; then
echo '# every command line of the samples: status, output and table, one program a namespace'
for ns in theirs ours; do
    ip -n $ns link set lo up
    ip -n $ns link add syn0 type dummy && ip -n $ns link set syn0 up && ip -n $ns addr add 192.0.2.1/24 dev syn0
done
run_line() {
    eval "set -- $1"
    ip netns exec theirs ipvsadm "$@" >"$work/theirs" 2>"$work/theirs.err" </dev/null
    local theirs=$?
    ip netns exec ours "$lbctl" ipvsadm "$@" >"$work/ours" 2>"$work/ours.err" </dev/null
    local ours=$?
    compared=$((compared + 1))
    if ((theirs != ours)); then
        echo "exit status $theirs (ipvsadm), $ours (lbctl)"
        difference "ipvsadm $*"
        cat "$work/theirs.err" "$work/ours.err"
    elif ! cmp -s "$work/theirs" "$work/ours"; then
        difference "ipvsadm $*"
    fi
    if ! cmp -s "$work/theirs.err" "$work/ours.err"; then
        messages=$((${messages:-0} + 1))
        echo "other words for: ipvsadm $*"
        diff "$work/theirs.err" "$work/ours.err"
    fi
}
lines=()
mapfile -t lines < <(sed -n 's/^\$ ipvsadm \?//p' "$cases/ipvsadm-errors.txt" "$cases/ipvsadm-restore.txt")
lines+=('-L -n -w' '-Lnx' '-Lq' '-L --numeric=5' '-L --tcp-service=' '-L -n -n' '-L -c -c' '-D -t 10.0.0.1:80 -p' '-A -t :80' '-A -t [10.0.0.1]:80'
    '-A -t 10.0.0.1:80:90' '-A -t 10.0.0.1: -p' '-A -t ""' '-A -t 1.2.3.4:99999999999999999999' '-A -f " 5"' '-A -f 5x' '-a -f 5 -r 10.0.0.300'
    '-a -f 5 -r 10.0.0.1:x' '-a -f 5 -r 10.0.0.1 -w ""' '-a -f 5 -r 10.0.0.1 -x -1' '-a -f 5 -r 10.0.0.1 -y x' '-a -f 5 -r 10.0.0.1 --tun-port 0'
    '-a -f 5 -r 10.0.0.1 -i --tun-type gue --tun-port 65536' '-a -f 5 -r 10.0.0.1 -i -i' '-E -f 5 -b ""' '-E -f 5 -s sh -b sh-port,,sh-fallback'
    '--set 1 2 3 4' '--set -- 1 2 -3' '--start-daemon master --mcast-port 0' '--start-daemon master --mcast-ttl 256'
    '--start-daemon master --sync-maxlen 65508' '--start-daemon master --mcast-group ff02::1' '--start-daemon master extra' '-L --start-daemon master'
    '-L -h' '-v -x' '-C extra' '-Z -f 77777' '-Z -t 1.2.3.4' '-L -c --timeout --daemon' '-L -f 5 -t 1.2.3.4:5' '-S -n -n' '-R extra' '-S -c'
    '-A -u 1.2.3.4:domain -s rr' '-L -n -u 1.2.3.4:domain' '-D -u 1.2.3.4:53' '-A -t 1.2.3.4:5 -M' '-A -t 1.2.3.4:5 -M 255.255.255.256'
    '-A -t [fd00::1]:80 -M 64x' '-A -t [fd00::77]:80 -M 64 -p' '-D -t [fd00::77]:80' '- -L' '-L -' '--list=5' '-A --pe' '-L -6' '-L -f 5 -6 -6')
for line in "${lines[@]}"; do run_line "$line"; done
run_line -Sn

fi

if part restore; then
echo '# inputs of restore'
restore_same() {
    local program
    for program in theirs ours; do
        ip netns exec $program ipvsadm -C
        if [[ $program == theirs ]]; then
            ip netns exec theirs ipvsadm -R <"$work/input" >"$work/theirs" 2>"$work/theirs.err"
            echo "status $?" >>"$work/theirs"
        else
            ip netns exec ours "$lbctl" ipvsadm -R <"$work/input" >"$work/ours" 2>"$work/ours.err"
            echo "status $?" >>"$work/ours"
        fi
        # An input with a mistake changes nothing with lbctl, and half of it with ipvsadm.
        [[ $1 == bad ]] || ip netns exec $program ipvsadm -Sn >>"$work/$program"
    done
    compared=$((compared + 1))
    cmp -s "$work/theirs" "$work/ours" || { difference "restore of"; cat "$work/input"; }
}
try() { printf -- "$2" >"$work/input" && restore_same "$1"; }
try good '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1\n'
try good 'ipvsadm -A -t 10.0.0.1:80 -s rr\n\n   \n\t-a  -t 10.0.0.1:80\t-r 10.0.1.1:80 -m\r\n'
try bad '# comment\n-A -t 10.0.0.1:80 -s rr\n'
try bad '-A -t 10.0.0.1:80 -s rr # comment\n-A -t 10.0.0.2:80 -s rr\n'
try good '-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.2:80 -s rr\n'
try good '-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n'
try bad '-A -t 10.0.0.1:80 -s rr\n-A -t bad:80x -s rr\n'
try bad '-A -t 10.0.0.1:80 -s rr\n--nosuch\n'
try bad '-A -t 10.0.0.1:80 -s rr\n-R\n'
try good '-A -t 10.0.0.1:80 -s rr\n-L -n\n-C\n-A -t 10.0.0.2:80 -s rr'
try good '-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n-Ln\n'
try good '-A -t 10.0.0.1:80 -s rr\n-L -t 10.0.0.2:80\n-A -t 10.0.0.3:80\n'
try good '-A -t 10.0.0.1:80 -s rr\n-v\n-A -t 10.0.0.3:80\n'
try good '--add-service --tcp-service 10.0.0.1:80 --scheduler=rr\n-a -t10.0.0.1:80 -r10.0.1.1:80 -mw5\n'
try good ''
# What lbctl saved of everything at once, ipvsadm restores.
cat "$cases"/a0*.save "$cases"/c*.save "$cases"/d0*.save >"$work/everything"
ip netns exec ours "$lbctl" ipvsadm -C
ip netns exec ours "$lbctl" ipvsadm -R <"$work/everything" 2>/dev/null
ip netns exec ours "$lbctl" save >"$work/ours"
ip netns exec theirs ipvsadm -C
ip netns exec theirs ipvsadm -R <"$work/ours"
ip netns exec theirs ipvsadm -Sn >"$work/theirs"
compared=$((compared + 1))
cmp -s "$work/theirs" "$work/ours" || difference 'saved by lbctl, restored by ipvsadm'
try good '\n'
compared=$((compared + 1))
printf '# saved\n-A -t 10.0.0.7:80 -s rr\n-a -t 10.0.0.7:80 -r 10.0.1.1\n' >"$work/input"
ln -s "$lbctl" "$work/ipvsadm-restore" && ln -s "$lbctl" "$work/ipvsadm-save"
ip netns exec theirs ipvsadm-restore <"$work/input"
ip netns exec ours "$work/ipvsadm-restore" <"$work/input"
ip netns exec theirs ipvsadm-save -n >"$work/theirs"
ip netns exec ours "$work/ipvsadm-save" -n >"$work/ours"
cmp -s "$work/theirs" "$work/ours" || difference 'ipvsadm-restore and ipvsadm-save'

fi

echo "$compared invocations compared, $failed different, ${messages:-0} messages in other words"
((failed == 0 && (compared >= 400 || $(wc -w <<<"$parts") < 4)))
