#!/bin/bash
# In the lab: systemd itself runs lbctl's units, in all of their sandbox and under their AppArmor profile.
#   tests/lab/run --security apparmor --mem 1G tests/lab/units.sh LBCTL BUILD EXAMPLES
set -uo pipefail
# shellcheck source=tests/lab/expect.sh
. "$(dirname "$0")/expect.sh"
# systemd empties /tmp when it starts.
work=/run/results
lbctl=$1 build=$2 file=$3/lvs-dr/keepalived-master.conf
units=$(dirname "$(realpath "$0")")/../../cli/systemd
for tool in /lib/systemd/systemd apparmor_parser; do
    command -v $tool >/dev/null || { echo "SKIP: no $tool" && exit 77; }
done

program=$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$build/systemd/lbctl-apply.service")
mkdir -p "${program%/*}" /etc/keepalived $work
cp "$lbctl" "$program"
cp "$file" /etc/keepalived/keepalived.conf
cp "$build"/systemd/*.service "$units"/*.timer /etc/systemd/system/
apparmor_parser --replace --skip-cache "$build/apparmor/lbctl" 2>/dev/null || fail "the profile is not loaded"
# The lab has no network that could come up.
ln -sf /dev/null /etc/systemd/system/network-online.target

# What systemd starts is this script, which asks systemd for the rest.
cat >/etc/systemd/system/lab.service <<END
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash $work/steps
StandardOutput=file:$work/out
StandardError=inherit
ExecStopPost=/bin/touch $work/end
END
cat >"$work/steps" <<'END'
step() { "$@" >/dev/null 2>&1; echo "$*: $?"; }
step systemctl start lbctl-apply.service
step systemctl is-active lbctl-apply.service
ipvsadm -Sn
step systemctl reload lbctl-apply.service
step systemctl start lbctl-drift.service
ipvsadm -d -t 10.0.8.9:80 -r 10.0.8.12
echo "a server is taken out"
step systemctl start lbctl-drift.service
systemctl show --property=Result,ExecMainStatus lbctl-drift.service
step systemctl reload lbctl-apply.service
step systemctl start lbctl-drift.service
step systemctl stop lbctl-apply.service
ipvsadm -Sn | grep -c .
step systemctl start lbctl-drift.timer
step systemctl is-active lbctl-drift.timer
echo "an include that the profile does not know"
cp /etc/keepalived/keepalived.conf /srv/other.conf
echo 'include /srv/other.conf' >/etc/keepalived/keepalived.conf
step systemctl start lbctl-drift.service
END
mount -t cgroup2 cgroup2 /sys/fs/cgroup || { echo "SKIP: no cgroups" && exit 77; }
unshare --pid --fork --mount --mount-proc env -i container=lab PATH="$PATH" /lib/systemd/systemd --system \
    --unit=lab.service --log-target=console --show-status=no >$work/log 2>&1 &
for _ in {1..300}; do
    [[ ! -e $work/end ]] || break
    sleep 0.5
done
cat >"$work/wanted" <<'END'
systemctl start lbctl-apply.service: 0
systemctl is-active lbctl-apply.service: 0
-A -t 10.0.8.9:80 -s rr
-a -t 10.0.8.9:80 -r 10.0.8.12:80 -g -w 1
-a -t 10.0.8.9:80 -r 10.0.8.13:80 -g -w 1
systemctl reload lbctl-apply.service: 0
systemctl start lbctl-drift.service: 0
a server is taken out
systemctl start lbctl-drift.service: 1
Result=exit-code
ExecMainStatus=1
systemctl reload lbctl-apply.service: 0
systemctl start lbctl-drift.service: 0
systemctl stop lbctl-apply.service: 0
3
systemctl start lbctl-drift.timer: 0
systemctl is-active lbctl-drift.timer: 0
an include that the profile does not know
systemctl start lbctl-drift.service: 1
END
diff "$work/wanted" "$work/out" || {
    fail "the units do not do what they are for"
    tail -n 30 $work/log
}
dmesg | grep 'apparmor="DENIED".*profile="lbctl-service"' >"$work/refusals"
says refusals 'name="/srv/other.conf"'
grep -v 'name="/srv/other.conf"' "$work/refusals" && fail "AppArmor refused something else"
((failures == 0)) || exit 1
echo "systemd runs lbctl's units as they are meant"
