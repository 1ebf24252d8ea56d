#!/bin/bash
# Runs inside the lab: which servers are drained, by whom, and who ends that; persistent services. $1 is lbctl, $2
# inject_connections. Says what failed, exits 1 if anything did.
set -u
lbctl=$1 inject=$2
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
exec </dev/null

cat >"$work/table" <<'END_OF_TABLE'
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 3
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 5
-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 7
-A -u 10.0.0.1:53 -s rr
-a -u 10.0.0.1:53 -r 10.0.1.1:53 -m -w 1
-a -u 10.0.0.1:53 -r 10.0.1.2:53 -m -w 1
-A -f 7 -s wlc
-a -f 7 -r 10.0.1.1:0 -i -w 2
-a -f 7 -r 10.0.1.2:0 -i -w 2
END_OF_TABLE
expect 0 "$lbctl" apply --saved "$work/table"
weights() { ipvsadm -Sn | sed -n 's/^-a .* -w \([0-9]*\).*/\1/p' | xargs; }
# have WEIGHTS: the table has them, in the order of ipvsadm
have() { [[ $(weights) == "$1" ]] || fail "weights $(weights), not $1 (${2:-})"; }
have '3 5 7 1 1 2 2' 'at the start'

# Every way to name servers and services, several at once.
counts() { # counts N ARGUMENT...: so many weights would change
    expect 1 "$lbctl" drain -n "${@:2}"
    (($(wc -l <"$work/out") == $1)) || fail "not $1 changes: ${*:2}: $(cat "$work/out")"
}
counts 3 10.0.1.1
counts 1 10.0.1.1:80
counts 1 10.0.1.1:http
counts 2 '10.0.1.?:domain' --service '10.0.0.1:*'
counts 3 10.0.1.0/31
counts 2 10.0.1.2/31:80
counts 4 10.0.1.1 10.0.1.3
counts 2 '*' --service fwmark:7
counts 2 '*' --service 'FWM 7'
counts 4 '*' --service 'udp 10.0.0.1:domain' --service 7
counts 3 '*' --service tcp:10.0.0.1:http
counts 7 '*' --service '10.0.0.*,fwmark:*'
counts 3 :80
expect 2 "$lbctl" drain 10.0.1.1 10.0.1.9
says err "no service has a real server .10.0.1.9'"
expect 2 "$lbctl" drain 10.0.1.1 --service 10.0.0.1:80,10.0.0.2:80
says err "no service is called .10.0.0.2:80'"
expect 2 "$lbctl" drain 10.0.1.0/8
says err 'is no network'
expect 2 "$lbctl" drain $'\e[31mweb1'
says err '^lbctl: .\\x1b\[31mweb1. is no address'
expect 2 "$lbctl" drain '*' --service $'\e10.*'
says err '^lbctl: no service is called .\\x1b10'
expect 2 "$lbctl" drain web1
says err ".web1' is no address"
have '3 5 7 1 1 2 2' 'after what is refused'

# Who did it, and when; list marks them, what is laid out for ipvsadm's users does not.
expect 0 env SUDO_USER=alice "$lbctl" drain 10.0.1.1:80 10.0.1.2:http
have '0 0 7 1 1 2 2'
expect 0 "$lbctl" drained
says out '^TCP 10.0.0.1:80  10.0.1.1:80  *3  *0  *0  by alice since 20..-..-.. ..:..$'
says out '^TCP 10.0.0.1:80  10.0.1.2:80  *5 '
(($(wc -l <"$work/out") == 3)) || fail "drained: $(cat "$work/out")"
expect 0 "$lbctl" drained --format json
says out '"schema": "lbctl-drains/1"'
says out '"weight_before": 3'
says out '"by": "alice"'
says out '"since": "20..-..-..T..:..:..Z"'
python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out" || fail 'drained: no JSON'
expect 0 "$lbctl" list
says out '^  -> 10.0.1.1:80  *Masq    0      0          0           # drained by alice since 20..-..-.. ..:.., weight 3 before$'
(($(grep -c '# drained' "$work/out") == 2)) || fail "list: $(cat "$work/out")"
[[ $(sed 's/  # drained.*//' "$work/out") == "$(ipvsadm -Ln)" ]] || fail 'the rest of list is not what ipvsadm prints'
[[ $("$lbctl" ipvsadm -Ln) == "$(ipvsadm -Ln)" ]] || fail 'lbctl ipvsadm is not what ipvsadm prints'
expect 0 "$lbctl" list --format json
says out '"by": "alice"'

# The last server that takes connections stays, unless it is meant.
expect 2 "$lbctl" drain 10.0.1.3:80
says err 'TCP 10.0.0.1:80 would have no server left that takes new connections; nothing was changed'
expect 2 "$lbctl" weight 10.0.1.3:80 0
expect 2 "$lbctl" drain '*'
says err 'nor would 2 more'
have '0 0 7 1 1 2 2' 'after the last server was asked for'
expect 1 "$lbctl" drain 10.0.1.3:80 -n
says err 'that needs --force'
expect 0 "$lbctl" drain 10.0.1.3:80 --force
says err 'TCP 10.0.0.1:80 has no server left that takes new connections$'
expect 0 "$lbctl" drain 10.0.1.3:80
quiet err 'no server left'

# apply keeps drains and says so; --undrain ends them.
expect 0 "$lbctl" apply --saved "$work/table"
says err '3 servers stay drained, with weight 0: 10.0.1.1:80 of TCP 10.0.0.1:80 (by alice since '
have '0 0 0 1 1 2 2' 'after apply'
expect 0 "$lbctl" apply --saved "$work/table" --dry-run
sed 's/-w 1$/-w 4/; s/-w 7/-w 8/' "$work/table" >"$work/other"
expect 0 "$lbctl" apply --saved "$work/other"
have '0 0 0 4 4 2 2' 'after apply of another table'
expect 0 "$lbctl" apply --saved "$work/other" --undrain
quiet err drained
have '3 5 8 4 4 2 2' 'after --undrain'
expect 0 "$lbctl" drained
says err 'no server is drained'

# What something else has given a weight since is no longer drained; what is not in the table comes back drained.
expect 0 "$lbctl" drain 10.0.1.1:80 10.0.1.2:80
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 9
ipvsadm -d -t 10.0.0.1:80 -r 10.0.1.2:80
expect 0 "$lbctl" drained
says out '10.0.1.1:80 .*no longer: something else has given it weight 9 since'
says out '10.0.1.2:80  *5  *-  *-  .*not in the table now'
expect 0 "$lbctl" list
quiet out drained
expect 0 "$lbctl" apply --saved "$work/other"
have '3 0 8 4 4 2 2' 'a drained server that was away'
ipvsadm -d -t 10.0.0.1:80 -r 10.0.1.2:80
expect 0 "$lbctl" enable 10.0.1.2:80
says err 'TCP 10.0.0.1:80 10.0.1.2:80 is not in the table; it comes back with its own weight'
expect 0 "$lbctl" apply --saved "$work/other"
have '3 5 8 4 4 2 2' 'no longer drained while it was away'

# A persistent service: the templates that bind clients are told, waited for, and can be let go of.
setting=/proc/sys/net/ipv4/vs/expire_quiescent_template
cat >"$work/persistent" <<'END_OF_TABLE'
-A -t 10.0.0.1:80 -s rr -p 300
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1
END_OF_TABLE
expect 0 "$lbctl" apply --saved "$work/persistent"
ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0
ipvsadm --start-daemon backup --mcast-interface sync0
templates() { # templates COUNT SECONDS: so many templates lead to 10.0.1.1, for so long
    "$inject" --interface sync0 --service 10.0.0.1 --server 10.0.1.1 --template --state 0 --count "$1" --timeout "$2"
    for _ in {1..50}; do
        (($(ipvsadm -Ln --persistent-conn | awk '$2 == "10.0.1.1:80" { print $4 }') == $1)) && return
        sleep 0.1
    done
    fail "no $1 templates: $(ipvsadm -Ln --persistent-conn)"
}
templates 3 15
expect 0 "$lbctl" drain 10.0.1.1
says err '3 persistence templates still lead to 10.0.1.1:80 of TCP 10.0.0.1:80: their clients come back there until 300 s after'
expect 0 "$lbctl" drained
says out '10.0.1.1:80  *1  *0  *3  '
echo 1 >$setting
expect 0 "$lbctl" drain 10.0.1.1
says err '3 persistence templates still lead .* their clients go elsewhere with their next connection'
echo 0 >$setting
expect 1 "$lbctl" drain 10.0.1.1 --wait 1
says err '3 persistence templates remain after 1 s'
says err 'the clients of 3 persistence templates stay bound'
begin=$SECONDS
expect 0 "$lbctl" drain 10.0.1.1 --wait 30
((SECONDS - begin < 25)) || fail '--wait does not end with the last template'
says err 'draining: 0 active connections and [0-9] persistence templates* on 1 destination'

templates 1 20
expect 0 "$lbctl" drain 10.0.1.1
says err '1 persistence template still leads to .*: its client comes back there until 300 s after its last connection; --wait waits for it, --break'
expect 1 "$lbctl" drain 10.0.1.1 --wait 1
says err 'the client of 1 persistence template stays bound: it comes back to the drained server'
expect 0 "$lbctl" drain 10.0.1.1 --wait 40

# The setting is 1 while drain waits and what it was afterwards, however it ends.
during() { # during COMMAND...: runs it in the background until the setting is 1; sets $process
    "$@" >"$work/out" 2>"$work/err" &
    process=$!
    for _ in {1..50}; do
        (($(<$setting) == 1)) && soon err draining && return
        sleep 0.1
    done
    fail "the setting is not 1 while it waits: $*"
}
is() { (($(<$setting) == $1)) || fail "expire_quiescent_template is $(<$setting), not $1: $2"; }
expect 2 "$lbctl" drain 10.0.1.1 --break-persistence
templates 2 12
during "$lbctl" drain 10.0.1.1 --wait 30 --break-persistence
expect 0 "$lbctl" drained
quiet err killed
is 1 'another command while drain waits'
wait "$process" || fail "drain --break-persistence: $(cat "$work/err")"
is 0 'after drain --break-persistence'
templates 2 60
during "$lbctl" drain 10.0.1.1 --wait 1 --break-persistence
wait "$process" && fail 'templates remain, and all is well'
is 0 'after the time of --wait'
says err 'the clients of 2 persistence templates stay bound'
during "$lbctl" drain 10.0.1.1 --wait 60 --break-persistence
kill -TERM "$process"
wait "$process"
is 0 'after SIGTERM'
# Two at once: the last one puts it back.
during "$lbctl" drain 10.0.1.1 --wait 60 --break-persistence
first=$process
during "$lbctl" drain 10.0.1.1 --wait 60 --break-persistence
kill -TERM "$first" && wait "$first"
is 1 'while a second one waits'
kill -TERM "$process" && wait "$process"
is 0 'after both'
for next in list "diff --saved $work/persistent" "enable 10.0.1.1 -n"; do
    during "$lbctl" drain 10.0.1.1 --wait 60 --break-persistence
    kill -KILL "$process"
    wait "$process" 2>/dev/null
    is 1 'after SIGKILL'
    # shellcheck disable=SC2086 # words of a command
    "$lbctl" $next >"$work/out" 2>"$work/err"
    says err "was killed before it put net.ipv4.vs.expire_quiescent_template back; it is 0 again now"
    is 0 "after SIGKILL and $next"
    # shellcheck disable=SC2086 # words of a command
    "$lbctl" $next >"$work/out" 2>"$work/err"
    quiet err killed
done
# What somebody else has set meanwhile stays; and where it was 1 before, nothing is put back.
during "$lbctl" drain 10.0.1.1 --wait 60 --break-persistence
kill -KILL "$process" && wait "$process" 2>/dev/null
echo 0 >$setting
expect 0 "$lbctl" drained
quiet err killed
echo 1 >$setting
expect 1 "$lbctl" drain 10.0.1.1 --wait 1 --break-persistence
is 1 'where it was 1 before'
echo 0 >$setting

rm -rf "$work"
((failures == 0)) && echo "all well" || echo "$failures failures"
exit $((failures != 0))
