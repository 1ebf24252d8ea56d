#!/bin/bash
# In the lab: the commands of lbctl's services do their work with the one capability and under the AppArmor profile that
# their units give them, and no more; and commands give up by themselves what they do not need.
#   tests/lab/run --security apparmor tests/lab/services.sh LBCTL BUILD EXAMPLES
set -uo pipefail
# shellcheck source=tests/lab/expect.sh
. "$(dirname "$0")/expect.sh"
lbctl=$1 build=$2 file=$3/lvs-dr/keepalived-master.conf
configuration=/etc/keepalived/keepalived.conf

command -v apparmor_parser >/dev/null || { echo "SKIP: no apparmor_parser" && exit 77; }

# value UNIT KEY: what a unit says, the last time that it says it
value() { sed -n "s/^$2=//p" "$build/systemd/$1" | tail -n 1; }
# as_unit UNIT KEY: runs the command of that key, shut in as the unit says
as_unit() {
    local words
    read -ra words <<<"$(value "$1" "$2")"
    # aa-exec is the last but one: the profile has no right to start it.
    setpriv --bounding-set="-all,+$(value "$1" CapabilityBoundingSet | tr '[:upper:]' '[:lower:]' | sed 's/cap_//')" \
        --inh-caps=-all --no-new-privs aa-exec -p lbctl-service -- "${words[@]}"
}
# refusals: what AppArmor has refused since the last call
refusals() { dmesg --read-clear | grep 'apparmor="DENIED"'; }

expect 0 apparmor_parser --replace --skip-cache "$build/apparmor/lbctl"
program=$(value lbctl-apply.service ExecStart)
program=${program%% *}
mkdir -p "${program%/*}" /etc/keepalived
cp "$lbctl" "$program"
cp "$file" $configuration
expect 0 aa-exec -p lbctl-service -- "$program" --version
refusals >/dev/null

# A fresh director.
expect 0 as_unit lbctl-apply.service ExecStart
says out '^1 service added, 2 destinations added$'
ipvsadm -Sn >"$work/out"
says out '^-a -t 10.0.8.9:80 -r 10.0.8.13:80 -g -w 1$'
expect 0 as_unit lbctl-apply.service ExecReload
says out '^nothing to do$'
expect 0 as_unit lbctl-drift.service ExecStart

# Somebody takes a server out: drift is told, and the next apply mends it.
ipvsadm -d -t 10.0.8.9:80 -r 10.0.8.12
expect 1 as_unit lbctl-drift.service ExecStart
says out '10.0.8.12:80'
expect 0 as_unit lbctl-apply.service ExecReload
says out '^1 destination added$'

# The next start finds the table, and the file without the service: what lbctl made goes.
printf 'virtual_server 10.0.8.9 443 {\n    lb_kind DR\n    protocol TCP\n    real_server 10.0.8.12 443 {\n    }\n}\n' >$configuration
expect 0 as_unit lbctl-apply.service ExecReload
ipvsadm -Sn >"$work/out"
quiet out ':80'
says out '^-A -t 10.0.8.9:443 '
refusals >"$work/out" && fail "AppArmor refused: $(cat "$work/out")"

# The profile holds: no other file is read, and none is written.
cp "$file" /srv/other.conf
expect 2 aa-exec -p lbctl-service -- "$program" diff /srv/other.conf
says err 'Permission denied'
expect 2 aa-exec -p lbctl-service -- "$program" apply --out /etc/keepalived/plan.json $configuration
[[ ! -e /etc/keepalived/plan.json ]] || fail "a plan was written into /etc/keepalived"
refusals >"$work/out" || fail "AppArmor refused nothing"

# A keepalived is found without the right to look at its files.
cp "$file" $configuration
keepalived --dont-fork --check -f $configuration >/dev/null 2>&1 &
keepalived=$!
for _ in {1..50}; do
    [[ -e /run/keepalived.pid || -e /run/keepalived/keepalived.pid ]] && break
    sleep 0.1
done
sleep 1
expect 2 as_unit lbctl-apply.service ExecReload
says err 'keepalived'
kill $keepalived
wait $keepalived

# rights COMMAND...: what a command keeps of root's capabilities once it works: permitted, effective, and for programs
# that it starts
rights() {
    # Without job control bash would take its input away.
    "$@" <&0 >/dev/null 2>&1 &
    local process=$!
    sleep 2 # it looks at all processes first
    sed -n 's/^\(CapInh\|CapPrm\|CapEff\|CapBnd\|CapAmb\|NoNewPrivs\):\s*/\1 /p' /proc/$process/status >"$work/out"
    kill $process
    wait $process 2>/dev/null
}
net_admin=0000000000001000 none=0000000000000000
for command in "diff --watch $configuration" "ipvsadm --restore"; do
    mkfifo "$work/open" && exec 8<>"$work/open"
    # shellcheck disable=SC2086
    rights "$program" $command <&8
    exec 8>&- && rm "$work/open"
    for line in "CapPrm $net_admin" "CapEff $net_admin" "CapInh $none" "CapAmb $none" "NoNewPrivs 1"; do
        grep -qx "$line" "$work/out" || fail "$command: no '$line' in: $(tr '\n' ' ' <"$work/out")"
    done
done
says out "^CapBnd $net_admin"
# One that reads files keeps the rights to files, and no other.
mkfifo "$work/open" && exec 8<>"$work/open"
rights "$program" lint - <&8
says out '^CapPrm 000000000000000f$'
says out '^CapBnd 000000000000000f$'
rights "$program" check --watch $configuration
quiet out '^CapPrm 0000000000001000$'

# Without all of that it works, too.
expect 0 setpriv --bounding-set=-all,+net_admin --inh-caps=-all "$program" list
expect 0 setpriv --reuid=65534 --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin "$program" list
((failures == 0)) || exit 1
echo "lbctl's services work with what they are given, and with nothing more"
