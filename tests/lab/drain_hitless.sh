#!/bin/bash
# Runs inside the lab with the topology lvs-nat: beside a keepalived that checks both servers, a client with 200 open
# connections and new requests all the while sees none fail while a server is drained, removed from work and enabled
# again. Then the server's check fails and recovers, which ends a drain. $1 is lbctl, $2 hitless (hitless.cpp).
set -u
lbctl=$1 hitless=$2
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
exec </dev/null

server() {
    cat <<END
  real_server $1 7 {
    weight $2
    TCP_CHECK {
      connect_timeout 1
    }
  }
END
}
file() {
    cat <<END
virtual_server 10.0.8.9 7 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
$(server 192.168.8.12 "$1")
$(server 192.168.8.13 2)
}
END
}
file 3 >"$work/keepalived.conf"
declare -A servers
for real in real1 real2; do
    on "$real" "$hitless" serve 7 &
    servers[$real]=$!
done
on director1 keepalived -n -l -D -f "$work/keepalived.conf" -p "$work/a.pid" -c "$work/b.pid" -r "$work/c.pid" >"$work/log" 2>&1 &
keepalived=$!
soon log 'Gained quorum'
sleep 2
lbctl() { on director1 "$lbctl" "$@"; }
weight_of() { on director1 ipvsadm -Sn | awk -v server="$1:7" '$5 == server { print $NF }'; }
has() { [[ $(weight_of "$1") == "$2" ]] || fail "weight of $1 is $(weight_of "$1"), not $2: $3"; }

on client "$hitless" client 10.0.8.9 7 200 "$work/end" >"$work/client" 2>&1 &
client=$!
sleep 3
expect 0 lbctl drain 192.168.8.12 --wait 30
says err "note: keepalived (process $keepalived) looks after this table, and sets the weight of its file again when a check of the server fails and recovers, or when it reloads"
(($(grep -c keepalived "$work/err") == 1)) || fail "more than one line about keepalived: $(cat "$work/err")"
(($(on director1 ipvsadm -Ln | awk '$2 == "192.168.8.12:7" { print $5 }') == 0)) || fail 'connections after drain --wait'
sleep 2
has 192.168.8.12 0 'two rounds of checks later'
kill -HUP "$keepalived"
sleep 2
has 192.168.8.12 0 'after a reload of the same file'
expect 2 lbctl drain 192.168.8.13
expect 0 lbctl enable 192.168.8.12
has 192.168.8.12 3 'enabled'
sleep 1
touch "$work/end"
wait "$client" || fail "the client: $(cat "$work/client")"
cat "$work/client"

# A check that fails and recovers, and a reload that changes the server, give it its weight again; that is told.
expect 0 lbctl drain 192.168.8.12
file 4 >"$work/keepalived.conf"
kill -HUP "$keepalived"
sleep 2
has 192.168.8.12 4 'after a reload with another weight'
expect 0 lbctl drained
says out 'no longer: something else has given it weight 4 since'
expect 0 lbctl drain 192.168.8.12
kill "${servers[real1]}"
soon log 'Removing service'
expect 0 lbctl drained
says out 'it is not in the table now'
on real1 "$hitless" serve 7 &
for _ in {1..50}; do
    [[ $(weight_of 192.168.8.12) == 4 ]] && break
    sleep 0.2
done
has 192.168.8.12 4 'after its check has recovered'
kill "$keepalived"
wait "$keepalived" 2>/dev/null

rm -rf "$work"
((failures == 0)) && echo "all well" || echo "$failures failures"
exit $((failures != 0))
