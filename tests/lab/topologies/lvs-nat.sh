# shellcheck shell=bash
# One cluster, NAT. The real servers are in a private network behind the directors, and answer through the director: its
# inner address 192.168.8.1 is their default gateway. Outside the cluster is 10.0.8.9 (VIP).
#
#   client ──────── 10.0.4.1 router 10.0.8.1 ──┬── 10.0.8.25 director1 (MASTER) 192.168.8.25 ──┬── real1 192.168.8.12
#   10.0.4.102                                 └── 10.0.8.55 director2 (BACKUP) 192.168.8.55 ──┴── real2 192.168.8.13
#
# director1 has the VIP and the inner gateway address as if keepalived had put them there.
host client router director1 director2 real1 real2
net outer middle inner

join outer client eth0 10.0.4.102/24
join outer router eth0 10.0.4.1/24
join middle router eth1 10.0.8.1/24
join middle director1 eth0 10.0.8.25/24 10.0.8.9/32
join middle director2 eth0 10.0.8.55/24
join inner director1 eth1 192.168.8.25/24 192.168.8.1/32
join inner director2 eth1 192.168.8.55/24
join inner real1 eth0 192.168.8.12/24
join inner real2 eth0 192.168.8.13/24

configure client route add default via 10.0.4.1
set_kernel router net.ipv4.ip_forward=1
for name in director1 director2; do
    set_kernel "$name" net.ipv4.ip_forward=1
    configure "$name" route add default via 10.0.8.1
done
for name in real1 real2; do
    configure "$name" route add default via 192.168.8.1
done

web real1 192.168.8.12
web real2 192.168.8.13
ready_from director1
