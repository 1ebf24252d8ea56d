#!/bin/bash
# Runs inside the lab with the topology lvs-nat, where keepalived looks after the table: a client with 200 open connections
# and new requests all the while sees none fail over `lbctl reload', and over `apply --force' while a server is down.
# $1 is lbctl, $2 hitless (hitless.cpp).
set -eu
lbctl=$1 hitless=$2
work=$(mktemp -d)
exec </dev/null
fail() { echo "FAILED: $*" && exit 1; }
table_has() { # table_has COUNT TEXT: within 15 s as many lines of the table have it
    for _ in {1..75}; do
        (($(on director1 ipvsadm -Sn | grep -c -- "$2") == $1)) && return
        sleep 0.2
    done
    fail "not $1 times '$2' in the table: $(on director1 ipvsadm -Sn)"
}
configuration() { # configuration WEIGHT [MORE]
    cat <<END
virtual_server 10.0.8.9 7 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    warmup 0
$(for real in 12 13; do
        echo "real_server 192.168.8.$real 7 { weight $1"
        echo "TCP_CHECK { connect_timeout 1"
        echo "retry 0"
        printf '}\n}\n'
    done)
}
${2:-}
END
}

on real1 "$hitless" serve 7 &
configuration 1 | sed 's/ { /&\n/' >"$work/keepalived.conf"
on director1 keepalived -n -l -D -f "$work/keepalived.conf" -p "$work/a" -c "$work/b" -r "$work/c" >"$work/log" 2>&1 &
keepalived=$!
table_has 1 '-r 192.168.8.12:7'
table_has 0 '-r 192.168.8.13:7'
on client "$hitless" client 10.0.8.9 7 200 "$work/end" >"$work/client" 2>&1 &
client=$!
sleep 2
on director1 "$lbctl" apply "$work/keepalived.conf" --force || fail "apply --force"
table_has 0 '-r 192.168.8.13:7'
sleep 1
on real2 "$hitless" serve 7 &
table_has 1 '-r 192.168.8.13:7'
configuration 3 | sed 's/ { /&\n/' >"$work/fresh.conf"
on director1 "$lbctl" reload "$work/fresh.conf" || fail "reload with other weights"
table_has 2 '-w 3$'
sleep 1
configuration 3 'virtual_server 10.0.8.9 8080 {
protocol TCP
real_server 192.168.8.12 80 {
}
}' | sed 's/ { /&\n/' >"$work/fresh.conf"
on director1 "$lbctl" reload "$work/fresh.conf" || fail "reload with one more virtual server"
table_has 2 ':8080'
sleep 1
on director1 "$lbctl" status || fail "status is not well"
touch "$work/end"
status=0
wait "$client" || status=$?
cat "$work/client"
kill "$keepalived"
exit "$status"
