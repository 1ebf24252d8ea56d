# shellcheck shell=bash
# One cluster for direct routing, of whose directors and real servers nothing is set up but their own addresses: that is for
# the scripts of `lbctl emit' and for keepalived (examples/lvs-ha).
#
#   client ──────── 10.0.4.1 router 10.0.8.1 ──┬── director1 10.0.8.25
#   10.0.4.102                                 ├── director2 10.0.8.55
#                                              ├── real1     10.0.8.12
#                                              └── real2     10.0.8.13
host client router director1 director2 real1 real2
net outer inner

join outer client eth0 10.0.4.102/24
join outer router eth0 10.0.4.1/24
join inner router eth1 10.0.8.1/24
join inner director1 eth0 10.0.8.25/24
join inner director2 eth0 10.0.8.55/24
join inner real1 eth0 10.0.8.12/24
join inner real2 eth0 10.0.8.13/24

configure client route add default via 10.0.4.1
set_kernel router net.ipv4.ip_forward=1
for name in director1 director2 real1 real2; do
    configure "$name" route add default via 10.0.8.1
done

web real1 10.0.8.12
web real2 10.0.8.13
ready_from director1
