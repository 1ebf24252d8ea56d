#include "grammar/keywords/tables/tables.h"

// Words of a line of virtual_rules and static_rules.
namespace lbctl::keywords::tables {
namespace {

constexpr ValueWord rows[] = {
    {"rule-option", "from", {1, 2, 20}, {}, "<route-destination> | IPADDR[/PREFIX]", "source prefix"},
    {"rule-option", "to", {1, 2, 20}, {}, "<route-destination> | IPADDR[/PREFIX]", "destination prefix"},
    {"rule-option", "table", {1, 2, 20}, {}, "TABLE", "routing table to look in"},
    {"rule-option", "lookup", {1, 2, 24}, {}, "TABLE", "same as table"},
    {"rule-option", "not", {1, 2, 24}, {}, "", "inverts the rule"},
    {"rule-option", "preference", {1, 2, 24}, {}, "NUMBER[0..4294967295]", "place of the rule; should be there"},
    {"rule-option", "order", {1, 2, 24}, {}, "NUMBER[0..4294967295]", "same as preference"},
    {"rule-option", "priority", {1, 2, 24}, {}, "NUMBER[0..4294967295]", "same as preference"},
    {"rule-option", "tos", {1, 2, 24}, {}, "DSFIELD", "type of service"},
    {"rule-option", "dsfield", {1, 2, 24}, {}, "DSFIELD", "same as tos"},
    {"rule-option", "fwmark", {1, 2, 24}, {}, "MARK", "firewall mark, with mask"},
    {"rule-option", "realms", {1, 2, 24}, {}, "REALMS", "realms, IPv4 only"},
    {"rule-option",
     "suppress_prefixlength",
     {1, 2, 24},
     {},
     "INT[0..2147483647]",
     "skips routes of that prefix length or less"},
    {"rule-option", "sup_pl", {1, 2, 24}, {}, "INT[0..2147483647]", "same as suppress_prefixlength"},
    {"rule-option", "suppress_ifgroup", {1, 2, 24}, {}, "IFGROUP", "skips routes through that interface group"},
    {"rule-option", "sup_group", {1, 2, 24}, {}, "IFGROUP", "same as suppress_ifgroup"},
    {"rule-option", "dev", {1, 2, 24}, {}, "IFNAME", "interface of arrival"},
    {"rule-option", "iif", {1, 2, 24}, {}, "IFNAME", "interface of arrival"},
    {"rule-option", "oif", {1, 2, 24}, {}, "IFNAME", "interface of departure"},
    {"rule-option", "tunnel-id", {1, 2, 24}, {}, "UINT64", "number of the tunnel"},
    {"rule-option", "uidrange", {1, 3, 5}, {}, "RANGE[0..4294967295]", "users"},
    {"rule-option", "l3mdev", {1, 4, 3}, {}, "", "table of the VRF"},
    {"rule-option", "protocol", {2, 0, 1}, {}, "INT[0..255]", "who made the rule; needs no_track"},
    {"rule-option", "ipproto", {2, 0, 1}, {}, "PROTOCOL", "transport protocol"},
    {"rule-option", "sport", {2, 0, 1}, {}, "RANGE[0..65535]", "source ports, always as a range"},
    {"rule-option", "dport", {2, 0, 1}, {}, "RANGE[0..65535]", "destination ports, always as a range"},
    {"rule-option", "no_track", {2, 0, 3}, {}, "", "does not follow the interface"},
    {"rule-option", "no-track", {2, 0, 1}, {2, 0, 3}, "", "first spelling of no_track", "no_track"},
    {"rule-option", "type", {1, 2, 24}, {}, "<rule-action>", "may stand before the action"},
    {"rule-option", "goto", {1, 2, 24}, {}, "UINT", "jumps to a later rule"},
    {"rule-option", "nop", {1, 2, 24}, {}, "", "does nothing"},
    {"rule-option", "inet", {2, 0, 1}, {}, "DROPPED", "family word; keepalived drops the word behind it"},
    {"rule-option", "inet6", {2, 0, 1}, {}, "DROPPED", "family word; keepalived drops the word behind it"},
    {"static_rule-option", "track_group", {2, 0, 3}, {}, "TRACK_GROUP", "instances that the rule follows; needs dev"},
    {"rule-action", "table", {1, 2, 20}, {}, "TABLE", "looks in a routing table"},
    {"rule-action", "lookup", {1, 2, 24}, {}, "TABLE", "looks in a routing table"},
    {"rule-action", "goto", {1, 2, 24}, {}, "UINT", "jumps to a later rule"},
    {"rule-action", "nop", {1, 2, 24}, {}, "", "does nothing"},
    {"rule-action", "l3mdev", {1, 4, 3}, {}, "", "looks in the table of the VRF"},
    {"rule-action", "blackhole", {1, 2, 24}, {}, "", "drops packets"},
    {"rule-action", "unreachable", {1, 2, 24}, {}, "", "answers that the network is unreachable"},
    {"rule-action", "prohibit", {1, 2, 24}, {}, "", "answers that it is prohibited"},
};

}  // namespace

std::span<const ValueWord> rule_words() {
    return rows;
}

}  // namespace lbctl::keywords::tables
