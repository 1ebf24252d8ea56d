#include "grammar/keywords/tables/tables.h"

// Options of a line of virtual_ipaddress and static_ipaddress.
namespace lbctl::keywords::tables {
namespace {

constexpr ValueWord rows[] = {
    {"virtual_ipaddress-option", "dev", {1, 0, 1}, {}, "IFNAME", "IFNAME"},
    {"virtual_ipaddress-option", "scope", {1, 0, 3}, {}, "<scope> | NUMBER[0..255]", "SCOPE, IPv4 only"},
    {"virtual_ipaddress-option",
     "broadcast",
     {1, 1, 3},
     {},
     "<brd-value> | EXACT_IPADDR4",
     "{IPADDR|-|+}, IPv4 only, not with peer"},
    {"virtual_ipaddress-option", "brd", {1, 1, 3}, {}, "<brd-value> | EXACT_IPADDR4", "same as broadcast"},
    {"virtual_ipaddress-option", "label", {1, 1, 14}, {}, "LABEL", "STRING up to 15 characters, IPv4 only"},
    {"virtual_ipaddress-option", "peer", {2, 0, 0}, {}, "EXACT_IPADDR", "IPADDR[/PREFIX]"},
    {"virtual_ipaddress-option", "home", {1, 3, 6}, {}, "", "flag"},
    {"virtual_ipaddress-option", "-nodad", {1, 3, 6}, {}, "", "flag, written with the leading dash"},
    {"virtual_ipaddress-option", "mngtmpaddr", {1, 3, 6}, {}, "", "flag"},
    {"virtual_ipaddress-option", "noprefixroute", {1, 3, 6}, {}, "", "flag"},
    {"virtual_ipaddress-option", "autojoin", {1, 3, 6}, {}, "", "flag"},
    {"virtual_ipaddress-option", "no_track", {2, 0, 3}, {}, "", "flag"},
    {"virtual_ipaddress-option", "no-track", {2, 0, 0}, {2, 0, 3}, "", "first spelling of no_track"},
    {"virtual_ipaddress-option",
     "preferred_lft",
     {2, 0, 20},
     {},
     "<preferred_lft-value> | UINT",
     "INT[0..4294967295] or forever"},
    {"virtual_ipaddress-option", "use_vmac", {2, 2, 0}, {}, "", "flag, not for static addresses"},
    {"static_ipaddress-option", "dev", {1, 0, 1}, {}, "IFNAME", "IFNAME"},
    {"static_ipaddress-option", "scope", {1, 0, 3}, {}, "<scope> | NUMBER[0..255]", "SCOPE, IPv4 only"},
    {"static_ipaddress-option",
     "broadcast",
     {1, 1, 3},
     {},
     "<brd-value> | EXACT_IPADDR4",
     "{IPADDR|-|+}, IPv4 only, not with peer"},
    {"static_ipaddress-option", "brd", {1, 1, 3}, {}, "<brd-value> | EXACT_IPADDR4", "same as broadcast"},
    {"static_ipaddress-option", "label", {1, 1, 14}, {}, "LABEL", "STRING up to 15 characters, IPv4 only"},
    {"static_ipaddress-option", "peer", {2, 0, 0}, {}, "EXACT_IPADDR", "IPADDR[/PREFIX]"},
    {"static_ipaddress-option", "home", {1, 3, 6}, {}, "", "flag"},
    {"static_ipaddress-option", "-nodad", {1, 3, 6}, {}, "", "flag, written with the leading dash"},
    {"static_ipaddress-option", "mngtmpaddr", {1, 3, 6}, {}, "", "flag"},
    {"static_ipaddress-option", "noprefixroute", {1, 3, 6}, {}, "", "flag"},
    {"static_ipaddress-option", "autojoin", {1, 3, 6}, {}, "", "flag"},
    {"static_ipaddress-option", "no_track", {2, 0, 3}, {}, "", "flag; accepted although the man page leaves it out"},
    {"static_ipaddress-option", "no-track", {2, 0, 0}, {2, 0, 3}, "", "first spelling of no_track"},
    {"static_ipaddress-option",
     "preferred_lft",
     {2, 0, 20},
     {},
     "<preferred_lft-value> | UINT",
     "INT[0..4294967295] or forever"},
    {"static_ipaddress-option", "track_group", {2, 0, 3}, {}, "TRACK_GROUP", "NAME, static addresses only"},
    {"brd-value", "-", {1, 3, 7}, {}, "", "clear host bits"},
    {"brd-value", "+", {1, 3, 7}, {}, "", "set host bits"},
    {"preferred_lft-value", "forever", {2, 0, 20}, {}, "", ""},
    {"scope", "global", {1, 0, 3}, {}, "", "built in; since v1.2.24 more names from rt_scopes and a number 0..255"},
    {"scope", "nowhere", {1, 0, 3}, {}, "", "built in; since v1.2.24 more names from rt_scopes and a number 0..255"},
    {"scope", "host", {1, 0, 3}, {}, "", "built in; since v1.2.24 more names from rt_scopes and a number 0..255"},
    {"scope", "link", {1, 0, 3}, {}, "", "built in; since v1.2.24 more names from rt_scopes and a number 0..255"},
    {"scope", "site", {1, 0, 3}, {}, "", "built in; since v1.2.24 more names from rt_scopes and a number 0..255"},
};

}  // namespace

std::span<const ValueWord> address_words() {
    return rows;
}

}  // namespace lbctl::keywords::tables
