#!/bin/bash
# In the lab, without a topology: the machine itself is the host that an emitted script sets up, so that --undo unloads
# the modules, too; and every single setting of the directors' scripts.
#   tests/lab/run tests/lab/host_scripts.sh LBCTL
set -euo pipefail

lbctl=$(realpath -- "$1")
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=tests/lab/expect.sh
. "$here/expect.sh"
cd "$work"

ip link add eth0 type dummy
ip link set eth0 up
ip address add 10.0.9.12/24 dev eth0
ip address add fd00:9::12/64 dev eth0 nodad
ip route add default via 10.0.9.1 metric 7
# One device forwards already, and redirects are off: --undo has to leave that.
echo 1 >/proc/sys/net/ipv4/conf/eth0/forwarding
echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects
echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects
# The rules of iptables bring modules that are not the scripts'.
modprobe -a iptable_mangle ip6table_mangle xt_TCPMSS

state() {
    ip -d link
    ip address | sed 's/ tentative//'
    ip -4 route
    ip -6 route
    iptables -t mangle -S
    ip6tables -t mangle -S
    # Some settings can only be written, of which grep tells by its status.
    { grep -rs . /proc/sys/net --exclude="*conntrack_count" --exclude="*_bytes" || true; } | sort
    lsmod | awk '{ print $1 }' | grep -E '^(ip_vs|ipip|sit|ip_gre|ip6_gre|ip6_tunnel|fou)' | sort || true
}

speaks_after() { # SCRIPT WHAT COMMAND...
    local script=$1 what=$2
    shift 2
    "$@" || fail "by hand: $*"
    expect 1 sh "$script" --check
    says out "^missing: .*$what"
    expect 0 sh "$script"
    expect 0 sh "$script" --check
    quiet out .
}
put_back() { # SCRIPT BEFORE
    expect 0 sh "$1" --undo
    state >now
    diff "$2" now >difference || fail "--undo of $1 leaves another state: $(head -n 20 difference)"
}
service() { # HEAD KIND SCHEDULER SERVER [LINE]
    printf 'virtual_server %s {\n lb_algo %s\n lb_kind %s\n %s\n real_server %s {\n }\n}\n' "$1" "$3" "$2" "${5-protocol TCP}" "$4"
}
instance='vrrp_instance a {
 interface eth0
 virtual_router_id 9
 virtual_ipaddress {
  10.0.8.9/32
  10.0.9.1/24
 }
}'

# Real servers: every kind of tunnel that this kernel has.
for kind in TUN 'TUN type gre' 'TUN type gue port 5555'; do
    for family in 4 6; do
        case $family in
        4) service '10.0.8.9 80' "$kind" rr '10.0.9.12 80' >real.conf ;;
        6) service 'fd00:8::9 80' "$kind" rr 'fd00:9::12 80' >real.conf ;;
        esac
        state >before
        "$lbctl" emit real-server real.conf >real.sh
        sets_up sh real.sh
        put_back real.sh before
    done
done

# Directors.
{
    echo "$instance"
    service '10.0.8.9 80' NAT mh '10.0.9.12 80' $'protocol TCP\n persistence_timeout 300'
    service 'fd00:8::9 80' TUN rr 'fd00:9::12 80'
} >director.conf
modprobe -r ip_vs_mh
state >before
"$lbctl" emit director director.conf >director.sh
sets_up sh director.sh
speaks_after director.sh 'ip_vs_mh' modprobe -r ip_vs_mh
speaks_after director.sh ip_forward sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
speaks_after director.sh ipv6/conf/all/forwarding sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'
settings=0
while read -r name value; do
    settings=$((settings + 1))
    # shellcheck disable=SC2016
    speaks_after director.sh "$name" sh -c 'echo $((1 - $1)) >/proc/sys/$2' set "$value" "$name"
done < <(sed -n 's/^    setting \([^ ]*\) \([^ ]*\) .*/\1 \2/p' director.sh)
((settings >= 6)) || fail "only $settings settings are in the director's script"
put_back director.sh before

# Direct routing needs no forwarding.
service '10.0.8.9 80' DR rr '10.0.9.12 80' >direct.conf
"$lbctl" emit director direct.conf >direct.sh
sets_up sh direct.sh
quiet out forwarding
[[ $(cat /proc/sys/net/ipv4/ip_forward) == 0 ]] || fail "a director of direct routing forwards"
put_back direct.sh before
((failures == 0))
