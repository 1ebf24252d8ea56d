#!/bin/bash
# Runs inside the lab: what lbctl remembers is root's alone, the way back of --confirm cannot be lost, and it takes back
# what the apply changed and nothing else. $1 is lbctl. Says what failed, exits 1 if anything did.
set -u
lbctl=$1
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
exec </dev/null

cat >"$work/one" <<'END'
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1
END
sed 's/-s rr/-s wlc/; s/10.0.1.1:80 -m -w 1/10.0.1.1:80 -m -w 3/' "$work/one" >"$work/two"
state=/run/lbctl/net-$(stat -Lc %i /proc/self/ns/net)
table_of() { # table_of [PID]: the table of the namespace of a process
    if [[ ${1-} ]]; then nsenter -t "$1" -n ipvsadm -Sn; else ipvsadm -Sn; fi
}
table_is() { # table_is FILE [PID]
    diff "$1" <(table_of "${2-}") >"$work/diff" || fail "not the table ${1##*/}: $(cat "$work/diff")"
}
table_becomes() { # table_becomes FILE [PID]: within ten seconds
    for _ in {1..50}; do
        diff -q "$1" <(table_of "${2-}") >/dev/null && return
        sleep 0.2
    done
    table_is "$@"
}
watcher() { # the process that takes an apply back; without a process, for these are slow here
    local process words
    for process in /proc/[0-9]*; do
        { mapfile -d '' -t words <"$process/cmdline"; } 2>/dev/null
        [[ ${words[2]-} != --roll-back-at-deadline ]] || echo "${process#/proc/}"
    done
}
kill_watcher() { # returns when the kernel has given up its lock, which may be after kill has returned
    kill -9 "$(watcher)"
    flock -w 10 "$state.watcher" true || fail "the lock of a killed watcher is held"
}
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"; }

# Nobody else can read it, write it, lock it, or put something in its place; whatever the umask.
(umask 000 && expect 0 "$lbctl" apply --saved "$work/one" && expect 0 "$lbctl" drain 10.0.1.2)
expect 0 "$lbctl" enable 10.0.1.2
(umask 000 && expect 0 "$lbctl" apply --saved "$work/two" --confirm 60)
[[ $(stat -c '%a %U' /run/lbctl) == '700 root' ]] || fail "the folder: $(ls -ld /run/lbctl)"
loose=$(find /run/lbctl -type f \( ! -perm 0600 -o ! -user root \) -ls)
[[ -z $loose ]] || fail "files: $loose"
(($(find /run/lbctl -type f | wc -l) == 5)) || fail "not five files: $(ls -l /run/lbctl)"
for file in lock watcher pending.json; do
    expect 1 as_nobody cat "$state.$file"
    expect 66 as_nobody flock -n "$state.$file" true
    expect 1 as_nobody cp "$work/one" "$state.$file"
    expect 1 as_nobody ln -sf "$work/one" "$state.$file"
    expect 1 as_nobody rm -f "$state.$file"
done
expect 66 as_nobody flock -n /run/lbctl true
expect 1 as_nobody mv /run/lbctl /run/other
expect 1 as_nobody kill "$(watcher)"
expect 1 as_nobody cat "/proc/$(watcher)/fd/3"
expect 0 "$lbctl" confirm --roll-back
table_is "$work/one"

# Who opened the lock when an earlier release had made it for all to read holds it once, and not again.
chmod 755 /run/lbctl && chmod 644 "$state.lock"
# shellcheck disable=SC2016 # the inner shell's
as_nobody bash -c 'exec 9<"$1"; echo open; read -r; flock -x 9; sleep 100' hold "$state.lock" < <(sleep 2; echo) >"$work/held" &
holder=$!
soon held open
expect 0 "$lbctl" apply --saved "$work/two" --lock-wait 0
sleep 3
expect 0 "$lbctl" apply --saved "$work/one" --lock-wait 0
[[ $(stat -c %a /run/lbctl "$state.lock" | paste -sd,) == 700,600 ]] || fail "left open: $(ls -la /run/lbctl)"
kill "$holder"
wait "$holder" 2>/dev/null

# What somebody else may have made is refused by every command, at once, and nothing is changed.
commands=("apply --saved $work/two --lock-wait 0" "apply --saved $work/two --confirm 60" "weight 10.0.1.1 9" "drain 10.0.1.1"
    "enable 10.0.1.1" confirm "confirm --roll-back")
refused() { # refused TEXT [COMMAND...]: by all commands, or by these
    local text=$1 command
    shift
    (($#)) || set -- "${commands[@]}"
    for command in "$@"; do
        # shellcheck disable=SC2086 # words of a command
        expect 2 timeout 20 "$lbctl" $command
        says err "$text"
    done
    table_is "$work/one"
}
chmod 1777 /run/lbctl
refused 'others may write it (mode 1777)'
chmod 700 /run/lbctl && chown nobody /run/lbctl
refused 'belongs to the user with number 65534'
chown root /run/lbctl
mv /run/lbctl /run/elsewhere && ln -s elsewhere /run/lbctl
refused '/run/lbctl is not to be trusted: it is a symbolic link'
rm /run/lbctl && mv /run/elsewhere /run/lbctl
rm "$state.lock" && mkfifo "$state.lock"
refused 'it is a FIFO' "${commands[@]:0:3}"
rm "$state.lock"
mkfifo "$state.pending.json"
refused 'it is a FIFO'
expect 0 timeout 20 "$lbctl" list
says err 'cannot tell whether an apply waits: .*it is a FIFO'
rm "$state.pending.json"
ln -s "$work/one" "$state.pending.json"
refused 'it is a symbolic link' "${commands[@]:0:3}"
rm "$state.pending.json"
echo '{"schema": "lbctl-pending/9"}' >"$state.pending.json"
refused 'another release of lbctl: its schema is "lbctl-pending/9", and this one reads lbctl-pending/2'
rm "$state.pending.json"
mv "$state.owned.json" "$work/owned" && sed 's-owned/1-owned/9-' "$work/owned" >"$state.owned.json"
refused 'another release of lbctl' "${commands[@]:0:2}"
chmod 666 "$state.owned.json"
refused 'others may write it (mode 0666)' "${commands[@]:0:2}"
# Who only looks says so, and goes on.
expect 1 "$lbctl" diff --saved "$work/two"
says err 'note: cannot tell which services lbctl made: .*others may write it (mode 0666)'
rm "$state.owned.json" && mv "$work/owned" "$state.owned.json"

# While a confirmation is pending nothing else changes the table; who reads it is told.
expect 0 "$lbctl" apply --saved "$work/two" --confirm 60
for words in "${commands[@]:0:5}" 'drain 10.0.1.1 --force'; do
    # shellcheck disable=SC2086
    expect 2 "$lbctl" $words
    says err 'an apply waits for its confirmation: its time ends in [1-9][0-9]* s;'
    says err 'lbctl confirm --roll-back'
done
table_is "$work/two"
for words in "1 diff --saved $work/one" "1 apply --saved $work/one -n" '1 drain 10.0.1.1 -n' '0 list'; do
    # shellcheck disable=SC2086
    expect "${words%% *}" "$lbctl" ${words#* }
    says err 'note: an apply waits for its confirmation: its time ends in'
done

# Roll back takes back what the apply changed, and leaves what others did to the same service meanwhile.
ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 1
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 0
expect 0 "$lbctl" confirm --roll-back
says out 'changed it since: 10.0.1.2:80 of TCP 10.0.0.1:80: weight 1 → 0'
says out 'changed it since: 10.0.1.3:80 of TCP 10.0.0.1:80: added'
sed 's/10.0.1.2:80 -m -w 1/10.0.1.2:80 -m -w 0/' "$work/one" >"$work/both"
echo '-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 1' >>"$work/both"
diff <(sort "$work/both") <(table_of | sort) || fail "what two have done: $(table_of)"
expect 0 "$lbctl" apply --saved "$work/one"
# The same at the deadline.
expect 0 "$lbctl" apply --saved "$work/two" --confirm 2
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 7
sed 's/10.0.1.1:80 -m -w 1/10.0.1.1:80 -m -w 7/' "$work/one" >"$work/seven"
table_becomes "$work/seven"
expect 0 "$lbctl" apply --saved "$work/one"

# Of a watcher that was killed every command tells, before the deadline and after it, and confirm knows both ways.
for way in '' --roll-back; do
    expect 0 "$lbctl" apply --saved "$work/two" --confirm 9
    kill_watcher
    expect 0 "$lbctl" list
    says err 'its time ends in . s, but the process that would take it back has ended'
    sleep 9
    for words in "${commands[@]:0:5}"; do
        # shellcheck disable=SC2086
        expect 2 "$lbctl" $words
        says err 'its time is over since [1-9][0-9]* s, but the process that would take it back has ended'
        says err "confirm' keeps it, .lbctl confirm --roll-back' takes it back"
    done
    expect 0 "$lbctl" diff --saved "$work/two"
    says err 'its time is over since'
    table_is "$work/two"
    # shellcheck disable=SC2086
    expect 0 "$lbctl" confirm $way
    if [[ $way ]]; then table_is "$work/one"; else table_is "$work/two"; fi
    expect 0 "$lbctl" apply --saved "$work/one"
    quiet err waits
done

# The watcher holds the namespace: its name may go, and the process that it was named by may end.
ip netns add v && ip -n v link set lo up
ip netns exec v sleep 100 &
inside=$!
soon_inside() { until [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.1; done; }
soon_inside "$inside"
expect 0 "$lbctl" apply --saved "$work/one" --netns v
expect 0 "$lbctl" apply --saved "$work/two" --netns v --confirm 2
ip netns del v
table_is "$work/two" "$inside"
table_becomes "$work/one" "$inside"
kill "$inside"
unshare -n sleep 100 &
named=$!
soon_inside "$named"
nsenter -t "$named" -n ip link set lo up
nsenter -t "$named" -n sleep 100 &
inside=$!
soon_inside "$inside"
expect 0 "$lbctl" apply --saved "$work/one" --netns "/proc/$named/ns/net"
expect 0 "$lbctl" apply --saved "$work/two" --netns "/proc/$named/ns/net" --confirm 3
kill "$named"
wait "$named" 2>/dev/null
table_is "$work/two" "$inside"
table_becomes "$work/one" "$inside"
# Where it alone holds it, it does so until it is done.
expect 0 "$lbctl" apply --saved "$work/two" --netns "/proc/$inside/ns/net" --confirm 60
alone=$(watcher)
kill "$inside"
wait "$inside" 2>/dev/null
expect 0 "$lbctl" confirm --netns "/proc/$alone/ns/net"
for _ in {1..20}; do
    [[ -z $(watcher) ]] && break
    sleep 0.2
done
[[ -z $(watcher) ]] || fail "a watcher stays after the confirmation"

# Who sets the clock neither delays the way back nor hastens it.
now=$(date +%s)
expect 0 "$lbctl" apply --saved "$work/two" --confirm 8
date -s "@$((now - 7200))" >/dev/null
sleep 2
table_is "$work/two"
table_becomes "$work/one"
expect 0 "$lbctl" apply --saved "$work/two" --confirm 30
date -s "@$((now + 7200))" >/dev/null
sleep 2
table_is "$work/two"
expect 0 "$lbctl" confirm
table_is "$work/two"

rm -rf "$work"
((failures == 0)) && echo "all well" || echo "$failures failures"
exit $((failures != 0))
