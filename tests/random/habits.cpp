#include "tests/random/habits.h"

#include <algorithm>

namespace lbctl::test {

namespace {

// Every kind of object has the names name1 and name2, and there are the interfaces eth0 to eth9 (eth0 and eth1 belong
// to instances).
// clang-format off
constexpr Habit habits[] = {
    // Processes of their own, other machines, files of this one.
    {"/", "net_namespace", "", "", "", false, true},
    {"/", "net_namespace_ipvs", "", "", "", false, true},
    {"/", "namespace_with_ipsets", "", "", "", false, true},
    {"/", "instance", "", "", "", false, true},
    {"/", "static_ipaddress", "END"},
    {"global_defs", "process_name", "STRING[..5]"},
    {"global_defs", "vrrp_rx_bufs_policy", "{MTU|ADVERT|4096}"},
    {"global_defs", "vrrp_version", "", "", "", false, true},
    {"global_defs", "vrrp_strict", "", "", "", false, true},
    {"global_defs", "default_interface", "{eth5}"},
    {"global_defs", "lvs_sync_daemon", "{eth5} inst {name1} [id INT[0..255]]"},
    {"global_defs", "vrrp_ipsets", "[{set1} [{set2} [{set3} [{set4}]]]]", "vrrp_iptables", "nftables", false, true},
    // Not every build has iptables.
    {"global_defs", "vrrp_iptables", "[{chain1} [{chain2}]]", "", "nftables", false, true},
    {"global_defs", "nftables", "[TABLE]", "", "vrrp_iptables vrrp_ipsets"},
    {"global_defs", "umask", "", "", "", false, true},
    {"global_defs", "include_check", "[{read|match|wildcard_match|brace_match}]"},
    {"global_defs", "script_user", "{root}"},
    {"global_defs", "reload_check_config", "[{/run/check.log}]"},
    {"global_defs", "reload_file", "[{/run/reload}]"},
    {"global_defs", "reload_time_file", "{/run/reload.time}"},
    {"global_defs", "config_save_dir", "{/run}"},
    {"global_defs", "tmp_config_directory", "{/run}"},
    {"global_defs", "notify_fifo", "{/run/fifo1} [USER [GROUP]]"},
    {"global_defs", "vrrp_notify_fifo", "{/run/fifo2} [USER [GROUP]]"},
    {"global_defs", "lvs_notify_fifo", "{/run/fifo3} [USER [GROUP]]"},
    {"global_defs", "notify_fifo_script", "", "notify_fifo /run/fifo1"},
    {"global_defs", "vrrp_notify_fifo_script", "", "vrrp_notify_fifo /run/fifo2"},
    {"global_defs", "lvs_notify_fifo_script", "", "lvs_notify_fifo /run/fifo3"},
    {"global_defs", "vrrp_cpu_affinity", "{0}"},
    {"global_defs", "checker_cpu_affinity", "{0}"},
    {"global_defs", "bfd_cpu_affinity", "{0}"},
    {"global_defs", "vrrp_garp_lower_prio_repeat", "INT[1..10]"},
    {"global_defs", "vmac_prefix", "{vm1}"},
    {"global_defs", "vmac_addr_prefix", "{vm2}"},
    // Tracked objects.
    {"bfd_instance", "neighbour_ip", "", "", "neighbor_ip"},
    {"bfd_instance", "neighbor_ip", "", "", "neighbour_ip"},
    {"bfd_instance", "hoplimit", "", "", "ttl max_hops"},
    {"bfd_instance", "ttl", "", "", "hoplimit max_hops"},
    {"bfd_instance", "max_hops", "INT[0..60]", "", "ttl hoplimit"},
    {"bfd_instance", "vrrp", "", "", "checker", false, true},
    {"bfd_instance", "checker", "", "", "vrrp", false, true},
    {"bfd_instance", "min_rx", "DEC3[1..10000]"},
    {"bfd_instance", "min_tx", "DEC3[1..10000]"},
    {"bfd_instance", "idle_tx", "DEC3[1000..10000]"},
    {"", "weight", "INT[-20..20]"},
    {"track_file", "weight", "INT[-20..20]"},
    {"vrrp_track_file", "weight", "INT[-20..20]"},
    {"vrrp_track_process", "weight", "INT[-20..20]"},
    {"virtual_server", "weight", "INT[1..100]"},
    {"virtual_server/real_server", "weight", "INT[1..100]"},
    {"vrrp_track_process", "quorum", "INT[1..9]"},
    {"vrrp_track_process", "quorum_max", "INT[9..20]"},
    {"vrrp_track_process", "param_match", "", "process name1 name2", "full_command"},
    {"vrrp_script", "user", "{root} [{root}]"},
    {"virtual_server/real_server/MISC_CHECK", "user", "{root} [{root}]"},
    {"track_file", "file", "{/etc/hostname}"},
    {"vrrp_track_file", "file", "{/etc/hostname}"},
    {"track_file", "init_file", "INT[-254..254]"},
    {"vrrp_track_file", "init_file", "INT[-254..254]"},
    // Groups.
    {"garp_group", "interface", "{eth7}", "", "interfaces"},
    {"garp_group", "interfaces", "", "", "interface"},
    {"vrrp_sync_group", "sync_group_tracking_weight", "", "", "global_tracking"},
    {"vrrp_sync_group", "global_tracking", "", "", "sync_group_tracking_weight"},
    // Instances.
    {"vrrp_instance", "interface", "{eth8}"},
    {"vrrp_instance", "vrf", "{eth9}", "unicast_peer {\n192.0.2.240\n}\nunicast_src_ip 192.0.2.1\n"
     "virtual_ipaddress {\n192.0.2.99/32 dev eth6\n}", "interface track_interface", false, true},
    {"vrrp_instance", "virtual_router_id", "INT[101..200]"},
    {"vrrp_instance", "priority", "INT[1..254]", "", "owner_ignore_adverts"},
    {"vrrp_instance", "use_vmac", "[{02:00:00:00:00:01}]", "", "use_ipvlan unicast_peer promote_secondaries"},
    {"vrrp_instance", "use_vmac_addr", "", "", "use_ipvlan"},
    {"vrrp_instance", "vmac_xmit_base", "", "use_vmac", "use_ipvlan promote_secondaries"},
    {"vrrp_instance", "use_ipvlan", "IPADDR [{bridge|private|vepa}]", "",
     "use_vmac use_vmac_addr vmac_xmit_base unicast_peer promote_secondaries", true},
    {"vrrp_instance", "promote_secondaries", "", "", "use_vmac use_ipvlan vmac_xmit_base"},
    {"vrrp_instance", "unicast_peer", "", "", "use_vmac use_ipvlan mcast_src_ip mcast_dst_ip"},
    {"vrrp_instance", "unicast_fault_no_peer", "", "unicast_peer {\n192.0.2.240\n}", "use_vmac use_ipvlan mcast_src_ip mcast_dst_ip"},
    {"vrrp_instance", "check_unicast_src", "", "unicast_peer {\n192.0.2.240\n}", "use_vmac use_ipvlan mcast_src_ip mcast_dst_ip"},
    {"vrrp_instance", "old_unicast_checksum", "", "unicast_peer {\n192.0.2.240\n}\nversion 3", "use_vmac use_ipvlan mcast_src_ip mcast_dst_ip authentication", true},
    {"vrrp_instance", "unicast_src_ip", "", "unicast_peer {\n192.0.2.240\n}", "use_vmac use_ipvlan mcast_src_ip mcast_dst_ip"},
    {"vrrp_instance", "unicast_ttl", "INT[1..255]", "unicast_peer {\n192.0.2.240\n}", "use_vmac use_ipvlan mcast_src_ip mcast_dst_ip"},
    {"vrrp_instance", "mcast_src_ip", "", "", "unicast_peer unicast_src_ip"},
    {"vrrp_instance", "mcast_dst_ip", "", "", "unicast_peer unicast_src_ip"},
    {"vrrp_instance", "track_src_ip", "", "mcast_src_ip 192.0.2.1", "unicast_peer unicast_src_ip"},
    {"vrrp_instance", "native_ipv6", "", "virtual_ipaddress {\nfe80::9/64\n}", "mcast_src_ip unicast_src_ip use_ipvlan authentication version mcast_dst_ip unicast_peer virtual_ipaddress_excluded", true, true},
    {"vrrp_instance", "version", "", "", "authentication advert_int", true},
    {"vrrp_instance", "advert_int", "INT[1..40]", "", "version"},
    {"vrrp_instance", "virtual_ipaddress", "", "", "no_virtual_ipaddress"},
    {"vrrp_instance", "no_virtual_ipaddress", "", "", "virtual_ipaddress virtual_ipaddress_excluded", false, true},
    {"vrrp_instance", "v3_checksum_as_v2", "", "version 3", "authentication advert_int", true},
    {"vrrp_instance", "accept", "", "", "no_accept"},
    {"vrrp_instance", "no_accept", "", "", "accept"},
    {"vrrp_instance", "strict_mode", "{off|false|no}"},
    {"vrrp_instance", "state", "{BACKUP}"},
    {"vrrp_instance", "nopreempt", "", "", "preempt preempt_delay"},
    {"vrrp_instance", "preempt", "", "", "nopreempt timer_expired_backup"},
    {"vrrp_instance", "preempt_delay", "", "", "nopreempt timer_expired_backup"},
    {"vrrp_instance", "timer_expired_backup", "", "nopreempt", "preempt preempt_delay thread_timer_expired"},
    {"vrrp_instance", "thread_timer_expired", "", "nopreempt", "preempt preempt_delay timer_expired_backup"},
    {"vrrp_instance", "owner_ignore_adverts", "{off|false|no}", "", "", false},
    {"vrrp_instance", "vmac_garp_intvl", "", "", "garp_extra_if"},
    {"vrrp_instance", "garp_extra_if", "[all] INT[1..86400]", "", "vmac_garp_intvl"},
    {"vrrp_instance", "lvs_sync_daemon_interface", "{eth5}", "", "", false, true},
    {"vrrp_instance", "dont_track_primary", "", "", ""},
    {"vrrp_instance", "authentication", "", "", "version auth_hmac v3_checksum_as_v2 old_unicast_checksum", true},
    {"vrrp_instance", "auth_hmac", "", "", "authentication"},
    {"vrrp_instance/auth_hmac", "key", "{2} HMAC_KEY", "key 1 0123456789abcdef0123456789abcdef"},
    {"vrrp_instance/auth_hmac", "active_key", "{1}"},
    {"vrrp_instance/authentication", "auth_type", "{PASS}"},
    // Services.
    {"virtual_server", "ip_family", "{inet}", "", "", true},
    {"virtual_server", "lb_algo", "", "", "lvs_sched sh-port sh-fallback mh-port mh-fallback"},
    {"virtual_server", "lvs_sched", "", "", "lb_algo sh-port sh-fallback mh-port mh-fallback"},
    {"virtual_server", "sh-port", "", "lvs_sched sh", "lb_algo mh-port mh-fallback"},
    {"virtual_server", "sh-fallback", "", "lvs_sched sh", "lb_algo mh-port mh-fallback"},
    {"virtual_server", "hashed", "", "lvs_sched sh", "lb_algo mh-port mh-fallback"},
    {"virtual_server", "mh-port", "", "lvs_sched mh", "lb_algo sh-port sh-fallback"},
    {"virtual_server", "mh-fallback", "", "lvs_sched mh", "lb_algo sh-port sh-fallback"},
    {"virtual_server", "flag-1", "", "", "sh-port sh-fallback mh-port mh-fallback"},
    {"virtual_server", "flag-2", "", "", "sh-port sh-fallback mh-port mh-fallback"},
    {"virtual_server", "ops", "", "protocol UDP"},
    {"virtual_server", "lb_kind", "{NAT|DR} | {TUN} [type {ipip|gre}]", "", "lvs_method"},
    {"virtual_server", "lvs_method", "{NAT|DR} | {TUN} [type {ipip|gre}]", "", "lb_kind"},
    {"virtual_server/real_server", "lvs_method", "{NAT|DR|TUN}"},
    {"virtual_server", "sorry_server_lvs_method", "{NAT|DR|TUN}", "sorry_server 192.0.2.250 80"},
    {"virtual_server", "sorry_server", "{192.0.2.251} {80}"},
    {"virtual_server", "sorry_server_inhibit", "", "sorry_server 192.0.2.251 80"},
    {"virtual_server", "persistence_engine", "{sip}", "persistence_timeout 60\nprotocol UDP"},
    {"virtual_server", "persistence_granularity", "NETMASK", "persistence_timeout 60", "", true},
    {"virtual_server", "quorum", "{1}"},
    {"virtual_server", "hysteresis", "{0}"},
    {"virtual_server/real_server", "lthreshold", "INT[0..10]", "uthreshold 100"},
    {"virtual_server/real_server", "uthreshold", "INT[11..100]"},
    {"virtual_server", "alpha", "", "real_server 192.0.2.3 80 {\nTCP_CHECK {\n}\n}", "", false, true},
    {"virtual_server/real_server", "alpha", "", "TCP_CHECK {\n}"},
    {"virtual_server/real_server", "real_server", "", "", ""},
    {"", "bind_if", "{eth5}"},
    {"", "url", ""},
    // Which name stands after `name' is another matter in each block.
    {"virtual_server/real_server/FILE_CHECK", "track_file", "{name1|name2}"},
    {"virtual_server/real_server/FILE_CHECK", "weight", "INT[-20..20]"},
    {"virtual_server/real_server/BFD_CHECK", "name", "{name1}"},
    {"virtual_server/real_server/MISC_CHECK", "misc_dynamic", ""},
    {"virtual_server/real_server/UDP_CHECK", "min_reply_length", "INT[0..100]", "require_reply"},
    {"virtual_server/real_server/UDP_CHECK", "max_reply_length", "INT[100..255]", "require_reply"},
    {"virtual_server/real_server/HTTP_GET", "nb_get_retry", "", "", "retry"},
    {"virtual_server/real_server/SSL_GET", "nb_get_retry", "", "", "retry"},
    {"virtual_server/real_server/HTTP_GET/url", "regex_no_match", "", "regex ok"},
    {"virtual_server/real_server/HTTP_GET/url", "regex_options", "<regex_option>", "regex ok"},
    {"virtual_server/real_server/HTTP_GET/url", "regex_min_offset", "INT[0..10]", "regex ok"},
    {"virtual_server/real_server/HTTP_GET/url", "regex_max_offset", "INT[11..100]", "regex ok"},
    {"virtual_server/real_server/HTTP_GET/url", "regex_stack", "{1024} {4096}", "regex ok"},
    {"virtual_server/real_server/SSL_GET/url", "regex_no_match", "", "regex ok"},
    {"virtual_server/real_server/SSL_GET/url", "regex_options", "<regex_option>", "regex ok"},
    {"virtual_server/real_server/SSL_GET/url", "regex_min_offset", "INT[0..10]", "regex ok"},
    {"virtual_server/real_server/SSL_GET/url", "regex_max_offset", "INT[11..100]", "regex ok"},
    {"virtual_server/real_server/SSL_GET/url", "regex_stack", "{1024} {4096}", "regex ok"},
};

struct EntryHabit {
    std::string_view block;
    std::string_view inet;
    std::string_view inet6{};  ///< empty: the same
};
constexpr EntryHabit entry_habits[] = {
    {"virtual_ipaddress", "IPADDR[/PREFIX] [dev {eth5|eth6}] [scope {link|site|global}] [label {eth5:1}] [no_track] [home]",
     "IPADDR[/PREFIX] [dev {eth5|eth6}] [home] [-nodad] [noprefixroute] [preferred_lft {forever|10}]"},
    {"virtual_ipaddress_excluded", "IPADDR[/PREFIX] [dev {eth5|eth6}] [brd {192.0.2.255}]", "IPADDR[/PREFIX] [dev {eth5}] [no_track]"},
    {"static_ipaddress", "IPADDR[/PREFIX] dev {eth5|eth6} [scope {link|site|global}] [track_group {name1}]"},
    {"virtual_routes",
     "IPADDR[/PREFIX] via EXACT_IPADDR dev {eth5} [metric UINT] [table {100}] [mtu [lock] INT[68..1500]] [src EXACT_IPADDR]"
     " | default via EXACT_IPADDR dev {eth5} [hoplimit INT[1..255]] [window UINT]"
     " | blackhole IPADDR[/PREFIX] dev {eth5} [tos {0x10}]"
     " | IPADDR[/PREFIX] dev {eth5} [rtt ROUND_TRIP[1600..960000]] [cwnd UINT] [initcwnd UINT] [features ecn] [quickack {0|1}]",
     "IPADDR[/PREFIX] via EXACT_IPADDR dev {eth5} [metric UINT] [pref {low|high}] | IPADDR[/PREFIX] dev {eth5} [expires UINT]"},
    {"static_routes",
     "IPADDR[/PREFIX] via EXACT_IPADDR dev {eth5} [metric UINT] [track_group {name1}] | IPADDR[/PREFIX] dev {eth5} no_track protocol {static|6}"
     " | IPADDR[/PREFIX] dev {eth6} nexthop via EXACT_IPADDR dev {eth5} weight INT[1..256]"},
    {"virtual_rules",
     "from IPADDR[/PREFIX] table {100} preference INT[1..1000] [fwmark {0x1|0x1/0xff}] [iif {eth5}]"
     " | to IPADDR[/PREFIX] blackhole preference INT[1..1000] [not] | from IPADDR[/PREFIX] goto {5000} preference INT[1..1000]"
     " | from IPADDR[/PREFIX] lookup {main} preference INT[1..1000] [sup_pl INT[0..32]] [dport {100-200}] [uidrange {0-10}]"},
    {"static_rules",
     "from IPADDR[/PREFIX] table {100} preference INT[1..1000] [iif {eth5}] | to IPADDR[/PREFIX] prohibit preference INT[1..1000]"},
    {"unicast_peer", "IPADDR [min_ttl INT[1..100]] [max_ttl INT[100..255]]"},
    {"track_interface", "{eth5|eth6} [weight INT[-20..20]]"},
    {"track_script", "{name1|name2} [weight INT[-20..20]]"},
    {"track_file", "{name1|name2} [weight INT[-20..20]]"},
    {"track_process", "{name1|name2} [weight INT[-20..20]]"},
    {"track_bfd", "{name1|name2} [weight INT[-20..20]]"},
    {"linkbeat_interfaces", "{eth5} [<linkbeat_type>]"},
    {"interface_up_down_delays", "{eth5|eth6} TIMER[0..255] [TIMER[0..255]]"},
    {"virtual_server_group", "IPADDR {80} | {192.0.2.10-20} {81} | {192.0.2.128/30} {82} | fwmark INT[1..1000]"},
    {"notification_email", "EMAIL"},
    {"group", "{name1|name2}"},
    {"interfaces", "{eth7}"},
};

struct First {
    std::string_view context;
    std::string_view text;
};
constexpr First first[] = {
    {"virtual_server", "lvs_sched rr\nlvs_method NAT\nprotocol TCP"},
    {"virtual_server/real_server/MISC_CHECK", "misc_path /bin/true"},
    {"virtual_server/real_server/HTTP_GET", "url {\npath /\n}"},
    {"virtual_server/real_server/SSL_GET", "url {\npath /\n}"},
    {"virtual_server/real_server/HTTP_GET/url", "path /"},
    {"virtual_server/real_server/SSL_GET/url", "path /"},
    {"virtual_server/real_server/FILE_CHECK", "track_file name1"},
    {"virtual_server/real_server/BFD_CHECK", "name name1"},
    {"virtual_server/real_server/SMTP_CHECK/host", "connect_ip 192.0.2.77"},
    {"vrrp_instance/authentication", "auth_type PASS\nauth_pass secret"},
    {"vrrp_instance/auth_hmac", "key 1 0123456789abcdef0123456789abcdef\nactive_key 1"},
    {"garp_group", "garp_interval 1\ninterface eth7"},
    {"bfd_instance", "neighbor_ip 192.0.2.203"},
    {"vrrp_script", "script /bin/true"},
    {"vrrp_track_process", "process name1"},
    {"track_file", "file /etc/hostname"},
    {"vrrp_track_file", "file /etc/hostname"},
    {"vrrp_instance", "interface eth8\nvirtual_router_id 53\nvirtual_ipaddress {\n192.0.2.98/32\n}"},
    {"vrrp_sync_group", "group {\nname1\nname2\n}"},
    {"track_group", "group {\nname1\nname2\n}"},
};

constexpr First heads[] = {
    {"bfd_instance", "name3"},    {"virtual_server_group", "name3"}, {"virtual_server", "192.0.2.101 80"},
    {"track_group", "name3"},     {"vrrp_sync_group", "name3"},      {"vrrp_instance", "name3"},
    {"vrrp_script", "name3"},     {"vrrp_track_process", "name3"},   {"track_file", "name3"},
    {"vrrp_track_file", "name4"}, {"real_server", "192.0.2.102 80"},
};
// clang-format on

constexpr std::string_view whole = R"(
global_defs {
    router_id name1
    script_user root
    enable_script_security
}
bfd_instance name1 {
    neighbor_ip 192.0.2.201
}
bfd_instance name2 {
    neighbor_ip 192.0.2.202
}
track_file name1 {
    file /etc/hostname
}
track_file name2 {
    file /etc/hostname
}
vrrp_script name1 {
    script /bin/true
}
vrrp_script name2 {
    script /bin/true
}
vrrp_track_process name1 {
    process name1
}
vrrp_track_process name2 {
    process name2
}
vrrp_instance name1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.1/24
    }
    track_script {
        name1
        name2
    }
}
vrrp_instance name2 {
    interface eth1
    virtual_router_id 52
    virtual_ipaddress {
        192.0.2.2/24
    }
}
track_group name1 {
    group {
        name1
        name2
    }
}
vrrp_sync_group name1 {
    group {
        name1
        name2
    }
    sync_group_tracking_weight
}
virtual_server 192.0.2.100 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.0.2.3 80 {
    }
}
)";

}  // namespace

const Habit& habit_of(const keywords::Keyword& keyword) {
    static constexpr Habit none{};
    const auto exact = std::ranges::find_if(
        habits, [&](const Habit& habit) { return habit.context == keyword.context && habit.name == keyword.name; });
    if (exact != std::end(habits)) return *exact;
    const auto anywhere = std::ranges::find_if(
        habits, [&](const Habit& habit) { return habit.context.empty() && habit.name == keyword.name; });
    return anywhere == std::end(habits) ? none : *anywhere;
}

std::string_view entry_habit(std::string_view block, bool inet6) {
    const auto* found = std::ranges::find(entry_habits, block, &EntryHabit::block);
    if (found == std::end(entry_habits)) return {};
    return inet6 && !found->inet6.empty() ? found->inet6 : found->inet;
}

std::string_view first_lines(std::string_view context) {
    const auto* found = std::ranges::find(first, context, &First::context);
    return found == std::end(first) ? std::string_view() : found->text;
}

std::string_view first_arguments(std::string_view block) {
    const auto* found = std::ranges::find(heads, block, &First::context);
    return found == std::end(heads) ? std::string_view() : found->text;
}

std::string_view whole_configuration() {
    return whole;
}

}  // namespace lbctl::test
