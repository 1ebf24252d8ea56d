#include "grammar/keywords/tables/tables.h"

// Keywords that are not simply replaced, without a word, by a second line.
namespace lbctl::keywords::tables {
namespace {

using enum Counting;

/// Before every release that there is a target for.
constexpr Version always{1, 0, 0};
constexpr Version since_2_2_8{2, 2, 8};

// clang-format off
constexpr RepeatedLine rows[] = {
    {"/", "net_namespace",           first_counts, always,      ""},
    {"/", "net_namespace_ipvs",      first_counts, always,      ""},
    {"/", "instance",                first_counts, always,      ""},
    {"", "startup_script",           first_counts, always,      ""},
    {"", "shutdown_script",          first_counts, always,      ""},
    {"", "notify_fifo",              first_counts, always,      ""},
    {"", "notify_fifo_script",       first_counts, always,      ""},
    {"", "vrrp_notify_fifo",         first_counts, always,      ""},
    {"", "vrrp_notify_fifo_script",  first_counts, always,      ""},
    {"", "lvs_notify_fifo",          first_counts, always,      ""},
    {"", "lvs_notify_fifo_script",   first_counts, always,      ""},
    {"", "vrrp_iptables",            first_counts, always,      ""},
    {"", "nftables",                 first_counts, always,      ""},
    {"", "nftables_ipvs",            first_counts, always,      ""},
    {"", "snmp_socket",              first_counts, always,      ""},
    {"", "vmac_prefix",              first_counts, always,      ""},
    {"", "vmac_addr_prefix",         first_counts, always,      ""},
    {"", "lvs_sync_daemon",          first_counts, always,      ""},
    {"", "tmp_config_directory",     first_counts, always,      ""},
    {"", "lvs_timeouts",             adds_up,      {},          ""},
    {"", "include_check",            adds_up,      {},          ""},

    {"SSL", "password",              last_counts,  always,      ""},
    {"SSL", "ca",                    last_counts,  always,      ""},
    {"SSL", "certificate",           last_counts,  always,      ""},
    {"SSL", "key",                   last_counts,  always,      ""},

    {"", "virtualhost",              last_counts,  since_2_2_8, ""},
    {"", "snmp_name",                last_counts,  since_2_2_8, ""},
    {"", "quorum_up",                first_counts, always,      ""},
    {"", "quorum_down",              first_counts, always,      ""},
    {"", "notify_up",                first_counts, always,      ""},
    {"", "notify_down",              first_counts, always,      ""},
    {"", "path",                     last_counts,  since_2_2_8, ""},
    {"", "digest",                   first_counts, always,      ""},
    {"", "regex",                    last_counts,  since_2_2_8, ""},
    {"", "regex_options",            adds_up,      {},          ""},
    {"", "status_code",              adds_up,      {},          ""},
    {"", "helo_name",                last_counts,  since_2_2_8, ""},
    {"virtual_server/real_server/DNS_CHECK", "name", first_counts, always,      ""},
    {"virtual_server/real_server/BFD_CHECK", "name", by_its_words, always,      ""},

    {"", "notify",                     first_counts, always,      ""},
    {"", "notify_backup",              first_counts, always,      ""},
    {"", "notify_master",              first_counts, always,      ""},
    {"", "notify_fault",               first_counts, always,      ""},
    {"", "notify_stop",                first_counts, always,      ""},
    {"", "notify_deleted",             first_counts, always,      ""},
    {"", "notify_master_rx_lower_pri", first_counts, always,      ""},

    // state-after-master, version-conflict, vrf-with-interface, vmac-word-repeated, lvs-sync-repeated.
    {"vrrp_instance", "state",       by_its_words, {},          ""},
    {"vrrp_instance", "version",     by_its_words, {},          ""},
    {"vrrp_instance", "vrf",         by_its_words, always,      ""},
    {"vrrp_instance", "use_vmac",    by_its_words, always,      ""},
    {"vrrp_instance", "use_ipvlan",  by_its_words, always,      ""},
    {"vrrp_instance", "lvs_sync_daemon_interface", by_its_words, always,      ""},
    {"vrrp_instance/auth_hmac", "key", adds_up,      {},          ""},
    {"garp_group", "interface",      adds_up,      {},          ""},

    {"track_file", "file",           first_counts, always,      ""},
    {"track_file", "weight",         first_counts, always,      "1"},
    {"vrrp_track_file", "file",      first_counts, always,      ""},
    {"vrrp_track_file", "weight",    first_counts, always,      "1"},
    {"vrrp_track_process", "process", first_counts, always,      ""},
    {"vrrp_track_process", "weight", first_counts, always,      "0"},
};
// clang-format on

}  // namespace

std::span<const RepeatedLine> repetitions() {
    return rows;
}

}  // namespace lbctl::keywords::tables
