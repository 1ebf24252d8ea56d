#include "grammar/keywords/tables/tables.h"

// What stands in line blocks and lists.
namespace lbctl::keywords::tables {
namespace {

// clang-format off
constexpr EntryRow rows[] = {
    {"virtual_ipaddress",          "", "IPADDR[/PREFIX] [<virtual_ipaddress-option> ...] END"},
    {"virtual_ipaddress_excluded", "", "IPADDR[/PREFIX] [<virtual_ipaddress-option> ...] END"},
    {"static_ipaddress",           "", "IPADDR[/PREFIX] [<static_ipaddress-option> ...] END"},
    {"virtual_routes",             "",
     "(<route-option> | <route-type> (<route-destination> | IPADDR[/PREFIX]) | <route-destination> | IPADDR[/PREFIX]) ... END"},
    {"static_routes",              "",
     "(<route-option> | <static_route-option> | <route-type> (<route-destination> | IPADDR[/PREFIX])"
     " | <route-destination> | IPADDR[/PREFIX]) ... END"},
    {"virtual_rules",              "", "(<rule-option> | {blackhole|unreachable|prohibit}) ... END"},
    {"static_rules",               "", "(<rule-option> | <static_rule-option> | {blackhole|unreachable|prohibit}) ... END"},
    {"unicast_peer",               "", "IPADDR [<unicast_peer-option> ...] END"},
    {"track_interface",            "", "IFNAME [<track_interface-option>]"},
    {"track_script",               "", "VRRP_SCRIPT [<track_script-option>]"},
    {"track_file",                 "", "TRACK_FILE [<track_file-option>]"},
    {"track_process",              "", "TRACK_PROCESS [<track_process-option>]"},
    {"track_bfd",                  "", "BFD_INSTANCE [<track_bfd-option>]"},
    {"linkbeat_interfaces",        "", "IFNAME [<linkbeat_type>] END"},
    {"interface_up_down_delays",   "", "IFNAME TIMER[0..255] [TIMER[0..255]]"},
    {"virtual_server_group",       "", "<virtual_server_group-entry> | ADDRESS_RANGE [PORT[0..65535]]"},
    {"notification_email",         "", "EMAIL"},
    {"group",                      "", "VRRP_INSTANCE"},
    {"interfaces",                 "", "IFNAME"},
};
// clang-format on

}  // namespace

std::span<const EntryRow> entries() {
    return rows;
}

}  // namespace lbctl::keywords::tables
