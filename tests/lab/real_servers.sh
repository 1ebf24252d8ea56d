#!/bin/bash
# In the lab, with the topology bare-cluster: hosts that are set up by what `lbctl emit real-server' and `lbctl emit
# director' write and by nothing else, for one forwarding method with IPv4 and IPv6.
#   tests/lab/run --topology bare-cluster tests/lab/real_servers.sh LBCTL dr|ipip|gue|gre|nat
set -euo pipefail

lbctl=$(realpath -- "$1") method=$2
here=$(dirname -- "$(realpath -- "$0")")
# shellcheck source=tests/lab/expect.sh
. "$here/expect.sh"
cd "$work"

# Modules belong to the kernel, not to a namespace, and their devices are everywhere: they are no part of what is compared.
modprobe -a ipip sit ip_gre ip6_tunnel ip6_gre fou fou6 iptable_mangle ip6table_mangle xt_TCPMSS

case $method in
dr) place=near kind=DR ;;
nat) place=inner kind=NAT ;;
ipip) place=far kind=TUN ;;
gue) place=far kind='TUN type gue port 5555' ;;
gre) place=far kind='TUN type gre csum' ;;
esac
declare -A network=([near4]=10.0.8. [near6]=fd00:8:: [far4]=10.0.9. [far6]=fd00:9:: [inner4]=192.168.8. [inner6]=fd00:c0::)
declare -A vip=([4]=10.0.8.9 [6]=fd00:8::9) length=([4]=32 [6]=128) inside=([4]=192.168.8.1 [6]=fd00:c0::1)

configuration() { # 4|6
    printf 'vrrp_instance outside {\n state MASTER\n interface eth0\n virtual_router_id 9\n virtual_ipaddress {\n %s/%s\n }\n}\n' \
        "${vip[$1]}" "${length[$1]}"
    printf 'vrrp_instance inside {\n state MASTER\n interface eth1\n virtual_router_id 10\n virtual_ipaddress {\n %s/%s\n }\n}\n' \
        "${inside[$1]}" "${length[$1]}"
    printf 'virtual_server %s 80 {\n protocol TCP\n lb_algo rr\n lb_kind %s\n' "${vip[$1]}" "$kind"
    for number in 12 13; do
        printf ' real_server %s%s 80 {\n }\n' "${network[$place$1]}" "$number"
    done
    printf '}\n'
}

# All that a script could leave behind on a host: links, addresses, routes, settings, rules.
state_of() {
    on "$1" sh -c 'ip -d link; ip address; ip -4 route; ip -6 route; ip fou show; iptables -t mangle -S; ip6tables -t mangle -S
        grep -rs . /proc/sys/net --exclude="*conntrack_count" --exclude="*_bytes" | sort' 2>&1 |
        sed 's/ tentative//' # of a link-local address that the kernel still looks for elsewhere
}

# requests 4|6: twenty of them, which both servers share. They come from ports of their own: a director that does not see
# the answers has closed connections in FIN_WAIT for two minutes, and what comes from such a port again goes to the server
# of before and not to the next one (is_new_conn_expected() of ip_vs_core.c with conn_reuse_mode 1).
first_port=10000
requests() {
    on client sh -c "echo $first_port $((first_port + 12499)) >/proc/sys/net/ipv4/ip_local_port_range"
    first_port=$((first_port + 12500))
    local url="http://${vip[$1]}/" urls=() i answers
    [[ $1 == 4 ]] || url="http://[${vip[6]}]/"
    for ((i = 0; i < 20; i++)); do urls+=("$url"); done
    answers=$(on client curl -gsS --fail-early --no-keepalive -m 5 -H 'Connection: close' "${urls[@]}" 2>&1) ||
        fail "IPv$1: a request failed: $(sort <<<"$answers" | uniq -c | head -n 5)"
    answers=$(sort <<<"$answers" | uniq -c | awk '{print $2 "=" $1}' | xargs)
    [[ $answers == "${place}1=10 ${place}2=10" ]] || fail "IPv$1: 20 requests were answered by: $answers"
    echo "$method IPv$1: $answers"
}

# speaks_after WHAT COMMAND...: one step is undone by hand on the first server: --check says so, and the script mends it
speaks_after() {
    local what=$1
    shift
    on "$first" "$@" || fail "by hand: $*"
    expect 1 on "$first" sh "$script" --check
    says out "^missing: .*$what"
    expect 0 on "$first" sh "$script"
    says out .
    expect 0 on "$first" sh "$script" --check
    quiet out .
}

for family in 4 6; do
    # Its name is only ever a name.
    file=$'it\'s $(touch canary) `touch canary`;touch canary\n#\x1b[31m\xff.conf'
    configuration $family >"$file"
    expect 0 "$lbctl" emit real-server "$file" --out "scripts$family"
    first=${place}1
    declare -A before=()
    for number in 1 2; do
        server=$place$number
        script=$work/scripts$family/real-server-$(tr : - <<<"${network[$place$family]}1$((number + 1))").sh
        before[$number]=$(state_of "$server")
        # Nothing is set up, nothing to put back.
        expect 1 on "$server" sh "$script" --check
        says out '^missing: '
        expect 0 on "$server" sh "$script" --undo
        [[ $(state_of "$server") == "${before[$number]}" ]] || fail "--check or an empty --undo changed something"
        # It is for one machine only.
        expect 2 on client sh "$script"
        says err 'is for another one'
        expect 0 on "$server" sh "$script"
        says out .
        expect 0 on "$server" sh "$script" --check
        quiet out .
        once=$(state_of "$server")
        expect 0 on "$server" sh "$script"
        quiet out .
        [[ $(state_of "$server") == "$once" ]] || fail "IPv$family: a second run changed something"
    done
    expect 0 "$lbctl" emit director "$file" --out director
    director_before=$(state_of director)
    expect 0 on director sh director/director.sh
    expect 0 on director sh director/director.sh --check
    quiet out .
    expect 0 on director "$lbctl" apply "$file" --prune
    requests $family

    script=$work/scripts$family/real-server-$(tr : - <<<"${network[$place$family]}12").sh
    case $method$family in
    gre4) device='lbctl-gre' holder=$device ;;
    gre6) device='lbctl-gre6' holder=lo ;;
    ipip4 | gue4) device='lbctl-ipip' holder=$device ;;
    ipip6 | gue6) device='lbctl-ip6tnl' holder=lo ;;
    *) device='' holder=lo ;;
    esac
    if [[ $place != inner ]]; then
        # Only the director says that it has the virtual address.
        director=$(on director cat /sys/class/net/eth0/address)
        answers=$(on router "$here/who_answers.py" eth1 "${vip[$family]}")
        [[ $answers == "$director" ]] || fail "IPv$family: ${vip[$family]} is said to be at: $answers, not $director alone"
        speaks_after "address ${vip[$family]}" ip address delete "${vip[$family]}/${length[$family]}" dev "$holder"
        if [[ $family == 4 ]]; then
            speaks_after arp_ignore sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore'
            speaks_after arp_announce sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_announce'
        fi
    fi
    if [[ $method$family == dr4 ]]; then
        # The question above can be answered wrongly.
        on near1 sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore'
        (($(on router "$here/who_answers.py" eth1 "${vip[4]}" | wc -l) == 2)) || fail "near1 does not answer ARP without arp_ignore"
        expect 0 on near1 sh "$script"
        on router ip neigh flush dev eth1
    fi
    if [[ $place == far ]]; then
        speaks_after "$device" ip link set "$device" down
        speaks_after "$device" ip link delete "$device"
        [[ $family == 6 ]] || speaks_after rp_filter sh -c "echo 1 >/proc/sys/net/ipv4/conf/$device/rp_filter"
        if [[ $method == gue ]]; then
            speaks_after 'port 5555' ip -$family fou delete port 5555
        fi
        tool=iptables
        [[ $family == 4 ]] || tool=ip6tables
        speaks_after "segments" $tool -t mangle -F OUTPUT
        # What a client sends fits: 1500 bytes less what the director puts before it, the headers, and a timestamp.
        declare -A headers=([ipip4]=20 [ipip6]=40 [gue4]=32 [gue6]=52 [gre4]=28 [gre6]=48)
        wanted=$((1500 - headers[$method$family] - (family == 4 ? 40 : 60) - 12))
        size=$(on client python3 -c 'import socket, sys
print(socket.create_connection((sys.argv[1], 80), 5).getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))' "${vip[$family]}")
        ((size == wanted)) || fail "IPv$family: clients send segments of $size bytes, not $wanted"
    fi
    if [[ $place == inner ]]; then
        if [[ $family == 4 ]]; then
            speaks_after 'default route' ip -4 route replace default via 192.168.8.254
        else
            speaks_after 'default route' ip -6 route replace default via fd00:c0::254 metric 1
        fi
    fi
    requests $family

    for number in 1 2; do
        server=$place$number
        script=$work/scripts$family/real-server-$(tr : - <<<"${network[$place$family]}1$((number + 1))").sh
        expect 0 on "$server" sh "$script" --undo
        now=$(state_of "$server")
        [[ $now == "${before[$number]}" ]] ||
            fail "IPv$family: --undo leaves another state: $(diff <(cat <<<"${before[$number]}") <(cat <<<"$now") | head -n 20)"
        expect 1 on "$server" sh "$script" --check
    done
    expect 0 on director sh director/director.sh --undo
    [[ $(state_of director) == "$director_before" ]] || fail "IPv$family: --undo leaves another director"
    # A second --undo has nothing to do.
    expect 0 on "$first" sh "$script" --undo
    says out 'nothing to put back'
done
[[ ! -e canary ]] || fail 'the name of the file was run'
((failures == 0))
