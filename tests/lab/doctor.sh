#!/bin/bash
# In the lab, with the topology bare-cluster: `lbctl doctor' on hosts that emitted scripts have set up says nothing; after each
# planted fault it names it, and the command that it gives mends it.
#   tests/lab/run --topology bare-cluster tests/lab/doctor.sh LBCTL
set -euo pipefail

lbctl=$(realpath -- "$1")
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=tests/lab/expect.sh
. "$here/expect.sh"
cd "$work"
chmod 755 "$work"
modprobe -a ipip sit ip_gre ip6_tunnel ip6_gre fou fou6 iptable_mangle iptable_filter ip6table_mangle ip6table_filter xt_TCPMSS xt_mark

service() { # HEAD KIND SCHEDULER SERVER [LINE]
    printf 'virtual_server %s {\n lb_algo %s\n lb_kind %s\n %s\n real_server %s {\n }\n}\n' "$1" "$3" "$2" "${5-protocol TCP}" "$4"
}
cat >instances <<'END'
vrrp_instance outside {
 interface eth0
 virtual_router_id 9
 virtual_ipaddress {
  10.0.8.9/32
 }
}
vrrp_instance outside6 {
 interface eth0
 virtual_router_id 9
 virtual_ipaddress {
  fd00:8::9/128
 }
}
vrrp_instance inside {
 interface eth1
 virtual_router_id 10
 virtual_ipaddress {
  192.168.8.1/32
 }
}
vrrp_instance inside6 {
 interface eth1
 virtual_router_id 10
 virtual_ipaddress {
  fd00:c0::1/128
 }
}
END
{
    cat instances
    service '10.0.8.9 80' NAT mh '192.168.8.12 80' $'protocol TCP\n persistence_timeout 300'
    service 'fd00:8::9 80' NAT rr 'fd00:c0::12 80'
} >nat.conf
service '10.0.8.9 80' DR rr '10.0.8.12 80' >dr.conf
{
    printf 'vrrp_instance a {\n interface eth0\n virtual_router_id 9\n unicast_src_ip 10.0.8.25\n unicast_peer {\n  10.0.8.55\n }\n'
    printf ' virtual_ipaddress {\n  10.0.8.9/32\n }\n}\n'
    service '10.0.8.9 80' DR rr '10.0.8.25 80'
} >local.conf
service '10.0.8.9 80' TUN rr '10.0.9.12 80' >ipip.conf
service '10.0.8.9 80' 'TUN type gue port 5555' rr '10.0.9.12 80' >gue.conf
{
    cat instances
    service 'fwmark 7' DR rr 10.0.8.12 ''
} >mark.conf

role_of() { [[ $1 == director ]] && echo director || echo real-server; }

# set_up HOST CONFIGURATION ADDRESS...: by emitted scripts, of a real server one for each of its addresses, and then there is
# nothing to be found
set_up() {
    local host=$1 file=$2 script address
    shift 2
    for address in "${@:-director}"; do
        script=$work/$host-$file.sh
        if [[ $address == director ]]; then
            "$lbctl" emit director "$file" --marks none >"$script"
        else
            "$lbctl" emit real-server "$file" --for "$address" >"$script"
        fi
        expect 0 on "$host" sh "$script"
    done
    expect 0 on "$host" "$lbctl" doctor --role "$(role_of "$host")" "$file"
    quiet out .
    quiet err .
}
take_down() { expect 0 on "$1" sh "$work/$1-$2.sh" --undo; }

# Of what was found, in the order of the findings. A program in another language would take longer to start than all the rest.
rules() { sed -n 's/^[^ ]*:[0-9]*:[0-9]*: [a-z]*: .* \[\([a-z0-9-]*\)\]$/\1/p' "$work/out"; }
commands() { sed -n 's/^ *run: //p' "$work/out"; }

scenes=0
# scene HOST CONFIGURATION RULE COMMAND PLANT: what is planted is found as that and nothing else, and the command, which is that
# one, silences it
scene() {
    local host=$1 file=$2 rule=$3 wanted=$4 plant=$5 command status=1
    scenes=$((scenes + 1))
    [[ $rule != connection-tracking ]] || status=0 # worth knowing, and no more
    on "$host" sh -c "$plant" >planted 2>&1 || fail "cannot plant $plant: $(cat planted)"
    expect $status on "$host" "$lbctl" doctor --role "$(role_of "$host")" "$file"
    [[ $(rules) == "$rule" ]] || fail "$plant on $host is found as: $(rules | xargs), not as $rule"
    for part in note why source; do says out "$part: ."; done
    command=$(commands)
    # shellcheck disable=SC2053 # a pattern
    [[ $command == $wanted ]] || fail "$plant on $host: the command is '$command', not '$wanted'"
    expect 0 on "$host" sh -c "$command"
    expect 0 on "$host" "$lbctl" doctor --role "$(role_of "$host")" "$file"
    quiet out .
    echo "$host $rule: $command"
}

set_up director nat.conf
scene director nat.conf module-missing 'modprobe ip_vs_mh' 'modprobe -r ip_vs_mh'
scene director nat.conf forwarding-off 'sysctl -w net.ipv4.ip_forward=1' 'echo 0 >/proc/sys/net/ipv4/ip_forward'
scene director nat.conf forwarding-off 'sysctl -w net.ipv6.conf.all.forwarding=1' 'echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'
scene director nat.conf kernel-setting 'sysctl -w net.ipv4.conf.all.send_redirects=0' 'echo 1 >/proc/sys/net/ipv4/conf/all/send_redirects'
scene director nat.conf kernel-setting 'sysctl -w net.ipv4.conf.eth0.send_redirects=0' 'echo 1 >/proc/sys/net/ipv4/conf/eth0/send_redirects'
scene director nat.conf kernel-setting 'sysctl -w net.ipv4.vs.expire_nodest_conn=1' 'echo 0 >/proc/sys/net/ipv4/vs/expire_nodest_conn'
scene director nat.conf kernel-setting 'sysctl -w net.ipv4.vs.expire_quiescent_template=1' 'echo 0 >/proc/sys/net/ipv4/vs/expire_quiescent_template'
scene director nat.conf kernel-setting 'sysctl -w net.ipv4.vs.conn_reuse_mode=1' 'echo 0 >/proc/sys/net/ipv4/vs/conn_reuse_mode'
scene director nat.conf connection-tracking 'sysctl -w net.ipv4.vs.conntrack=0' 'echo 1 >/proc/sys/net/ipv4/vs/conntrack'
scene director nat.conf reverse-path-filter 'sysctl -w net.ipv4.conf.eth0.rp_filter=2' \
    'ip route replace default via 192.168.8.254; echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
on director sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; ip route replace default via 10.0.8.1'
scene director nat.conf port-held 'kill [0-9]*' 'busybox httpd -p 80 -h /run'
scene director nat.conf vrrp-dropped 'iptables -I INPUT -p 112 -j ACCEPT' 'iptables -A INPUT -p vrrp -j DROP'
scene director nat.conf vrrp-dropped 'iptables -I office -p 112 -j ACCEPT' \
    'iptables -F; iptables -N office; iptables -A INPUT -j office; iptables -A office -d 224.0.0.0/8 -j DROP'
scene director nat.conf vrrp-dropped 'iptables -I OUTPUT -p 112 -j ACCEPT' \
    'iptables -F; iptables -A OUTPUT -p tcp -j ACCEPT; iptables -A OUTPUT -o eth0 -j REJECT'
scene director nat.conf vrrp-dropped 'ip6tables -I INPUT -p 112 -j ACCEPT' 'ip6tables -P INPUT DROP; ip6tables -A INPUT -i lo -j ACCEPT'
on director sh -c 'iptables -F; iptables -X; ip6tables -F; ip6tables -P INPUT ACCEPT'
scene director nat.conf interface-down 'ip link set eth1 up' 'ip link set eth1 down'
scene director nat.conf ipv6-disabled 'sysctl -w net.ipv6.conf.eth1.disable_ipv6=0' 'echo 1 >/proc/sys/net/ipv6/conf/eth1/disable_ipv6'

# What nobody may read without root is said, and what everybody may read is found.
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
expect 0 on director "${nobody[@]}" "$lbctl" doctor nat.conf
says out 'info: not looked at: whether a firewall drops VRRP \[not-looked-at\]'
quiet out 'warning:'
quiet out 'error:'
on director sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/vs/conn_reuse_mode'
expect 1 on director "${nobody[@]}" "$lbctl" doctor nat.conf
says out 'error: net.ipv4.ip_forward is 0, and should be 1 \[forwarding-off\]'
says out 'conn_reuse_mode is 0'
# Without rules there is nothing that only root may read.
expect 1 on near1 "${nobody[@]}" "$lbctl" doctor --role director dr.conf
quiet out not-looked-at

# Collected there and examined here it is the same.
expect 1 on director "$lbctl" doctor nat.conf
cp out live
expect 0 on director "$lbctl" doctor --collect
cp out bundle
expect 1 "$lbctl" doctor --from bundle nat.conf
diff live out || fail "what was collected is judged otherwise"
take_down director nat.conf

# A director that is a real server, too; and one of tunnels.
set_up director local.conf
scene director local.conf kernel-setting 'sysctl -w net.ipv4.vs.backup_only=1' 'echo 0 >/proc/sys/net/ipv4/vs/backup_only'
take_down director local.conf
set_up director ipip.conf
scene director ipip.conf kernel-setting 'sysctl -w net.ipv4.vs.pmtu_disc=1' 'echo 0 >/proc/sys/net/ipv4/vs/pmtu_disc'
take_down director ipip.conf
# This kernel has no nft for IP packets, so that the emitted script cannot mark them.
"$lbctl" emit director mark.conf --marks none >mark.sh
expect 0 on director sh mark.sh
scene director mark.conf mark-rule-missing 'iptables -t mangle -A PREROUTING -d 10.0.8.9 -j MARK --set-mark 7 && iptables *' true
scene director mark.conf mark-rule-missing 'iptables -t mangle -A PREROUTING *' \
    'iptables -t mangle -F; iptables -t mangle -A PREROUTING -p tcp -j MARK --set-mark 8'

# Real servers.
set_up inner1 nat.conf 192.168.8.12 fd00:c0::12
scene inner1 nat.conf default-route 'ip -4 route replace default via 192.168.8.1' 'ip route replace default via 192.168.8.254'
scene inner1 nat.conf default-route 'ip -4 route replace default via 192.168.8.1' 'ip route delete default'
scene inner1 nat.conf default-route 'ip -6 route replace default via fd00:c0::1 metric 1' 'ip -6 route replace default via fd00:c0::254 metric 1'
set_up near1 dr.conf 10.0.8.12
scene near1 dr.conf virtual-address-not-local 'ip address add 10.0.8.9/32 dev lo' 'ip address delete 10.0.8.9/32 dev lo'
scene near1 dr.conf virtual-address-not-local 'ip address delete 10.0.8.9/24 dev lo && ip address add 10.0.8.9/32 dev lo' \
    'ip address delete 10.0.8.9/32 dev lo; ip address add 10.0.8.9/24 dev lo'
scene near1 dr.conf virtual-address-not-local 'ip address delete 10.0.8.9/32 dev eth0 && ip address add 10.0.8.9/32 dev lo' \
    'ip address delete 10.0.8.9/32 dev lo; ip address add 10.0.8.9/32 dev eth0'
scene near1 dr.conf arp-answered 'sysctl -w net.ipv4.conf.all.arp_ignore=1' 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore'
scene near1 dr.conf arp-answered 'sysctl -w net.ipv4.conf.all.arp_announce=2' 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_announce'
set_up far1 ipip.conf 10.0.9.12
scene far1 ipip.conf tunnel-missing 'ip link set lbctl-ipip up' 'ip link set lbctl-ipip down'
scene far1 ipip.conf reverse-path-filter 'sysctl -w net.ipv4.conf.lbctl-ipip.rp_filter=2' 'echo 1 >/proc/sys/net/ipv4/conf/lbctl-ipip/rp_filter'
scene far1 ipip.conf tunnel-mtu 'iptables -t mangle -A OUTPUT -s 10.0.8.9 *' 'iptables -t mangle -F OUTPUT'
on far1 iptables -t mangle -F OUTPUT
take_down far1 ipip.conf
set_up far1 gue.conf 10.0.9.12
scene far1 gue.conf tunnel-missing 'modprobe -q fou; ip fou add port 5555 gue' 'ip fou delete port 5555'

# A server that is not there, and a program that listens at its own address only.
expect 2 on near2 "$lbctl" doctor --role real-server dr.conf
says err 'has the address of no real server of dr.conf; it has 10.0.8.12'
# shellcheck disable=SC2016
on near1 sh -c 'for pid in $(ip netns pids near1); do [ "$(cat /proc/$pid/comm)" != busybox ] || kill $pid; done; busybox httpd -p 10.0.8.12:80 -h /run'
expect 1 on near1 "$lbctl" doctor --role real-server dr.conf
says out 'error: nothing listens at 10.0.8.9:80 (TCP) \[not-listening\]'
says out 'there is one at 10.0.8.12:80 only'

# Two masters on the wire; one is well.
cat >master.py <<'END'
import socket, sys, time
advert = bytes([0x31, 9, int(sys.argv[2]), 1, 0, 100, 0, 0, 10, 0, 8, 9])
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
wire.bind((sys.argv[1], 0))
while True:
    wire.sendto(advert, ("224.0.0.18", 0))
    print("sent", flush=True)
    time.sleep(0.5)
END
master() { # HOST ADDRESS PRIORITY
    on "$1" python3 master.py "$2" "$3" >"$1.sent" 2>&1 &
    soon "$1.sent" sent
}
master near1 10.0.8.12 150
expect 0 on director "$lbctl" doctor --listen 2 mark.conf
quiet out .
master near2 10.0.8.13 100
expect 1 on director "$lbctl" doctor --listen 3 mark.conf
says out 'error: 10.0.8.12 and 10.0.8.13 are both master of the virtual router 9 \[two-masters\]'
says out 'adverts with priority 100 from 10.0.8.13 in 3.0 s'
expect 0 on director "${nobody[@]}" "$lbctl" doctor --listen 1 mark.conf
says out 'not looked at: whether there are two masters'
# shellcheck disable=SC2046 # one word a process
kill $(jobs -p)

((scenes >= 20)) || fail "only $scenes scenes"
echo "$scenes planted faults"
((failures == 0))
