#!/bin/bash
# Runs inside the lab: what lbctl makes of answers that get lost on their way from the kernel. $1 is lbctl, $2 the
# library disturb_netlink. Says what failed, exits 1 if anything did.
set -u
lbctl=$1 disturbance=$2
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
# disturbed KIND STATUS ARGS...: lbctl with that trouble
disturbed() {
    local kind=$1 status=$2
    shift 2
    expect "$status" env LD_PRELOAD="$disturbance" LBCTL_DISTURB="$kind" "$lbctl" "$@"
}
# table_is FILE: what the kernel holds, whatever the order
table_is() { diff <(ipvsadm -Sn | sort) <(sort "$1") >"$work/diff" || fail "another table after $last: $(cat "$work/diff")"; }
last=

services() {
    local i
    for ((i = 0; i < $1; ++i)); do
        echo "-A -t 10.0.$((i / 250)).$((i % 250)):80 -s $2"
        echo "-a -t 10.0.$((i / 250)).$((i % 250)):80 -r 10.1.0.1:80 -m -w $3"
    done
}
services 60 rr 1 >"$work/before"
services 60 rr 2 >"$work/after"
# What the kernel refuses, and far more often than a small buffer holds.
services 60 no-such-scheduler 1 >"$work/refused"
expect 0 "$lbctl" apply --saved "$work/before"
table_is "$work/before"

# Far more refusals than the kernel can deliver: not all of them are known, and all is put back.
last="many refusals"
disturbed small-buffer 2 apply --saved "$work/refused"
grep -q 'the table is as it was' "$work/err" || fail "$last: $(cat "$work/err")"
table_is "$work/before"
ipvsadm -C
disturbed small-buffer 2 apply --saved "$work/refused"
grep -q 'the table is as it was' "$work/err" || fail "$last, empty table: $(cat "$work/err")"
: >"$work/nothing"
table_is "$work/nothing"
rm -rf /run/lbctl
# What succeeds is not answered, so that a small buffer does no harm.
last="a small buffer"
disturbed small-buffer 0 apply --saved "$work/before"
table_is "$work/before"
disturbed small-buffer 0 diff --saved "$work/before"

# Whether a change was made is not known any more: what perhaps was is taken back.
for kind in overrun silent; do
    last="an apply, $kind"
    disturbed "$kind-changes:1" 2 apply --saved "$work/after"
    grep -q 'the table is as it was' "$work/err" || fail "$last: $(cat "$work/err")"
    table_is "$work/before"
done

# A change of weights that cannot be taken back is not said to be, and what drain took is remembered.
last="a drain, always silent"
disturbed silent-changes 2 drain 10.1.0.1 --force
grep -q 'the table could NOT be put back' "$work/err" || fail "$last: $(cat "$work/err")"
services 60 rr 0 >"$work/drained"
ipvsadm -C && ipvsadm -R <"$work/drained"
expect 0 "$lbctl" enable 10.1.0.1
table_is "$work/before"

# A reading that went wrong is begun anew, and no half of it is ever taken for the whole.
for kind in overrun interrupted truncated; do
    last="a reading, $kind twice"
    disturbed "$kind:2" 0 diff --saved "$work/before"
    disturbed "$kind:2" 0 save
    diff <(sort "$work/out") <(sort "$work/before") >"$work/diff" || fail "$last: $(head "$work/diff")"
    last="a reading, always $kind"
    disturbed "$kind" 2 apply --saved "$work/after"
    grep -q 'something else changes them all the time' "$work/err" || fail "$last: $(cat "$work/err")"
    table_is "$work/before"
done

# What would be read for ever ends with a message: in a reading, in a change, and in the undoing of a change.
last="answers without an end"
for words in list "apply --saved $work/after" "drain 10.1.0.1"; do
    # shellcheck disable=SC2086
    disturbed endless-overrun 2 $words
    says err 'answers of the kernel were lost'
done
disturbed endless-rows 2 apply --saved "$work/after"
says err 'answer has no end'
table_is "$work/before"
disturbed endless-overrun-changes 2 apply --saved "$work/after"
says err 'answers of the kernel were lost.*could NOT be put back'
ipvsadm -C && ipvsadm -R <"$work/before"
expect 0 "$lbctl" apply --saved "$work/before"

# A network namespace that cannot be left: going on would change the wrong table, and stopping is not done in silence.
last="no way home"
ip netns add other
disturbed no-way-home 134 apply --saved "$work/after" --netns other
grep -q '^lbctl: stopped, .* network namespace .*: Operation not permitted' "$work/err" || fail "$last: $(cat "$work/err")"
table_is "$work/before"

((failures == 0)) && echo "lost answers: all as it should be"
exit $((failures > 0))
