#!/bin/bash
# Runs inside the lab: how lbctl knows a keepalived that looks after the table, with Debian's keepalived under several
# names. $1 is lbctl. Says what failed, exits 1 if anything did.
set -u
lbctl=$1
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
exec </dev/null

cat >"$work/keepalived.conf" <<'END'
virtual_server 10.0.0.77 80 {
  lb_algo rr
  protocol TCP
  real_server 10.0.1.1 80 {
    weight 1
    TCP_CHECK {
      connect_timeout 3
    }
  }
}
END
cat >"$work/one" <<'END'
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
END
sed 's/-w 1/-w 2/' "$work/one" >"$work/two"
chmod 755 "$work"
ip netns add other && ip -n other link set lo up
expect 0 "$lbctl" apply --saved "$work/one"
expect 0 "$lbctl" apply --saved "$work/one" --netns other

start() { # start PROGRAM [COMMAND...]: a keepalived in the foreground, whose files are in $work; sets $process
    local program=$1
    shift
    "$@" "$program" -n -l -D -f "$work/keepalived.conf" -p "$work/a.pid" -c "$work/b.pid" -r "$work/c.pid" >"$work/log" 2>&1 &
    process=$!
    soon log 'Gained quorum'
}
stop() {
    kill "$process"
    wait "$process" 2>/dev/null
}
unhindered() { # unhindered [OPTION...]: apply and weight do their work
    expect 0 "$lbctl" apply --saved "$work/two" "$@"
    expect 0 "$lbctl" weight 10.0.1.1 1 --service 10.0.0.1:80 "$@"
    quiet err keepalived
}
hindered() { # hindered PROGRAM [OPTION...]: apply does not, and names the process; weight does, and names it, too
    local program=$1
    shift
    expect 2 "$lbctl" apply --saved "$work/two" "$@"
    says err "keepalived (process $process) looks after this table, .*: it runs $program in this network namespace; "
    expect 0 "$lbctl" weight 10.0.1.1 7 --service 10.0.0.1:80 "$@"
    says err "note: keepalived (process $process) looks after this table, .*: it runs $program in this network namespace"
    expect 1 "$lbctl" apply --saved "$work/two" -n "$@"
    says err "note: keepalived (process $process) looks after this table"
    expect 0 "$lbctl" apply --saved "$work/one" --force "$@"
}

# The real one, whatever it is called and wherever its pid files are; in the other namespace it is in nobody's way.
for name in keepalived-2.2.7 load-balancer; do
    cp /usr/sbin/keepalived "$work/$name"
    start "$work/$name"
    hindered "$work/$name"
    unhindered --netns other
    stop
    unhindered
done
start /usr/sbin/keepalived ip netns exec other
hindered /usr/sbin/keepalived --netns other
unhindered
stop
# Its program may have been replaced while it runs.
cp /usr/sbin/keepalived "$work/replaced-keepalived"
mv "$work/replaced-keepalived" "$work/keepalived"
start "$work/keepalived"
rm "$work/keepalived"
hindered "$work/keepalived"
stop

# Not what is only called so, whoever runs it, and not what a pid file is left of.
cp /bin/sleep "$work/keepalived"
"$work/keepalived" 100 &
process=$!
setpriv --reuid 65534 --regid 65534 --clear-groups "$work/keepalived" 100 &
nobody=$!
mkdir -p /run/keepalived
echo "$nobody" >/run/keepalived.pid
echo "$$" >/run/keepalived/keepalived.pid
sleep 0.5
unhindered
rm /run/keepalived.pid && mkfifo /run/keepalived.pid
unhindered
rm /run/keepalived.pid
# Nor the real one without the right to change the table: it holds the namespace of a user's own.
cat >"$work/as-nobody" <<'END'
#!/bin/bash
exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
END
chmod 755 "$work/as-nobody"
mkdir -m 777 "$work/free"
for command in '' 'unshare -Ur'; do
    # shellcheck disable=SC2086 # words of a command
    "$work/as-nobody" $command /usr/sbin/keepalived -n -l -f "$work/keepalived.conf" -p "$work/free/a" -c "$work/free/b" \
        -r "$work/free/c" >"$work/log" 2>&1 &
    ghost=$!
    sleep 1
    unhindered
    kill "$ghost" 2>/dev/null
    wait "$ghost" 2>/dev/null
done
stop
kill "$nobody"

# Without the right to look at others lbctl says that it could not, and holds back where a name tells enough.
blind=(setpriv '--bounding-set=-all,+net_admin' --inh-caps=-all --)
start "$work/keepalived-2.2.7"
expect 2 "${blind[@]}" "$lbctl" apply --saved "$work/two"
says err "process [0-9]* is called keepalived, and lbctl may not look .*CAP_SYS_PTRACE.*--force"
expect 0 "${blind[@]}" "$lbctl" weight 10.0.1.1 3 --service 10.0.0.1:80
says err "process [0-9]* is called keepalived, and lbctl may not look"
expect 0 "${blind[@]}" "$lbctl" apply --saved "$work/two" --force
stop
start "$work/load-balancer"
expect 0 "${blind[@]}" "$lbctl" apply --saved "$work/one"
says err 'note: lbctl may not look at [0-9]* process.*keepalived .* may not have been seen'
expect 0 "${blind[@]}" "$lbctl" weight 10.0.1.1 4 --service 10.0.0.1:80
says err 'note: lbctl may not look at'
stop

rm -rf "$work"
((failures == 0)) && echo "all well" || echo "$failures failures"
exit $((failures != 0))
