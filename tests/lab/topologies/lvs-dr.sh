# shellcheck shell=bash
# One cluster, direct routing. Directors and real servers are in one network, with the VIP 10.0.8.9; what a real server
# answers goes straight to the router.
#
#   client ──────── 10.0.4.1 router 10.0.8.1 ──┬── director1 10.0.8.25 (MASTER)
#   10.0.4.102                                 ├── director2 10.0.8.55 (BACKUP)
#                                              ├── real1     10.0.8.12, VIP on lo
#                                              └── real2     10.0.8.13, VIP on lo
#
# director1 has the VIP as if keepalived had put it there.
host client router director1 director2 real1 real2
net outer inner

join outer client eth0 10.0.4.102/24
join outer router eth0 10.0.4.1/24
join inner router eth1 10.0.8.1/24
join inner director1 eth0 10.0.8.25/24 10.0.8.9/32
join inner director2 eth0 10.0.8.55/24
join inner real1 eth0 10.0.8.12/24
join inner real2 eth0 10.0.8.13/24

configure client route add default via 10.0.4.1
set_kernel router net.ipv4.ip_forward=1
for name in director1 director2 real1 real2; do
    configure "$name" route add default via 10.0.8.1
done

# A real server takes packets for the VIP, and tells nobody on the network that it has it.
for name in real1 real2; do
    set_kernel "$name" net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    configure "$name" address add 10.0.8.9/32 dev lo
done

web real1 10.0.8.12
web real2 10.0.8.13
ready_from director1
