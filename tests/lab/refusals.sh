#!/bin/bash
# In the lab: without IPVS in the kernel, or without privilege, the commands that need it say in one line what is missing
# and what to do, and exit 2.
#   tests/lab/run --no-ipvs tests/lab/refusals.sh LBCTL FILE ipvs
#   tests/lab/run tests/lab/refusals.sh LBCTL FILE privilege
set -euo pipefail

lbctl=$1 file=$2 lack=$3

fail() {
    echo "FAILED: $*"
    exit 1
}

as() { "$@"; }
commands=("diff $file" "apply $file" list stats rate save "weight 10.0.8.12:80 0")
case $lack in
    ipvs)
        commands+=(connections)
        what='IPVS|ip_vs'
        remedy='modprobe ip_vs'
        ;;
    privilege)
        # Everybody may read the connections.
        as() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"; }
        what='[Pp]ermission|privilege'
        remedy='root'
        ;;
    *) fail "$lack: ipvs or privilege" ;;
esac
for command in "${commands[@]}"; do
    status=0
    # shellcheck disable=SC2086
    said=$(as "$lbctl" $command 2>&1) || status=$?
    echo "$command: $said"
    ((status == 2)) || fail "$command: exit status $status"
    (($(wc -l <<<"$said") == 1)) || fail "$command: not one line"
    [[ $said =~ $what ]] || fail "$command: does not say what is missing"
    [[ $said =~ $remedy ]] || fail "$command: does not say what to do"
done
