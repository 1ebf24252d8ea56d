#include "grammar/keywords/tables/tables.h"

// Options of a line of virtual_ipaddress and static_ipaddress.
namespace lbctl::keywords::tables {
namespace {

constexpr ValueWord rows[] = {
    {"virtual_ipaddress-option", "dev", {1, 0, 1}, {}, "IFNAME", "interface of the address"},
    {"virtual_ipaddress-option", "scope", {1, 0, 3}, {}, "<scope> | NUMBER[0..255]", "scope of the address, IPv4 only"},
    {"virtual_ipaddress-option",
     "broadcast",
     {1, 1, 3},
     {},
     "<brd-value> | EXACT_IPADDR4",
     "broadcast address, IPv4 only; + and - make it from the prefix"},
    {"virtual_ipaddress-option",
     "brd",
     {1, 1, 3},
     {},
     "<brd-value> | EXACT_IPADDR4",
     "broadcast address, IPv4 only; + and - make it from the prefix"},
    {"virtual_ipaddress-option", "label", {1, 1, 14}, {}, "LABEL", "label of the address, IPv4 only"},
    {"virtual_ipaddress-option", "peer", {2, 0, 0}, {}, "EXACT_IPADDR", "address of the other end"},
    {"virtual_ipaddress-option", "home", {1, 3, 6}, {}, "", "mobile IPv6 home address"},
    {"virtual_ipaddress-option", "-nodad", {1, 3, 6}, {}, "", "no duplicate address detection"},
    {"virtual_ipaddress-option", "mngtmpaddr", {1, 3, 6}, {}, "", "template for temporary addresses"},
    {"virtual_ipaddress-option", "noprefixroute", {1, 3, 6}, {}, "", "no route for the prefix"},
    {"virtual_ipaddress-option", "autojoin", {1, 3, 6}, {}, "", "joins a multicast group"},
    {"virtual_ipaddress-option", "no_track", {2, 0, 3}, {}, "", "does not follow the interface"},
    {"virtual_ipaddress-option", "no-track", {2, 0, 0}, {2, 0, 3}, "", "first spelling of no_track", "no_track"},
    {"virtual_ipaddress-option",
     "preferred_lft",
     {2, 0, 20},
     {},
     "<preferred_lft-value> | UINT",
     "seconds for which the address is preferred"},
    {"virtual_ipaddress-option", "use_vmac", {2, 2, 0}, {}, "", "has it on an interface with virtual MAC address"},
    {"static_ipaddress-option", "dev", {1, 0, 1}, {}, "IFNAME", "interface of the address"},
    {"static_ipaddress-option", "scope", {1, 0, 3}, {}, "<scope> | NUMBER[0..255]", "scope of the address, IPv4 only"},
    {"static_ipaddress-option",
     "broadcast",
     {1, 1, 3},
     {},
     "<brd-value> | EXACT_IPADDR4",
     "broadcast address, IPv4 only; + and - make it from the prefix"},
    {"static_ipaddress-option",
     "brd",
     {1, 1, 3},
     {},
     "<brd-value> | EXACT_IPADDR4",
     "broadcast address, IPv4 only; + and - make it from the prefix"},
    {"static_ipaddress-option", "label", {1, 1, 14}, {}, "LABEL", "label of the address, IPv4 only"},
    {"static_ipaddress-option", "peer", {2, 0, 0}, {}, "EXACT_IPADDR", "address of the other end"},
    {"static_ipaddress-option", "home", {1, 3, 6}, {}, "", "mobile IPv6 home address"},
    {"static_ipaddress-option", "-nodad", {1, 3, 6}, {}, "", "no duplicate address detection"},
    {"static_ipaddress-option", "mngtmpaddr", {1, 3, 6}, {}, "", "template for temporary addresses"},
    {"static_ipaddress-option", "noprefixroute", {1, 3, 6}, {}, "", "no route for the prefix"},
    {"static_ipaddress-option", "autojoin", {1, 3, 6}, {}, "", "joins a multicast group"},
    {"static_ipaddress-option", "no_track", {2, 0, 3}, {}, "", "does not follow the interface"},
    {"static_ipaddress-option", "no-track", {2, 0, 0}, {2, 0, 3}, "", "first spelling of no_track", "no_track"},
    {"static_ipaddress-option",
     "preferred_lft",
     {2, 0, 20},
     {},
     "<preferred_lft-value> | UINT",
     "seconds for which the address is preferred"},
    {"static_ipaddress-option", "track_group", {2, 0, 3}, {}, "TRACK_GROUP", "instances that the address follows"},
    {"brd-value", "-", {1, 3, 7}, {}, "", "clears the host bits"},
    {"brd-value", "+", {1, 3, 7}, {}, "", "sets the host bits"},
    {"preferred_lft-value", "forever", {2, 0, 20}, {}, "", "without end"},
    {"scope", "global", {1, 0, 3}, {}, "", "a number 0-255 works as well"},
    {"scope", "nowhere", {1, 0, 3}, {}, "", "a number 0-255 works as well"},
    {"scope", "host", {1, 0, 3}, {}, "", "a number 0-255 works as well"},
    {"scope", "link", {1, 0, 3}, {}, "", "a number 0-255 works as well"},
    {"scope", "site", {1, 0, 3}, {}, "", "a number 0-255 works as well"},
};

}  // namespace

std::span<const ValueWord> address_words() {
    return rows;
}

}  // namespace lbctl::keywords::tables
