#!/bin/bash
# Runs inside the lab with the topology lvs-nat: a client with 200 open connections and new requests all the while sees
# none fail while `lbctl apply` changes the table. $1 is lbctl, $2 hitless (hitless.cpp).
set -eu
lbctl=$1 hitless=$2
work=$(mktemp -d)
apply() {
    echo "apply: $1"
    on director1 "$lbctl" apply --saved "$work/save" "${@:2}" || { echo "FAILED: apply: $1" && exit 1; }
    sleep 1
}
# save SCHEDULER "SERVER WEIGHT"...
save() {
    echo "-A -t 10.0.8.9:7 -s $1"
    shift
    for server; do
        # shellcheck disable=SC2086
        printf -- '-a -t 10.0.8.9:7 -r %s:7 -m -w %s\n' $server
    done
}

for real in real1 real2; do
    on "$real" "$hitless" serve 7 &
done
save rr '192.168.8.12 1' >"$work/save"
apply 'one server'
sleep 1
on client "$hitless" client 10.0.8.9 7 200 "$work/end" >"$work/client" 2>&1 &
client=$!
sleep 4
apply 'unchanged'
save rr '192.168.8.12 1' '192.168.8.13 1' >"$work/save"
apply 'a server added'
save rr '192.168.8.12 3' '192.168.8.13 1' >"$work/save"
apply 'a weight changed'
save wlc '192.168.8.12 3' '192.168.8.13 1' >"$work/save"
apply 'the scheduler changed'
{ cat "$work/save" && echo '-A -t 10.0.8.9:8080 -s rr' && echo '-a -t 10.0.8.9:8080 -r 192.168.8.12:80 -m'; } >"$work/more"
mv "$work/more" "$work/save"
apply 'a virtual server added beside it'
save wlc '192.168.8.13 1' >"$work/save"
apply 'a server drained and removed, a virtual server removed' --drain 60
sleep 2
touch "$work/end"
status=0
wait "$client" || status=$?
cat "$work/client"
exit "$status"
