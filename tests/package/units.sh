#!/bin/bash
# The units as systemd and AppArmor read them: no mistake in them, shut in as far as promised, and none that starts by
# itself.
#   units.sh BUILD       the folder of the build, which has the finished units
set -uo pipefail
export LC_ALL=C SYSTEMD_COLORS=0
build=$1
source=$(dirname "$(realpath "$0")")/../..
command -v systemd-analyze >/dev/null || { echo "SKIP: no systemd-analyze" && exit 77; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
failed=0
wrong() { echo "$*" && failed=1; }

# systemd-analyze looks whether the programs are there.
for unit in "$build"/systemd/*.service "$source"/cli/systemd/*.timer; do
    sed "s,^\(Exec[A-Za-z]*=\)[^ ]*/lbctl ,\1/bin/true ," "$unit" >"$work/${unit##*/}"
done
services=0
for unit in "$work"/*.service "$work"/*.timer; do
    name=${unit##*/}
    said=$(SYSTEMD_UNIT_PATH=$work: systemd-analyze verify --man=no "$unit" 2>&1) || wrong "$name: systemd refuses it"
    # Of units of the machine itself it may say something, too.
    ! grep -F "$name" <<<"$said" || failed=1
    [[ $unit == *.service ]] || continue
    ((services += 1))
    # The threshold is tenths.
    systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" >"$work/judged" || {
        grep -E '✗|→' "$work/judged"
        wrong "$name: exposed by more than 2.0"
    }
    grep -o 'Overall.*[0-9]' "$work/judged"
    # One capability, unless a unit says why in a comment on that line's place.
    case $name in
        lbctl-apply.service | lbctl-drift.service)
            grep -qx 'CapabilityBoundingSet=CAP_NET_ADMIN' "$unit" || wrong "$name: not CAP_NET_ADMIN alone"
            grep -qx 'AppArmorProfile=-lbctl-service' "$unit" || wrong "$name: without the profile"
            ;;
    esac
done
((services >= 2)) || wrong "only $services services"

# The sandbox that is judged really is: a unit without it must not pass.
printf '[Service]\nExecStart=/bin/true\n' >"$work/open.service"
! systemd-analyze security --offline=true --no-pager --threshold=20 "$work/open.service" >/dev/null 2>&1 ||
    wrong "systemd-analyze passes a unit without a sandbox"

if command -v apparmor_parser >/dev/null; then
    apparmor_parser --skip-kernel-load --skip-cache "$build/apparmor/lbctl" || wrong "AppArmor refuses the profile"
else
    echo "no apparmor_parser: the profile is not read"
fi
exit $failed
