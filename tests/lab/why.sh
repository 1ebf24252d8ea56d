#!/bin/bash
# Runs inside the lab: `lbctl why' of servers, services and clients, beside Debian's keepalived; and connections by
# mark, orphaned ones and templates on the live table. $1 is lbctl, $2 inject_connections. Says what failed, exits 1 if
# anything did.
set -u
lbctl=$1 inject=$2
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
exec </dev/null

ip link set lo up
for i in 1 2 3; do ip addr add 10.0.1.$i/32 dev lo; done
ip addr add 10.0.0.1/32 dev lo
server() {
    cat <<END
  real_server $1 80 {
    weight $2
    TCP_CHECK {
      connect_timeout 10
    }
  }
END
}
cat >"$work/keepalived.conf" <<END
virtual_server 10.0.0.1 80 {
  delay_loop 1
  lb_algo wrr
  lb_kind NAT
  persistence_timeout 300
  protocol TCP
$(server 10.0.1.1 1)
$(server 10.0.1.2 4)
$(server 10.0.1.3 1)
}
END
# Nothing listens at 10.0.1.3.
for i in 1 2; do python3 -m http.server --bind 10.0.1.$i 80 >/dev/null 2>&1 & done
for i in 1 2; do
    for _ in {1..100}; do
        (exec 3<>"/dev/tcp/10.0.1.$i/80") 2>/dev/null && break
        sleep 0.1
    done
done
keepalived -n -l -D -f "$work/keepalived.conf" -p "$work/a.pid" -c "$work/b.pid" -r "$work/c.pid" >"$work/log" 2>&1 &
keepalived=$!
soon log 'Gained quorum'
soon log 'Removing service \[10.0.1.3\]:tcp:80'
why() { expect 0 "$lbctl" why --config "$work/keepalived.conf" "$@"; }

why 10.0.1.3
says out '^10.0.1.3:80 of TCP 10.0.0.1:80: not in the table$'
says out '1. (may be) .*keepalived keeps it out (its TCP_CHECK fails), or somebody has removed it$'
says out "next: lbctl check $work/keepalived.conf --service 'TCP 10.0.0.1:80' --server 10.0.1.3:80$"
# Where no file is named, it is the one of the keepalived that runs.
cp "$work/out" "$work/named"
expect 0 "$lbctl" why 10.0.1.3
cmp -s "$work/out" "$work/named" || fail "why without --config: $(cat "$work/out")"
# The command that it names is one that works.
sh -c "$(sed -n 's/^ *next: lbctl/"$0"/p' "$work/out" | head -n 1)" "$lbctl" >"$work/check" 2>&1
grep -q '10.0.1.3:80' "$work/check" || fail "the next command: $(cat "$work/check")"
why 10.0.1.1
says out 'its weight is 1 of 5: it gets about 20 %'
why 10.0.0.1:http
says out '1 server of the configuration is not in the table: keepalived takes'
expect 0 "$lbctl" drain 10.0.1.2
why 10.0.1.2
says out '1. lbctl drained it .*; its weight was 4$'
says out "next: lbctl enable 10.0.1.2:80 --service 'TCP 10.0.0.1:80'$"
quiet out 'may be'
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 0
why 10.0.1.1
says out '1. it has weight 0 and the configuration says 1: somebody has set that, for keepalived '
says out "next: lbctl enable 10.0.1.1:80 --service 'TCP 10.0.0.1:80'$"
# A server that keepalived has not read yet.
sed '/^}$/i\  real_server 10.0.1.4 80 {\n  }' "$work/keepalived.conf" >"$work/newer.conf"
expect 0 "$lbctl" why --config "$work/newer.conf" 10.0.1.4
says out '1. the configuration has it, and keepalived has not read that'
says out "next: lbctl reload $work/newer.conf --dry-run$"
why 10.0.0.1:80
says out 'all of its servers have weight 0; lbctl has drained 1 of 2'
why 10.0.1.2 --format json
says out '"id": "drained"'
python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out" || fail 'why: no JSON'
ip addr del 10.0.0.1/32 dev lo
why 10.0.0.1:80
says out '(may be) this machine does not have the address 10.0.0.1'
ip addr add 10.0.0.1/32 dev lo

# The same with servers that keepalived would leave in the table, and one that it does not check.
sed '/weight/a\    inhibit_on_failure' "$work/keepalived.conf" >"$work/inhibited.conf"
sed -i '/^}$/i\  real_server 10.0.1.4 80 {\n  }' "$work/inhibited.conf"
cp "$work/inhibited.conf" "$work/keepalived.conf"
kill -HUP "$keepalived"
inhibited() { ipvsadm -Sn | grep -q '10.0.1.3:80 -m -w 0'; }
for _ in {1..150}; do
    inhibited && break
    sleep 0.1
done
inhibited || fail "keepalived does not hold the server down: $(ipvsadm -Sn)"
why 10.0.1.3
says out '1. (may be) it has weight 0 .*: keepalived holds it down (its TCP_CHECK fails.*), or somebody has set it$'
ipvsadm -d -t 10.0.0.1:80 -r 10.0.1.4:80
why 10.0.1.4
says out '1. the configuration has it and the table has not: somebody has removed it, for it has no check'
says out "next: lbctl diff $work/keepalived.conf$"
kill "$keepalived"
wait "$keepalived" 2>/dev/null

# Without keepalived and its file: clients, templates, marks, connections whose server is gone.
cat >"$work/table" <<'END_OF_TABLE'
-A -t 10.0.0.1:80 -s rr -p 300
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1
-A -f 7 -s rr
-a -f 7 -r 10.0.1.9:0 -g -w 1
END_OF_TABLE
expect 0 "$lbctl" apply --saved "$work/table" --undrain --prune
ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0
ipvsadm --start-daemon backup --mcast-interface sync0
connect() { "$inject" --interface sync0 --service 10.0.0.1 "$@" || fail "inject"; }
connect --server 10.0.1.1 --count 3 --timeout 300
connect --server 10.0.1.1 --template --state 0 --timeout 200
connect --server 10.0.1.7 --start 10 --count 2 --timeout 300
connect --service 10.0.0.2 --service-port 443 --server 10.0.1.9 --server-port 443 --start 20 --count 4 --method 3 --timeout 300
for _ in {1..50}; do
    (($("$lbctl" connections | grep -c '^TCP') >= 10)) && break
    sleep 0.1
done
count() { # count N ARGUMENT...: so many connections
    expect 0 "$lbctl" connections --count "${@:2}"
    [[ $(cat "$work/out") == "$1" ]] || fail "not $1 connections: ${*:2}: $(cat "$work/out")"
}
count 9
count 1 --templates
count 9 --not --templates
count 2 --orphaned
count 7 --not --orphaned
count 4 --service fwmark:7
count 5 --not --service fwmark:7
count 3 --service 10.0.0.1:http --not --real-server 10.0.1.7
count 0 --max-expire 250
count 1 --templates --max-expire 250 --min-expire 100
(($("$lbctl" connections | grep -c '^TCP') == 10)) || fail 'the listing lacks templates'
# The seconds pass between the two.
without_expiry() { sed 's/^\(TCP\) ..:../\1/' | sort; }
[[ $("$lbctl" connections | without_expiry) == "$(ipvsadm -Lcn | without_expiry)" ]] || fail 'the listing is not that of ipvsadm'
(($("$lbctl" connections --limit 4 | grep -c '^TCP') == 4)) || fail '--limit'

client=$("$lbctl" connections --templates --format csv | sed -n 's/^TCP,\([0-9.]*\),.*/\1/p')
expect 0 "$lbctl" why "$client"
says out "^$client: 9 connections and 1 persistence template$"
says out 'it is bound to 10.0.1.1:80 in TCP 10.0.0.1:80: it goes there until 300 s after its last connection$'
says out 'to TCP 10.0.0.1:80 go to 10.0.1.7:80, which is not in the table any more: their packets are dropped in silence'
expect 0 "$lbctl" drain 10.0.1.1
expect 0 "$lbctl" why "$client"
says out 'although that has weight 0'
says out 'expire_quiescent_template: it is 0'
expect 0 "$lbctl" why 10.0.1.1
says out '^  traffic goes on:$'
says out '3 active connections go on until they end'
says out '1 persistence template binds a client to it, which comes back until 300 s'
expect 0 "$lbctl" why 10.0.1.7
says out '2 connections are still there: the kernel drops their packets in silence'
expect 0 "$lbctl" why fwmark:7
says out 'no rule gives packets the mark 7'
iptables -t mangle -A PREROUTING -d 10.0.0.2 -j MARK --set-mark 7
expect 0 "$lbctl" why fwmark:7
quiet out 'no rule gives'
expect 0 "$lbctl" why 10.9.9.9
says out 'no client of that address has an entry'
expect 2 "$lbctl" why fwmark:9
says err 'there is no service .fwmark:9'
expect 2 "$lbctl" why nonsense
says err 'is no address'

rm -rf "$work"
((failures == 0)) && echo "all well" || echo "$failures failures"
exit $((failures != 0))
