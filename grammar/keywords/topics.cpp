#include "grammar/keywords/topics.h"

#include <algorithm>
#include <array>

#include "grammar/base/ascii.h"

namespace lbctl::keywords {

namespace {

using Words = std::string_view[];

constexpr Words direct_routing = {"DR", "direct-routing", "gatewaying", "dsr"};
constexpr Words tunnel = {"TUN", "tunnel", "tunneling", "ipip", "gue", "gre"};
constexpr Words nat = {"NAT", "masquerading", "masq"};
constexpr Words forwarding = {"lb_kind", "lvs_method", "forwarding"};
constexpr Words schedulers = {"lb_algo", "lvs_sched", "scheduler", "schedulers", "rr", "wrr", "lc",  "wlc", "lblc",
                              "lblcr",   "dh",        "sh",        "sed",        "nq", "fo",  "ovf", "mh",  "twos"};
constexpr Words persistence = {"persistence_timeout", "persistence", "sticky"};
constexpr Words timeouts = {"lvs_timeouts", "timeouts"};
constexpr Words one_packet = {"ops", "one-packet"};
constexpr Words nopreempt = {"nopreempt", "preempt_delay", "preemption"};
constexpr Words weight = {"weight", "weights"};
constexpr Words quorum = {"quorum", "sorry_server"};
constexpr Words unicast = {"unicast_peer", "unicast_src_ip", "unicast"};

constexpr auto topics = std::to_array<Topic>({
    {direct_routing, "DR: direct routing",
     "The director sends the packet on as it came, to the MAC address of the\n"
     "real server, which answers the client directly. The director sees one\n"
     "direction only, so this is the fastest method.",
     "`lb_kind DR' (lvs_method) in virtual_server. Director and real servers are\n"
     "in one network of the link layer. The port cannot change on the way: give\n"
     "the real server that of the virtual server.",
     "- the virtual address on lo: `ip addr add VIP/32 dev lo' (IPv6: /128)\n"
     "- for IPv4 nobody may answer ARP for it: sysctl -w\n"
     "  net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2\n"
     "- the service listens on the virtual address, or on all\n"
     "- answers go out by the usual gateway, which need not be the director",
     "TUN, NAT, lb_kind, port-mismatch"},
    {tunnel, "TUN: a tunnel to each real server",
     "The director puts the packet into another one (IP in IP, GUE or GRE) for\n"
     "the real server, which takes it out and answers the client directly. The\n"
     "real server may be in any network.",
     "`lb_kind TUN' (lvs_method) in virtual_server, or with `type gue port PORT'\n"
     "or `type gre'. The port cannot change on the way.",
     "- IP in IP: `modprobe ipip', `ip link set tunl0 up', `ip addr add VIP/32\n"
     "  dev tunl0'; GUE needs `ip fou add port PORT gue' besides\n"
     "- net.ipv4.conf.tunl0.rp_filter and net.ipv4.conf.all.rp_filter 0 or 2\n"
     "- in the director's network arp_ignore and arp_announce, as for DR\n"
     "- packets grow by 20 bytes (GRE 24, GUE 32 and more): the MTU on the way\n"
     "  must allow for it, or the MSS be clamped",
     "DR, NAT, lb_kind"},
    {nat, "NAT: the director writes new addresses",
     "The director puts the address and port of the real server in the place of\n"
     "the virtual ones, and back again in the answers, which therefore have to\n"
     "come back through it.",
     "`lb_kind NAT' (lvs_method) in virtual_server; net.ipv4.ip_forward=1 (for\n"
     "IPv6 net.ipv6.conf.all.forwarding=1). The port may differ. Where clients\n"
     "come in by the interface of the real servers,\n"
     "net.ipv4.conf.IFACE.send_redirects=0.",
     "- the default route is the director: best an address that VRRP moves with\n"
     "  the virtual one\n"
     "- clients in the network of the real servers do not work as they are: they\n"
     "  get the answer directly, from an address that they did not ask",
     "DR, TUN, lb_kind"},
    {forwarding, "lb_kind: how packets get to the real servers",
     "NAT  through the director both ways; any port; the real servers' default\n"
     "     route is the director\n"
     "DR   answers go directly; one network of the link layer; the virtual\n"
     "     address on lo of the real servers\n"
     "TUN  answers go directly; any network; a tunnel and the virtual address on\n"
     "     each real server\n"
     "Without it keepalived uses NAT. lb_kind and lvs_method are one keyword,\n"
     "and a real server may have its own.",
     "", "", "DR, TUN, NAT, forwarding-missing"},
    {schedulers, "lb_algo: which real server gets the next connection",
     "rr     one after the other\n"
     "wrr    the same, as often as the weights say\n"
     "lc     the one with the fewest connections\n"
     "wlc    the same for its weight; what keepalived takes without lb_algo\n"
     "sed    the one that would be least loaded for its weight with one more\n"
     "nq     an idle one if there is any, else as sed\n"
     "sh     by the client's address; sh-port with its port\n"
     "mh     the same, and few clients move when a server goes\n"
     "dh     by the virtual address: for transparent caches, with firewall marks\n"
     "lblc   by the virtual address, another one when that is overloaded\n"
     "lblcr  the same with a set of servers for each address\n"
     "twos   of two that are drawn by weight the less loaded one\n"
     "fo     the one with the highest weight\n"
     "ovf    the same, until it has as many connections as its weight\n"
     "rr, lc and dh look at no weight but 0, which takes no connection.",
     "`lb_algo wlc' (lvs_sched) in virtual_server. The kernel needs the module\n"
     "ip_vs_NAME, which keepalived and lbctl load.",
     "", "weight, persistence_timeout, ops, weights-not-used"},
    {persistence, "persistence_timeout: a client stays with its real server",
     "Within so many seconds after its last connection has ended a client, or\n"
     "its network with persistence_granularity, gets the real server it had,\n"
     "whatever the scheduler says. One large proxy counts as one client.",
     "`persistence_timeout 300' in virtual_server; alone it means 360. A virtual\n"
     "server for every port (port 0) needs it, and keepalived sets it there. A\n"
     "server of weight 0 still gets the clients it has:\n"
     "net.ipv4.vs.expire_quiescent_template=1 ends that. The sync daemon\n"
     "(lvs_sync_daemon) tells the other director.",
     "", "persistence_granularity, lb_algo, weight, lvs_timeouts"},
    {timeouts, "lvs_timeouts: how long the kernel remembers silent connections",
     "A connection without packets is forgotten after `tcp' seconds (900 in the\n"
     "kernel), after a FIN after `tcpfin' (120), of UDP after `udp' (300). The\n"
     "next packet of a TCP connection that was forgotten is refused: clients\n"
     "with long pauses see resets.",
     "`lvs_timeouts tcp 7200 tcpfin 120 udp 300' in global_defs, on both\n"
     "directors alike; `lbctl ipvsadm -L --timeout' shows what holds. Without it\n"
     "the kernel's values stay.",
     "- TCP keepalives of the service below `tcp': by itself Linux sends the\n"
     "  first after 7200 seconds (net.ipv4.tcp_keepalive_time)",
     "persistence_timeout, lvs_sync_daemon"},
    {one_packet, "ops: every packet for itself",
     "One packet scheduling: every UDP packet is scheduled anew, and no\n"
     "connection is remembered. Without it all packets from one port of a client\n"
     "go to one server until they pause, so that few resolvers or proxies load\n"
     "few servers.",
     "`ops' in virtual_server, with `protocol UDP'; keepalived clears it\n"
     "otherwise. It does not go together with persistence. For DNS, RADIUS,\n"
     "syslog: where one packet is one question.",
     "", "ops-needs-udp, persistence-with-ops, lvs_timeouts"},
    {nopreempt, "nopreempt: who is master stays master",
     "By itself the node with the highest priority takes over as soon as it\n"
     "hears a master of a lower one, also when it has just come back. With\n"
     "nopreempt it waits until no master is heard; preempt_delay waits so many\n"
     "seconds instead.",
     "`nopreempt' in vrrp_instance, with `state BACKUP' on all nodes: of MASTER\n"
     "keepalived clears it. It acts on the node that would take over, so that\n"
     "with the highest priority needs it. It also keeps a weight of track_script\n"
     "or track_file from moving the addresses: without a weight a failure means\n"
     "FAULT, which does.",
     "", "state, weight, nopreempt-with-master, nopreempt-with-weight"},
    {weight, "weight: of a real server, and of what is tracked",
     "Two things have the name. The weight of a real server is its share of new\n"
     "connections, and of the quorum. The weight of what VRRP tracks (script,\n"
     "file, process, interface) is added to the priority.",
     "`weight 10' in real_server: twice the connections of 5, if the scheduler\n"
     "looks at it (wrr, wlc, sed, nq). 0 takes no new connection and keeps those\n"
     "there are: `lbctl drain' sets it. `weight' in virtual_server is the\n"
     "default of its servers. `weight -30' in vrrp_script takes 30 off while the\n"
     "script fails, `weight 30' adds 30 while it succeeds. It moves the\n"
     "addresses only if it is more than the priority is above that of the next\n"
     "node; without weight a failure means FAULT.",
     "", "lb_algo, quorum, weights-not-used, weight-without-effect, lint --cluster"},
    {quorum, "quorum and sorry_server: when too few servers are left",
     "A virtual server has its quorum while the weights of the servers that are\n"
     "up add up to it (1 by itself). When it is lost, quorum_down runs, and all\n"
     "connections go to the sorry_server if there is one.",
     "`quorum 2', `hysteresis 1' and `sorry_server 10.0.0.9 80' in\n"
     "virtual_server. A server goes down only by a check: without TCP_CHECK,\n"
     "HTTP_GET or another one in every real_server the quorum is never lost.",
     "- the sorry server is forwarded to as the others are: with DR or TUN it\n"
     "  needs what they need",
     "weight, quorum-above-weight, sorry-server-never-used"},
    {unicast, "unicast_peer: VRRP without multicast",
     "Where the network passes no multicast on (clouds, many bridges), adverts\n"
     "go to each peer by itself. Who is no peer of both is not heard: two\n"
     "masters.",
     "`unicast_src_ip OWN' and `unicast_peer { OTHER }' in vrrp_instance, on\n"
     "every node with the addresses of all others. All nodes do it or none. A\n"
     "cloud has to be told of the virtual address besides: by a notify_master\n"
     "script, or its own means.",
     "", "peer-is-itself, unicast-without-peers, lint --cluster"},
});

}  // namespace

std::span<const Topic> all_topics() {
    return topics;
}

const Topic* find_topic(std::string_view word) {
    const auto has_word = [&](const Topic& topic) {
        return std::ranges::any_of(topic.words,
                                   [&](std::string_view each) { return base::equal_in_any_case(each, word); });
    };
    const auto found = std::ranges::find_if(topics, has_word);
    return found == topics.end() ? nullptr : &*found;
}

}  // namespace lbctl::keywords
