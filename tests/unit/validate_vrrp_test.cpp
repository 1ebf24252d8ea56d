#include "tests/unit/validate_cases.h"

namespace lbctl::test {

namespace {

const std::string strict = block("global_defs", "vrrp_strict");
const std::string pass = block("authentication", "auth_type PASS\nauth_pass abc");
const std::string peers = block("unicast_peer", "10.0.0.3");

/// 300 lines of addresses.
std::string many_addresses() {
    std::string lines;
    for (int i = 0; i < 300; ++i) lines += "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) + "\n";
    return block("virtual_ipaddress", lines);
}

}  // namespace

TEST_CASE("rules: instances") {
    const RuleCase cases[] = {
        {"instance-repeated", good_instance("") + good_instance(""), good_instance("")},
        {"router-id-missing", block("vrrp_instance a", "interface eth0"), good_instance("")},
        {"interface-missing", block("vrrp_instance a", "virtual_router_id 1"), good_instance("")},
        {"interface-missing",
         block("vrrp_instance a", "virtual_router_id 1\nunicast_src_ip 10.0.0.1\n" + block("unicast_peer", "10.0.0.2")),
         good_instance("unicast_src_ip 10.0.0.1\n" + block("unicast_peer", "10.0.0.2")),
         {2, 2, 7}},
        {"loopback-interface", block("vrrp_instance a", "interface lo\nvirtual_router_id 1"), good_instance("")},
        {"state-after-master", good_instance("state MASTER\nstate BACKUP"), good_instance("state MASTER")},
        {"version-conflict", good_instance("version 3\nversion 2"), good_instance("version 3")},
        {"ipv6-needs-version-3", strict + instance("version 2\nvirtual_ipaddress {\nfe80::9\n}"),
         instance("version 2\nvirtual_ipaddress {\nfe80::9\n}")},
        {"native-ipv6-with-ipv4", good_instance("native_ipv6"), instance("native_ipv6")},
        {"lvs-sync-repeated", good_instance("lvs_sync_daemon_interface eth0\nlvs_sync_daemon_interface eth1"),
         good_instance("lvs_sync_daemon_interface eth0")},
        {"vrf-with-interface", good_instance("vrf red"),
         block("vrrp_instance a", "vrf red\nvirtual_router_id 1\n" + peers)},
        {"authentication-not-supported", good_instance("version 3\n" + pass), good_instance(pass)},
        {"auth-pass-missing", good_instance(block("authentication", "auth_type PASS")), good_instance(pass)},
        {"auth-type-missing", good_instance(block("authentication", "auth_pass abc")), good_instance(pass)},
        {"ah-needs-backup",
         good_instance("priority 100\nstate MASTER\n" + block("authentication", "auth_type AH\nauth_pass a")),
         good_instance("state BACKUP\n" + block("authentication", "auth_type AH\nauth_pass a"))},
        {"hmac-key-missing", good_instance(block("auth_hmac", "active_key 1")),
         good_instance(block("auth_hmac", "key 1 01234567890123456789012345678901\nactive_key 1"))},
        {"hmac-key-repeated",
         good_instance(
             block("auth_hmac",
                   "key 1 01234567890123456789012345678901\nkey 1 01234567890123456789012345678901\nactive_key 1")),
         good_instance(block("auth_hmac", "key 1 01234567890123456789012345678901\nactive_key 1"))},
        {"hmac-with-authentication",
         good_instance(pass + block("auth_hmac", "key 1 01234567890123456789012345678901\nactive_key 1")),
         good_instance(block("auth_hmac", "key 1 01234567890123456789012345678901\nactive_key 1"))},
        {"advert-int-range", good_instance("advert_int 0.5"), good_instance("version 3\nadvert_int 0.5")},
        {"advert-int-range", good_instance("version 3\nadvert_int 41"), good_instance("advert_int 41")},
        {"debounce-too-long", block("interface_up_down_delays", "eth0 0 2") + good_instance(""),
         block("interface_up_down_delays", "eth0 1.9 1.9\neth1 9") + good_instance("")},
        {"debounce-too-long", block("interface_up_down_delays", "eth0 0.1") + good_instance("down_timer_adverts 1"),
         block("interface_up_down_delays", "eth0 3.9") + good_instance("down_timer_adverts 5")},
        {"debounce-too-long",
         block("global_defs", "vrrp_down_timer_adverts 2") + block("interface_up_down_delays", "eth0 1") +
             good_instance(""),
         block("global_defs", "vrrp_down_timer_adverts 2") + block("interface_up_down_delays", "eth0 1") +
             good_instance("advert_int 2")},
        {"nopreempt-with-master", good_instance("priority 100\nstate MASTER\nnopreempt"),
         good_instance("state BACKUP\nnopreempt")},
        {"nopreempt-with-owner", good_instance("priority 255\nnopreempt"), good_instance("priority 254\nnopreempt")},
        {"preempt-delay-useless", good_instance("nopreempt\npreempt_delay 5"), good_instance("preempt_delay 5")},
        {"timer-expired-needs-nopreempt", good_instance("timer_expired_backup"),
         good_instance("nopreempt\ntimer_expired_backup")},
        {"owner-ignore-adverts", good_instance("owner_ignore_adverts"),
         good_instance("priority 255\nowner_ignore_adverts")},
        {"strict-mode-conflict", strict + good_instance("priority 100\nstate MASTER"),
         good_instance("priority 100\nstate MASTER")},
        {"strict-mode-conflict", strict + good_instance("down_timer_adverts 4"),
         strict + good_instance("down_timer_adverts 3")},
        {"virtual-address-missing", instance(""), good_instance("")},
        {"virtual-address-missing", instance("version 3"), instance("version 3\nno_virtual_ipaddress")},
        {"address-family", instance(block("virtual_ipaddress", "10.0.0.9\nfd00::9")),
         instance(block("virtual_ipaddress", "10.0.0.9") + block("virtual_ipaddress_excluded", "fd00::9"))},
        {"address-repeated", instance(block("virtual_ipaddress", "10.0.0.9/24\n10.0.0.9/32")),
         instance(block("virtual_ipaddress", "10.0.0.9\n10.0.0.10"))},
        {"address-repeated", instance(block("virtual_ipaddress", "fe80::1 dev eth0\nfe80::1 dev eth1")),
         instance(block("virtual_ipaddress", "fe80::1 dev eth0\nfe80::2 dev eth1"))},
        {"address-repeated",
         instance(block("virtual_ipaddress", "fe80::1\nfe80::1 dev eth0")),
         instance(block("virtual_ipaddress", "fe80::1 dev eth0\nfe80::1 dev eth1")),
         {2, 2, 7}},
        {"addresses-too-many", instance(many_addresses()), good_instance("")},
        {"first-address-link-local", instance(block("virtual_ipaddress", "fd00::9")),
         instance(block("virtual_ipaddress", "fe80::9\nfd00::9"))},
        {"address-without-interface",
         block("vrrp_instance a",
               "virtual_router_id 1\nunicast_src_ip 10.0.0.2\n" + peers + block("virtual_ipaddress", "10.0.0.9")),
         block("vrrp_instance a", "virtual_router_id 1\nunicast_src_ip 10.0.0.2\n" + peers +
                                      block("virtual_ipaddress", "10.0.0.9 dev eth0"))},
        {"unicast-without-peers", good_instance("unicast_src_ip 10.0.0.2"),
         good_instance("unicast_src_ip 10.0.0.2\n" + peers)},
        {"unicast-fault-no-peer", good_instance("unicast_fault_no_peer"),
         good_instance("unicast_fault_no_peer\n" + peers)},
        {"peer-family", good_instance(block("unicast_peer", "fd00::3")), good_instance(peers)},
        {"peer-repeated", good_instance(block("unicast_peer", "10.0.0.3\n10.0.0.3")), good_instance(peers)},
        {"peer-ttl-reversed", good_instance(block("unicast_peer", "10.0.0.3 min_ttl 9 max_ttl 1")),
         good_instance(block("unicast_peer", "10.0.0.3 min_ttl 1 max_ttl 9"))},
        {"unicast-ttl-without-peers", good_instance("unicast_ttl 5"), good_instance("unicast_ttl 5\n" + peers)},
        {"multicast-with-unicast", good_instance("mcast_dst_ip 224.0.0.9\n" + peers),
         good_instance("mcast_dst_ip 224.0.0.9")},
        {"multicast-group-unusable", instance("mcast_dst_ip ff05::9"), instance("mcast_dst_ip ff02::9")},
        {"router-id-conflict", good_instance("") + good_instance("", "b"),
         good_instance("") + block("vrrp_instance b",
                                   "interface eth1\nvirtual_router_id 1\n" + block("virtual_ipaddress", "10.0.0.8"))},
        {"sync-group-repeated",
         block("vrrp_sync_group g", block("group", "a\nb")) + block("vrrp_sync_group g", block("group", "a\nb")),
         block("vrrp_sync_group g", block("group", "a\nb"))},
        {"sync-group-empty", block("vrrp_sync_group g", ""),
         good_instance("") + block("vrrp_sync_group g", block("group", "a"))},
        {"sync-group-second-list", block("vrrp_sync_group g", block("group", "a") + block("group", "b")),
         block("vrrp_sync_group g", block("group", "a b"))},
        {"sync-group-member-missing", block("vrrp_sync_group g", block("group", "a")),
         good_instance("") + block("vrrp_sync_group g", block("group", "a"))},
        {"sync-group-member-elsewhere",
         good_instance("") + block("vrrp_sync_group g", block("group", "a")) +
             block("vrrp_sync_group h", block("group", "a")),
         good_instance("") + block("vrrp_sync_group g", block("group", "a"))},
        {"sync-group-single", good_instance("") + block("vrrp_sync_group g", block("group", "a")),
         good_instance("") + good_instance("", "b") + block("vrrp_sync_group g", block("group", "a\nb"))},
        {"sync-group-owners",
         good_instance("state MASTER\npriority 255") + good_instance("state BACKUP", "b") +
             block("vrrp_sync_group g", block("group", "a\nb")),
         good_instance("state BACKUP") + good_instance("state BACKUP", "b") +
             block("vrrp_sync_group g", block("group", "a\nb"))},
        {"track-group-repeated",
         block("track_group g", block("group", "a")) + block("track_group g", block("group", "a")),
         block("track_group g", block("group", "a"))},
        {"track-group-empty", block("track_group g", ""), block("track_group g", block("group", "a"))},
        {"track-group-second-list", block("track_group g", block("group", "a") + block("group", "b")),
         block("track_group g", block("group", "a"))},
        {"track-group-member-missing", block("track_group g", block("group", "a")),
         good_instance("") + block("track_group g", block("group", "a"))},
        {"track-group-not-found", block("static_ipaddress", "10.0.0.7 dev eth0 track_group g"),
         block("track_group g", block("group", "a")) + block("static_ipaddress", "10.0.0.7 dev eth0 track_group g")},
        {"track-group-needs-interface",
         block("track_group g", block("group", "a")) + block("static_ipaddress", "10.0.0.7 track_group g"),
         block("track_group g", block("group", "a")) + block("static_ipaddress", "10.0.0.7 dev eth0 track_group g")},
        {"garp-group-without-delay", block("garp_group", "interface eth0"),
         block("garp_group", "garp_interval 0.1\ninterface eth0")},
        {"garp-group-interface-repeated",
         block("garp_group", "garp_interval 0.1\ninterface eth0") +
             block("garp_group", "garp_interval 0.2\ninterface eth0"),
         block("garp_group", "garp_interval 0.1\ninterface eth0")},
    };
    hold(cases, {"vrrp"});
}

TEST_CASE("rules: VMACs") {
    const std::string elsewhere = instance(block("virtual_ipaddress", "10.0.0.9/24 dev eth1 use_vmac"));
    const std::string other = block("virtual_ipaddress", "10.0.0.8/24");
    const RuleCase cases[] = {
        {"vmac-twice", instance("use_vmac\n" + block("virtual_ipaddress", "10.0.0.9 use_vmac")),
         instance("use_vmac\n" + block("virtual_ipaddress", "10.0.0.9"))},
        {"delays-of-vmac", block("interface_up_down_delays", "mine0 1") + good_instance("use_vmac mine0"),
         block("interface_up_down_delays", "eth1 1") + good_instance("use_vmac mine0")},
        {"delays-of-vmac", good_instance("use_vmac") + block("interface_up_down_delays", "vrrp.1 1"),
         good_instance("use_vmac") + block("interface_up_down_delays", "eth1 1")},
        {"vmac-conflict",
         elsewhere + block("vrrp_instance b", "interface eth1\nvirtual_router_id 1\nuse_vmac\n" + other),
         elsewhere + block("vrrp_instance b", "interface eth1\nvirtual_router_id 2\nuse_vmac\n" + other)},
        {"vmac-conflict",
         elsewhere + block("vrrp_instance b", "interface eth2\nvirtual_router_id 1\nuse_vmac\nuse_vmac_addr\n" +
                                                  block("virtual_ipaddress", "10.0.0.8/24 dev eth1")),
         elsewhere + block("vrrp_instance b", "interface eth2\nvirtual_router_id 1\nuse_vmac\nuse_vmac_addr\n" +
                                                  block("virtual_ipaddress", "fd00::8/64 dev eth1"))},
        {"vmac-name-repeated", good_instance("use_vmac x") + good_instance("use_vmac x", "b"),
         good_instance("use_vmac x")},
        {"vmac-name-automatic", good_instance("use_vmac vrrp.1"), good_instance("use_vmac mine")},
        {"vmac-without-interface",
         block("vrrp_instance a", "virtual_router_id 1\nuse_vmac\nunicast_src_ip 10.0.0.2\n" + peers),
         good_instance("use_vmac")},
        {"vmac-unicast-base", good_instance("use_vmac\n" + peers), good_instance("use_vmac\nvmac_xmit_base\n" + peers)},
        {"xmit-base-without-vmac", good_instance("vmac_xmit_base"), good_instance("use_vmac\nvmac_xmit_base")},
        {"promote-secondaries-with-vmac", good_instance("use_vmac\npromote_secondaries"),
         good_instance("promote_secondaries")},
        {"vmac-word-repeated", good_instance("use_vmac x y"), good_instance("use_vmac x")},
        {"vmac-word-repeated", good_instance("use_vmac x\nuse_vmac y"),
         good_instance("use_vmac x\nuse_vmac 02:00:00:00:00:01")},
        {"vmac-word-repeated", good_instance("use_vmac 02:00:00:00:00:01\nuse_vmac 02:00:00:00:00:01"),
         good_instance("use_vmac\nuse_vmac 02:00:00:00:00:01")},
        {"ipvlan-address-missing", good_instance("use_ipvlan"), good_instance("use_ipvlan 10.0.0.4")},
    };
    hold(cases, {"vmac"});
}

}  // namespace lbctl::test
