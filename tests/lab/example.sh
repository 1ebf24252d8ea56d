#!/bin/bash
# In the lab, with the topology of an example: lbctl applies its file on the first director, and requests of the client reach
# both real servers; then the listings are the same bytes as ipvsadm's.
#   tests/lab/run --topology lvs-dr tests/lab/example.sh LBCTL examples/lvs-dr
set -euo pipefail

lbctl=$1 example=$2

fail() {
    echo "FAILED: $*"
    exit 1
}

for role in master backup; do
    "$lbctl" lint "$example/keepalived-$role.conf" || fail "lint finds fault with keepalived-$role.conf"
done
config=$example/keepalived-master.conf
on director1 "$lbctl" diff "$config" >/dev/null && fail "nothing differs from the empty table"
on director1 "$lbctl" apply "$config"
on director1 "$lbctl" diff "$config" || fail "the table differs after apply"

urls=()
for ((i = 0; i < 20; i++)); do urls+=(http://10.0.8.9/); done
answers=$(on client curl -sS --no-keepalive -m 5 -H 'Connection: close' "${urls[@]}") || fail "a request failed; so far: $answers"
counts=$(sort <<<"$answers" | uniq -c | awk '{print $2 "=" $1}' | xargs)
[[ $counts == 'real1=10 real2=10' ]] || fail "20 requests were answered by: $counts"

# Seconds pass between two listings, so the expiry column may differ by a little: both are asked until they agree.
same() {
    local attempt
    for attempt in 1 2 3 4 5 6; do
        cmp -s <(on director1 "$lbctl" "$1") <(on director1 ipvsadm "${@:2}") && return 0
    done
    diff <(on director1 "$lbctl" "$1") <(on director1 ipvsadm "${@:2}")
}
same list -Ln || fail "list and ipvsadm -Ln differ"
without_expiry() { sed -E 's/ [0-9]+:[0-9]{2} +/ /'; }
diff <(on director1 "$lbctl" connections | without_expiry) <(on director1 ipvsadm -Lcn | without_expiry) ||
    fail "connections and ipvsadm -Lcn differ"
(($(on director1 "$lbctl" connections | grep -c ^TCP) == 20)) || fail "20 connections are not listed"

emitted=$(mktemp)
"$lbctl" emit ipvsadm "$config" >"$emitted"
before=$(on director1 ipvsadm -Sn)
on director1 ipvsadm -C
on director1 sh "$emitted"
[[ $(on director1 ipvsadm -Sn) == "$before" ]] || fail "the emitted script makes another table"
"$lbctl" emit ipvsadm-restore "$config" >"$emitted"
on director1 ipvsadm -C
on director1 ipvsadm -R <"$emitted"
[[ $(on director1 ipvsadm -Sn) == "$before" ]] || fail "the emitted text restores another table"
echo "$(basename -- "$example"): $counts"
