# shellcheck shell=bash
# One cluster, tunnels. The real servers are in another network beyond the router; the director packs what it gets for the
# VIP 10.0.8.9 into IPIP packets to them, and what they answer goes straight to the router.
#
#   client ──────── 10.0.4.1 router 10.0.8.1 ──┬── director1 10.0.8.25 (MASTER)
#   10.0.4.102               10.0.9.1          └── director2 10.0.8.55 (BACKUP)
#                               └───────────────┬── real1 10.0.9.12, VIP on tunl0
#                                               └── real2 10.0.9.13, VIP on tunl0
#
# director1 has the VIP as if keepalived had put it there.
host client router director1 director2 real1 real2
net outer middle far

join outer client eth0 10.0.4.102/24
join outer router eth0 10.0.4.1/24
join middle router eth1 10.0.8.1/24
join far router eth2 10.0.9.1/24
join middle director1 eth0 10.0.8.25/24 10.0.8.9/32
join middle director2 eth0 10.0.8.55/24
join far real1 eth0 10.0.9.12/24
join far real2 eth0 10.0.9.13/24

configure client route add default via 10.0.4.1
set_kernel router net.ipv4.ip_forward=1
for name in director1 director2; do
    configure "$name" route add default via 10.0.8.1
done

# tunl0 is there in every network namespace once the module ipip is loaded. Packets come out of it that the way back would
# not lead into, which rp_filter=1 would refuse; the larger one of "all" and the device's own value counts.
modprobe ipip
for name in real1 real2; do
    configure "$name" route add default via 10.0.9.1
    configure "$name" address add 10.0.8.9/32 dev tunl0
    configure "$name" link set tunl0 up
    set_kernel "$name" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tunl0.rp_filter=0 \
        net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
done

web real1 10.0.9.12
web real2 10.0.9.13
ready_from director1
