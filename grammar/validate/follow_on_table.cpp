#include "grammar/validate/follow_on_table.h"

#include <algorithm>

namespace lbctl::validate {

namespace {

using enum Cause;

// clang-format off
constexpr Consequence rows[] = {
    // A block lacks a keyword.
    {"bfd-neighbor-missing", keyword, "neighbor_ip neighbour_ip"},
    {"ipsets-without-iptables", keyword, "vrrp_iptables"},
    {"misc-path-missing", keyword, "misc_path"},
    {"url-missing", keyword, "url"},
    {"url-path-missing", keyword, "path"},
    {"regex-settings-without-regex", keyword, "regex"},
    {"bind-if-missing", keyword, "bind_if"},
    {"track-file-missing", keyword, "track_file"},
    {"bfd-name-missing", keyword, "name"},
    {"alpha-without-checkers", keyword,
     "HTTP_GET SSL_GET TCP_CHECK UDP_CHECK SMTP_CHECK DNS_CHECK MISC_CHECK PING_CHECK BFD_CHECK FILE_CHECK"},
    {"server-without-checker", keyword,
     "HTTP_GET SSL_GET TCP_CHECK UDP_CHECK SMTP_CHECK DNS_CHECK MISC_CHECK PING_CHECK BFD_CHECK FILE_CHECK"},
    {"service-without-real-servers", keyword, "real_server"},
    {"protocol-missing", keyword, "protocol"},
    {"scheduler-missing", keyword, "lvs_sched lb_algo"},
    {"forwarding-missing", keyword | keyword_in_notes, "lvs_method lb_kind"},
    {"sorry-server-missing", keyword, "sorry_server"},
    {"zero-port-without-persistence", keyword | entry_in_notes, "persistence_timeout"},
    {"garp-group-without-delay", keyword, "garp_interval gna_interval"},
    {"script-missing", keyword, "script"},
    {"file-missing", keyword, "file"},
    {"process-missing", keyword, "process"},
    {"router-id-missing", keyword, "virtual_router_id"},
    {"interface-missing", keyword, "interface unicast_src_ip"},
    {"virtual-address-missing", keyword, "virtual_ipaddress"},
    {"address-without-interface", keyword | entry, "interface"},
    {"auth-pass-missing", keyword, "auth_pass"},
    {"auth-type-missing", keyword, "auth_type"},
    {"hmac-key-missing", keyword, "key active_key"},
    {"unicast-without-peers", keyword, "unicast_peer"},
    {"unicast-ttl-without-peers", keyword, "unicast_peer"},
    {"vmac-without-interface", keyword, "interface"},
    {"xmit-base-without-vmac", keyword, "use_vmac use_ipvlan"},
    {"ipvlan-address-missing", keyword, "use_ipvlan unicast_src_ip mcast_src_ip"},
    // A list lacks an entry.
    {"mail-list-empty", entry},
    {"list-empty", entry},
    {"group-empty", entry},
    {"port-differs-from-group", entry_in_notes},
    {"service-address-not-virtual", entry_in_notes},
    {"track-group-empty", keyword | entry, "group"},
    {"sync-group-empty", keyword | entry, "group"},
    {"sync-group-single", keyword | entry, "group"},
    // Nothing has that name, or nobody names it.
    {"track-script-not-found", name, "", "vrrp_script"},
    {"track-process-not-found", name, "", "vrrp_track_process"},
    {"track-file-not-found", name, "", "track_file vrrp_track_file"},
    {"bfd-not-found", name, "", "bfd_instance"},
    {"track-group-not-found", name, "", "track_group"},
    {"sync-group-member-missing", name, "", "vrrp_instance"},
    {"track-group-member-missing", name, "", "vrrp_instance"},
    {"sync-daemon-instance-missing", name, "", "vrrp_instance"},
    {"service-group-missing", name, "", "virtual_server_group"},
    {"script-unused", use, "", "vrrp_instance vrrp_sync_group"},
    {"group-unused", use, "", "virtual_server"},
    // Both sides of a merge have it.
    {"option-repeated", merge},
    {"bfd-instance-repeated", merge},
    {"bfd-neighbor-repeated", merge},
    {"bfd-repeated", merge},
    {"ssl-repeated", merge},
    {"group-repeated", merge},
    {"real-server-repeated", merge},
    {"service-repeated", merge},
    {"track-group-repeated", merge},
    {"garp-group-interface-repeated", merge},
    {"sync-group-repeated", merge},
    {"tracked-object-repeated", merge},
    {"track-repeated", merge},
    {"address-repeated", merge},
    {"hmac-key-repeated", merge},
    {"instance-repeated", merge},
    {"lvs-sync-repeated", merge},
    {"peer-repeated", merge},
    {"vmac-name-repeated", merge},
    {"vmac-word-repeated", merge},
    {"value-repeated", merge},
};

constexpr Unsure unsure_rows[] = {
    {.rule = "missing-open-brace", .block = true},
    {.rule = "missing-close-brace", .block = true, .names = true},
    {.rule = "extra-close-brace", .block = true},
    {.rule = "unexpected-open-brace", .block = true},
    {.rule = "merge-conflict", .block = true, .merge = true},
    {.rule = "include-missing", .block = true, .names = true},
    {.rule = "include-cycle", .block = true, .names = true},
    {.rule = "include-too-much", .block = true, .names = true},
    {.rule = "unknown-keyword", .word = true},
    {.rule = "misplaced-keyword", .word = true},
    {.rule = "missing-argument", .name = true},
    {.rule = "template", .everything = true},
};
// clang-format on

}  // namespace

std::span<const Consequence> consequences() {
    return rows;
}

const Consequence* find_consequence(std::string_view rule) {
    const auto* const found = std::ranges::find(rows, rule, &Consequence::rule);
    return found == std::end(rows) ? nullptr : found;
}

Unsure unsure_by(std::string_view rule) {
    const auto* const found = std::ranges::find(unsure_rows, rule, &Unsure::rule);
    return found == std::end(unsure_rows) ? Unsure{.rule = rule} : *found;
}

}  // namespace lbctl::validate
