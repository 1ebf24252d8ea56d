#!/bin/bash
# Runs inside the lab: what `lbctl apply` promises, on the command line. $1 is lbctl. Says what failed, exits 1 if anything did.
set -u
lbctl=$1
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
table() { ipvsadm -S -n; }
same_table() { diff "$1" <(table) >"$work/diff" || fail "$2: $(cat "$work/diff")"; }

cat >"$work/one" <<'END'
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1
END
cat >"$work/two" <<'END'
-A -t 10.0.0.1:80 -s wlc
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 3 -x 100 -y 50
-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 1
-A -u 10.0.0.2:53 -s sh -b sh-fallback,sh-port
-a -u 10.0.0.2:53 -r 10.0.1.9:53 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
END
sed 's/ -x 100 -y 50//' "$work/two" >"$work/two.save"

# dry run, apply, apply again, diff
expect 1 "$lbctl" apply --saved "$work/one" --dry-run
expect 0 "$lbctl" apply --saved "$work/one"
same_table "$work/one" "first apply"
expect 0 "$lbctl" apply --saved "$work/one" --dry-run
expect 0 "$lbctl" diff --saved "$work/one"
expect 1 "$lbctl" diff --saved "$work/two"
grep -q 'scheduler rr → wlc' "$work/out" || fail "diff does not show the scheduler: $(cat "$work/out")"
expect 1 "$lbctl" diff --saved "$work/two" --format json
expect 1 "$lbctl" diff --saved "$work/two" --format summary

# diff --only: a service whole, a server alone, what does not differ, what is in neither
expect 1 "$lbctl" diff --saved "$work/two" --only 'UDP 10.0.0.2:domain' --format summary
grep -q '^services: 1 to add, 0 to edit, 0 to remove; destinations: 1 to add, 0 to edit, 0 to remove;' "$work/out" || fail "--only a service: $(cat "$work/out")"
expect 1 "$lbctl" diff --saved "$work/two" --only 10.0.1.3,10.0.1.2 --format save
diff - "$work/out" <<'END' || fail "--only two servers"
-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 1
-d -t 10.0.0.1:80 -r 10.0.1.2:80
END
expect 0 "$lbctl" diff --saved "$work/one" --only 10.0.0.1:80
expect 2 "$lbctl" diff --saved "$work/two" --only 10.0.0.1:80,10.0.0.9
grep -q "no service and no real server is called .10.0.0.9'" "$work/err" || fail "--only of nothing: $(cat "$work/err")"
expect 2 "$lbctl" diff --saved "$work/two" --only 10.0.0.300
expect 0 "$lbctl" diff --saved "$work/one" --from <(table)

# what diff --format save prints leads there
expect 1 "$lbctl" diff --saved "$work/two" --format save
cp "$work/out" "$work/change"
ipvsadm -R <"$work/change" || fail "ipvsadm -R of the difference"
same_table "$work/two.save" "difference by ipvsadm -R"
expect 0 "$lbctl" diff --saved "$work/two"

# permissions, weights that stay
expect 2 "$lbctl" apply --saved "$work/one" --allow add,edit
same_table "$work/two.save" "refused by --allow"
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 7
expect 1 "$lbctl" apply --saved "$work/two" --dry-run --keep-weights
expect 0 "$lbctl" diff --saved "$work/two" --ignore weights,thresholds
expect 0 "$lbctl" apply --saved "$work/two"

# ownership: the service that left the text goes, a foreign one stays until --prune
ipvsadm -A -t 10.9.9.9:99 -s rr
expect 0 "$lbctl" apply --saved "$work/one"
grep -q '10.9.9.9:99' "$work/err" || fail "the foreign service is not reported"
table | grep -q 10.9.9.9 || fail "the foreign service is gone"
table | grep -q '10.0.0.2:53' && fail "lbctl's own service stayed"
expect 0 "$lbctl" apply --saved "$work/one" --prune
same_table "$work/one" "--prune"

# nothing on standard input is not a wish for nothing
for words in "--saved -" "-"; do
    # shellcheck disable=SC2086
    expect 2 "$lbctl" apply $words </dev/null
    grep -q 'nothing in standard input.*--allow remove' "$work/err" || fail "empty: $(cat "$work/err")"
    same_table "$work/one" "apply of nothing"
done
expect 0 "$lbctl" apply --saved - --allow remove </dev/null
table | grep -q 10.0.0 && fail "lbctl's own services stayed"
expect 0 "$lbctl" apply --saved "$work/one"

# a failing step: nothing changed
{ cat "$work/two" && echo '-A -t 10.0.0.7:80 -s nonesuch'; } >"$work/bad"
expect 2 "$lbctl" apply --saved "$work/bad"
grep -q 'nonesuch.*the table is as it was.*modprobe' "$work/err" || fail "message: $(cat "$work/err")"
same_table "$work/one" "failed apply"

# a plan in a file, refused once the table is another
expect 0 "$lbctl" apply --saved "$work/two" --out "$work/plan.json"
same_table "$work/one" "--out"
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    rm -f "$work/closed.json"
    (exec >"$work/out" 2>"$work/err" && eval "exec $closed" && exec "$lbctl" apply --saved "$work/two" --out "$work/closed.json")
    cmp "$work/plan.json" "$work/closed.json" || fail "--out with $closed"
done
expect 1 "$lbctl" apply --saved "$work/two" --out "$work/plan.json" --dry-run
expect 2 "$lbctl" apply --saved "$work/two" --out "$work/plan"
[[ ! -e $work/plan ]] || fail "a plan that apply would not know was written"
expect 2 "$lbctl" apply --allow add "$work/plan.json"
grep -q 'delete\|edit' "$work/err" || fail "--allow took the plan's name: $(cat "$work/err")"
cp "$work/plan.json" "$work/stale.json"
expect 0 "$lbctl" apply "$work/plan.json"
same_table "$work/two.save" "apply of a plan"
expect 2 "$lbctl" apply "$work/stale.json"
grep -q 'changed since the plan' "$work/err" || fail "stale plan: $(cat "$work/err")"
# Options that say how a plan is made are not ignored beside one that is made already.
expect 0 "$lbctl" apply --saved "$work/one" --out "$work/plan.json" --drain 5
for option in --prune --keep-weights --keep-going '--target-version 2.4.3' '--config-id other' '--define A=b'; do
    # shellcheck disable=SC2086 # one word or two
    expect 2 "$lbctl" apply "$work/plan.json" --drain 0 $option
    says err "^lbctl: ${option%% *} comes too late for $work/plan.json"
done
expect 2 "$lbctl" apply "$work/plan.json"
says err 'drains what goes away, and does not say how long .* --drain SECONDS'
same_table "$work/two.save" "options that a plan does not take"
# What lbctl made is another matter by then: the plan would remove, or keep, what it was not made for.
ipvsadm -A -t 10.9.9.9:99 -s rr
expect 0 "$lbctl" apply --saved "$work/one" --out "$work/owned.json"
{ cat "$work/two" && echo '-A -t 10.9.9.9:99 -s rr'; } >"$work/adopted"
expect 0 "$lbctl" apply --saved "$work/adopted"
expect 2 "$lbctl" apply "$work/owned.json"
says err "other services are lbctl's own than when the plan was made"
expect 0 "$lbctl" apply --saved "$work/two"
expect 0 "$lbctl" apply --saved "$work/one" --out "$work/plan.json" --drain 5
# A plan whose table was edited is refused, whatever is edited and whatever options stand beside it.
for edit in 's/"weight": 1,/"weight": 9,/' 's/"scheduler": "rr"/"scheduler": "lc"/' 's/"upper_threshold": 0/"upper_threshold": 7/' \
    's/10\.0\.1\.2"/10.0.1.4"/' 's/"drain": true/"drain": false/' 's/"prune": false/"prune": true/' 's/"flush": false/"flush": true/'; do
    sed "/\"steps\": \[/,\$!{$edit}" "$work/plan.json" >"$work/edited.json"
    cmp -s "$work/plan.json" "$work/edited.json" && fail "no edit: $edit"
    for options in '--drain 0' '--drain 0 --force' ''; do
        # What removes nothing more than before is the same plan.
        [[ $edit == *prune* || $edit == *flush* ]] && break
        [[ ! $options && $edit != *drain* ]] && continue
        # shellcheck disable=SC2086
        expect 2 "$lbctl" apply "$work/edited.json" $options
        says err 'steps in the plan file are not those that lead to its table; nothing was changed'
    done
    same_table "$work/two.save" "an edited plan, $edit"
done
expect 0 "$lbctl" apply "$work/plan.json" --drain 0 --verbose
says out '^ *2. edit service TCP 10.0.0.1:80: scheduler wlc → rr'
says out '^1 .*removed'
same_table "$work/one" "apply of a plan with --drain"
expect 0 "$lbctl" apply --saved "$work/two"
sed 's/"address"/"adress"/' "$work/plan.json" >"$work/wrong.json"
expect 2 "$lbctl" apply "$work/wrong.json"
says err "$work/wrong.json is not a plan .*'address' not found; make one with"

# scripts give the same table
for kind in ipvsadm ipvsadm-restore; do
    "$lbctl" emit "$kind" --saved "$work/two" >"$work/script" || fail "emit $kind"
    for before in one two; do
        ipvsadm -C
        ipvsadm -R <"$work/$before"
        if [[ $kind == ipvsadm ]]; then sh "$work/script"; else ipvsadm -C && ipvsadm -R <"$work/script"; fi || fail "$kind script"
        same_table "$work/two.save" "$kind script after $before"
        ipvsadm -L -n --thresholds | grep -q '10.0.1.1:80  *100  *50' || fail "$kind script: thresholds"
    done
done

# weights
expect 0 "$lbctl" weight 10.0.1.1 9
table | grep -q '10.0.1.1:80 -m -w 9' || fail "weight"
expect 0 "$lbctl" drain '10.0.1.*:80' --service '10.0.0.1:80' --force
(($(table | grep -c -- '-w 0$') == 2)) || fail "drain: $(table)"
expect 0 "$lbctl" enable '10.0.1.*'
table | grep -q '10.0.1.1:80 -m -w 9' || fail "enable"
expect 2 "$lbctl" weight 10.7.7.7 1

# an apply that must be confirmed
table >"$work/before"
expect 0 "$lbctl" apply --saved "$work/one" --confirm 2
same_table "$work/one" "--confirm"
expect 2 "$lbctl" apply --saved "$work/two"
for _ in $(seq 100); do
    sleep 0.2
    diff -q "$work/before" <(table) >/dev/null && break
done
same_table "$work/before" "not confirmed in time"
expect 0 "$lbctl" apply --saved "$work/one" --confirm 4
expect 0 "$lbctl" confirm
expect 2 "$lbctl" confirm
sleep 5
same_table "$work/one" "confirmed"
expect 0 "$lbctl" apply --saved "$work/two" --confirm 60
# A file that something is mounted on cannot be removed.
pending="/run/lbctl/net-$(stat -Lc %i /proc/self/ns/net).pending.json"
mount --bind "$pending" "$pending"
expect 2 "$lbctl" confirm
says err "the apply is NOT confirmed, and will be taken back: cannot remove $pending"
umount "$pending"
expect 0 "$lbctl" confirm --roll-back
same_table "$work/one" "taken back by hand"

# A change whose report cannot be written is made, and that is said: on a full disk, in a pipe that nobody reads, with
# a closed output. Where nothing is changed it is a failure like any other.
unreported() { # unreported STATUS ARGUMENT...
    local wanted=$1 status=0
    shift
    for out in '>/dev/full' '> >(exec true)' '>&-'; do
        [[ $out == *true* && $wanted == 2 ]] && continue
        status=0
        expect 0 "$lbctl" apply --saved "$work/two" --undrain
        [[ $1 == confirm ]] && expect 0 "$lbctl" apply --saved "$work/one" --confirm 60
        [[ $1 == enable ]] && expect 0 "$lbctl" drain 10.0.1.1
        eval '( sleep 0.2; exec "$lbctl" "$@" )' "$out" '2>"$work/err"' || status=$?
        ((status == wanted)) || fail "exit $status, not $wanted: $* $out ($(cat "$work/err"))"
        if ((wanted == 3)); then says err 'the change WAS made, only its report could not be written'; else says err 'cannot write'; fi
    done
}
unreported 3 apply --saved "$work/one"
same_table "$work/one" "apply with a full disk"
unreported 3 apply --saved "$work/one" --format json --drain 0
unreported 3 confirm
unreported 3 confirm --roll-back
same_table "$work/two.save" "confirm --roll-back with a full disk"
unreported 3 drain 10.0.1.1
unreported 3 enable 10.0.1.1
unreported 3 weight 10.0.1.1 7
table | grep -q '10.0.1.1:80 -m -w 7' || fail "weight with a full disk"
unreported 2 apply --saved "$work/one" --dry-run
unreported 2 apply --saved "$work/two"
table | grep -q '10.0.1.1:80 -m -w 3' || fail "apply that has nothing to do"
expect 0 "$lbctl" apply --saved "$work/one"

# what is no network namespace is told at once, and a pipe is not waited for
mkfifo "$work/pipe"
for place in "$work/pipe" "$work" /dev/null /etc/passwd /proc/self/ns/mnt /run/../; do
    for words in list save connections "diff --saved $work/one" "apply --saved $work/one" "weight 10.0.1.1 3" "drain 10.0.1.1" \
        "enable 10.0.1.1" confirm; do
        # shellcheck disable=SC2086
        expect 2 timeout 10 "$lbctl" $words --netns "$place"
        says err 'is not a network namespace'
    done
done
expect 2 "$lbctl" apply --saved "$work/two" --netns ''
says err '^lbctl: --netns: the value is empty'
same_table "$work/one" "no namespace"

# another namespace, by name and by path
# (without its loopback the kernel takes no destination)
ip netns add other
ip -n other link set lo up
expect 0 "$lbctl" apply --saved "$work/two" --netns other
diff "$work/two.save" <(ip netns exec other ipvsadm -S -n) || fail "--netns NAME"
expect 0 "$lbctl" diff --saved "$work/two" --netns /run/netns/other
same_table "$work/one" "the namespace beside it"

# a new namespace inherits nothing from one that had its inode; where the kernel does not give it again, it is made so
old=$(stat -Lc %i /run/netns/other)
expect 0 "$lbctl" apply --saved "$work/one" --netns other --confirm 2
for file in owned pending; do cp "/run/lbctl/net-$old.$file.json" "$work/$file.json"; done
ip netns del other
for _ in {1..20}; do
    ip netns add other
    [[ $(stat -Lc %i /run/netns/other) == "$old" ]] && break
    ip netns del other
    sleep 0.2
done
[[ -e /run/netns/other ]] || ip netns add other
new=$(stat -Lc %i /run/netns/other)
for file in owned pending; do
    cp "$work/$file.json" "/run/lbctl/net-$new.$file.json"
done
ip netns exec other ipvsadm -A -t 10.0.0.1:80 -s rr
sleep 3 # the time of --confirm: the table that is put back is not this one
ip netns exec other ipvsadm -Sn | grep -q 10.0.0.2 && fail "a new namespace was given the table of an old one"
printf -- '-A -t 10.0.0.5:80 -s rr\n' >"$work/five"
expect 0 "$lbctl" apply --saved "$work/five" --netns other
says err 'stays: TCP 10.0.0.1:80'
ip -n other link set lo up

# timeouts and daemons; they go away when they are wanted no more
{ echo '--set 800 100 200' && echo '--start-daemon master --mcast-interface lo --syncid 3' && cat "$work/two"; } >"$work/daemon"
ip link set lo up
expect 0 "$lbctl" apply --saved "$work/daemon"
ipvsadm -L --timeout | grep -q '800 100 200' || fail "timeouts"
ipvsadm -L --daemon | grep -q 'master.*lo.*syncid=3' || fail "daemon"
expect 0 "$lbctl" apply --saved "$work/daemon" --dry-run

# two at a time, and one killed half way: the next one completes
seq 1 400 | awk '{ for (j = 1; j <= 10; ++j) if (j == 1) print "-A -t 10.3." int($1/200) "." $1%200 ":80 -s rr\n-a -t 10.3." int($1/200) "." $1%200 ":80 -r 10.4.0.1:80 -m -w 1"; else print "-a -t 10.3." int($1/200) "." $1%200 ":80 -r 10.4.0." j ":80 -m -w 1" }' >"$work/large"
"$lbctl" apply --saved "$work/large" >/dev/null 2>"$work/err1" &
first=$!
"$lbctl" apply --saved "$work/large" >/dev/null 2>"$work/err2" &
second=$!
wait "$first" || fail "first of two: $(cat "$work/err1")"
wait "$second" || fail "second of two: $(cat "$work/err2")"
for pause in 0.02 0.05 0.1 0.2 0.3; do
    "$lbctl" apply --saved "$work/two" >/dev/null 2>&1 || fail "back to two"
    "$lbctl" apply --saved "$work/large" >/dev/null 2>&1 &
    victim=$!
    sleep "$pause"
    kill -9 "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
    services=$(table | grep -c -- ^-A)
    expect 0 "$lbctl" apply --saved "$work/large"
    (($(table | grep -c -- ^-A) == 400)) || fail "after kill -9 at $pause s with $services services"
    table | grep -q '10.0.0.1:80' && fail "after kill -9 an old service stayed"
done

rm -rf "$work"
((failures == 0)) && echo "all well" || echo "$failures failures"
exit $((failures != 0))
