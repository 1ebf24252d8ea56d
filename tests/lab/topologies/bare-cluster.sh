# shellcheck shell=bash
# A cluster of whose hosts nothing is set up but their own addresses, for IPv4 and IPv6: near ones share the
# directors' network (direct routing), far ones are beyond the router (tunnels), inner ones behind the director (NAT).
#
#   client ──────── 10.0.4.1 router 10.0.8.1 ──┬── 10.0.8.25 director 192.168.8.25 ──┬── inner1 192.168.8.12
#   10.0.4.102               10.0.9.1          ├── near1 10.0.8.12                   └── inner2 192.168.8.13
#                               │              └── near2 10.0.8.13
#                               └───────────────┬── far1 10.0.9.12
#                                               └── far2 10.0.9.13
#
# The director has the virtual addresses 10.0.8.9 and fd00:8::9, and inside 192.168.8.1 and fd00:c0::1, as if keepalived
# had put them there. The inner ones have the router's place in their network, where nobody is, as default gateway.
host client router director near1 near2 far1 far2 inner1 inner2
net outer middle far inner

join outer client eth0 10.0.4.102/24 fd00:4::102/64
join outer router eth0 10.0.4.1/24 fd00:4::1/64
join middle router eth1 10.0.8.1/24 fd00:8::1/64
join far router eth2 10.0.9.1/24 fd00:9::1/64
join middle director eth0 10.0.8.25/24 10.0.8.9/32 fd00:8::25/64 fd00:8::9/128
join inner director eth1 192.168.8.25/24 192.168.8.1/32 fd00:c0::25/64 fd00:c0::1/128
configure client route add default via 10.0.4.1
configure client route add default via fd00:4::1
configure director route add default via 10.0.8.1
configure director route add default via fd00:8::1
set_kernel router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for number in 1 2; do
    join middle near$number eth0 10.0.8.1$((number + 1))/24 fd00:8::1$((number + 1))/64
    join far far$number eth0 10.0.9.1$((number + 1))/24 fd00:9::1$((number + 1))/64
    join inner inner$number eth0 192.168.8.1$((number + 1))/24 fd00:c0::1$((number + 1))/64
    configure near$number route add default via 10.0.8.1
    configure near$number route add default via fd00:8::1
    configure far$number route add default via 10.0.9.1
    configure far$number route add default via fd00:9::1
    configure inner$number route add default via 192.168.8.254
    configure inner$number route add default via fd00:c0::254 metric 1
    # What many distributions have: it drops what comes out of a tunnel.
    set_kernel far$number net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1
done
web near1 10.0.8.12
web near2 10.0.8.13
ready_from director
for name in far1 far2 inner1 inner2; do
    web "$name" 127.0.0.1
done
lab_checks=("${lab_checks[@]:0:2}")
