#!/bin/bash
# In the lab, with the topology bare-cluster: what `lbctl emit real-server --as FORM' leaves for the next start of the machine.
# After the script has run, all that is not a file is undone by hand, and the machine's own tool brings it back.
#   tests/lab/run --topology bare-cluster tests/lab/real_servers_kept.sh LBCTL
set -euo pipefail

lbctl=$(realpath -- "$1")
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=tests/lab/expect.sh
. "$here/expect.sh"
cd "$work"
PATH=$PATH:/usr/sbin:/sbin:/lib/systemd
modprobe -a ipip sit ip_gre ip6_tunnel ip6_gre fou fou6 iptable_mangle ip6table_mangle xt_TCPMSS

state_of() {
    # shellcheck disable=SC2016
    on "$1" sh -c 'ip -d link; ip address; ip -4 route; ip -6 route; ip fou show; iptables -t mangle -S; ip6tables -t mangle -S
        grep -rs . /proc/sys/net --exclude="*conntrack_count" --exclude="*_bytes" | sort
        for file in /etc/sysctl.d/* /etc/systemd/network/* /etc/network/interfaces.d/* /etc/netplan/* \
            /etc/NetworkManager/system-connections/*; do
            [ ! -f "$file" ] || { ls -l "$file"; cat "$file"; }
        done' 2>&1 |
        # What systemd-networkd and NetworkManager do with every device that they are given, lo among them, is their own affair.
        sed -e 's/ tentative//' -e 's/addrgenmode [a-z0-9]*//' -e '/lo\/\(promote_secondaries\|addr_gen_mode\|accept_ra\|use_tempaddr\):/d' \
            -e '/ dev lo proto kernel /d'
}

service() { # VIP KIND SERVER
    printf 'virtual_server %s 80 {\n protocol TCP\n lb_algo rr\n lb_kind %s\n real_server %s 80 {\n }\n}\n' "$@"
}

# Devices and addresses as after a start without any of it.
forget() {
    # shellcheck disable=SC2016
    on "$1" sh -c 'for device in $(ip -o link | sed -n "s/^[0-9]*: \(lbctl-[a-z0-9]*\).*/\1/p"); do ip link delete $device; done
        ip address delete 10.0.8.9/32 dev lo; ip address delete fd00:8::9/128 dev lo
        ip fou delete port 5555; ip -6 fou delete port 5555
        echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore; echo 0 >/proc/sys/net/ipv4/conf/all/arp_announce' 2>/dev/null || true
}

# As in a container, /sys can only be read: then it waits for no udev. Without a bus it cannot tell when it is done.
networkd() {
    mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
    chown -R systemd-network: /run/systemd/netif
    on "$1" sh -c 'mount -o remount,ro /sys; timeout 5 systemd-networkd' >networkd.log 2>&1 || true
}
# It is ended when it says that all is done, or after twenty seconds. The hosts' own interfaces are none of its business.
networkmanager() {
    mkdir -p /run/dbus /run/NetworkManager /var/lib/NetworkManager /etc/NetworkManager
    printf '[main]\nplugins=keyfile\n[keyfile]\nunmanaged-devices=interface-name:eth*\n' >/etc/NetworkManager/NetworkManager.conf
    pidof dbus-daemon >/dev/null || dbus-daemon --system --fork
    on "$1" sh -c 'mount -o remount,ro /sys; timeout 20 NetworkManager --no-daemon' >nm.log 2>&1 &
    for _ in {1..90}; do
        ! grep -qs 'startup complete' nm.log || break
        sleep 0.2
    done
    on "$1" pkill -x NetworkManager || true
    wait
}
start() { # FORM HOST
    case $1 in
    systemd-networkd) networkd "$2" ;;
    netplan)
        netplan generate
        networkd "$2"
        rm -rf /run/systemd/network
        ;;
    nmcli) networkmanager "$2" ;;
    ifupdown)
        echo 'source /etc/network/interfaces.d/*' >/etc/network/interfaces
        on "$2" ifup -a --force >ifup.log 2>&1 || true
        ;;
    esac
    on "$2" sysctl -q -e -p /etc/sysctl.d/60-lbctl-real-server.conf || true
}

# try FORM HOST ADDRESS CONFIGURATION
try() {
    local form=$1 host=$2 before
    before=$(state_of "$host")
    "$lbctl" emit real-server "$4" --for "$3" --as "$form" >script.sh || { fail "$form: no script" && return; }
    expect 0 on "$host" sh script.sh
    expect 0 on "$host" sh script.sh --check
    quiet out .
    expect 0 on "$host" sh script.sh
    quiet out .
    forget "$host"
    expect 1 on "$host" sh script.sh --check
    start "$form" "$host"
    expect 0 on "$host" sh script.sh --check
    quiet out .
    # A file that is lost is missed.
    rm /etc/sysctl.d/60-lbctl-real-server.conf
    expect 1 on "$host" sh script.sh --check
    says out 'missing: file /etc/sysctl.d/60-lbctl-real-server.conf'
    expect 0 on "$host" sh script.sh
    expect 0 on "$host" sh script.sh --undo
    diff <(echo "$before") <(state_of "$host") >difference || fail "$form on $host: --undo leaves another state: $(head -n 20 difference)"
    echo "$form on $host with $4: tried"
}

{
    service 10.0.8.9 DR 10.0.8.12
    service fd00:8::9 DR fd00:8::12
} >direct.conf
service 10.0.8.9 TUN 10.0.9.12 >ipip.conf
service fd00:8::9 TUN fd00:9::12 >ip6.conf
service 10.0.8.9 'TUN type gue port 5555' 10.0.9.12 >gue.conf
service fd00:8::9 'TUN type gue port 5555' fd00:9::12 >gue6.conf
service 10.0.8.9 'TUN type gre' 10.0.9.12 >gre.conf
service fd00:8::9 'TUN type gre' fd00:9::12 >gre6.conf

declare -A tool=([systemd-networkd]=systemd-networkd [ifupdown]=ifup [netplan]=netplan [nmcli]=NetworkManager)
for form in systemd-networkd ifupdown netplan nmcli; do
    if ! type -P "${tool[$form]}" >/dev/null; then
        echo "SKIP $form: there is no ${tool[$form]}"
        continue
    fi
    # What was there before comes back.
    echo '# old' >/etc/sysctl.d/60-lbctl-real-server.conf
    try $form near1 10.0.8.12 direct.conf
    rm /etc/sysctl.d/60-lbctl-real-server.conf
    case $form in
    systemd-networkd)
        try $form near1 fd00:8::12 direct.conf
        try $form far1 10.0.9.12 ipip.conf
        try $form far1 fd00:9::12 ip6.conf
        try $form far1 10.0.9.12 gre.conf
        ;;
    ifupdown)
        try $form far1 10.0.9.12 gue.conf
        try $form far1 fd00:9::12 gue6.conf
        try $form far1 fd00:9::12 gre6.conf
        ;;
    nmcli)
        try $form near1 fd00:8::12 direct.conf
        try $form far1 10.0.9.12 ipip.conf
        try $form far1 10.0.9.12 gre.conf
        try $form far1 fd00:9::12 gre6.conf
        ;;
    esac
done
((failures == 0))
