#include "grammar/keywords/tables/tables.h"

// The top level, and the block SSL.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view top = "/";
constexpr std::string_view ssl = "SSL";

// clang-format off
constexpr Keyword rows[] = {
    {top, "linkbeat_use_polling", flag, "", "off", {1, 1, 18}, {}, "",
     "Polls the state of interfaces instead of waiting for netlink messages", {}, true},
    {top, "net_namespace", value, "NETNS", "", {1, 2, 24}, {}, "",
     "Runs in this network namespace; implies use_pid_dir and does not change on reload"},
    {top, "net_namespace_ipvs", flag, "[NETNS]", "same as net_namespace", {2, 1, 0}, {}, "",
     "Keeps the IPVS table in another network namespace; without a name in that of the system"},
    {top, "namespace_with_ipsets", flag, "", "off", {1, 3, 0}, {}, "",
     "Uses ipsets in a network namespace although the kernel is older than 3.13"},
    {top, "use_pid_dir", flag, "", "off", {1, 2, 24}, {}, "",
     "Puts the pid files into the directory of keepalived below /run"},
    {top, "instance", value, "NAME", "", {1, 2, 24}, {}, "",
     "Names this keepalived, for its pid files and for ${_INSTANCE}; implies use_pid_dir"},
    {top, "child_wait_time", value, "UINT", "5", {2, 0, 0}, {}, "",
     "Seconds that the parent waits for its processes to end"},
    {top, "global_defs", block, "", "", {0, 5, 3}, {}, "",
     "Settings of the whole daemon, and what instances and servers take when they have none of their own"},
    {top, "bfd_instance", block, "NAME[..31]", "", {2, 0, 0}, {}, "",
     "A BFD session with one neighbour; stands before those that track it"},
    {top, "SSL", block, "", "", {0, 5, 3}, {}, "",
     "Certificate and keys with which SSL_GET presents itself; the last block counts"},
    {top, "virtual_server_group", line_block, "NAME END", "", {1, 0, 2}, {}, "",
     "Addresses and firewall marks that one virtual_server serves together"},
    {top, "virtual_server", block, "IPADDR [PORT[0..65535]] | fwmark INT[0..4294967295] | group NAME",
     "", {0, 5, 3}, {}, "",
     "A service of the IPVS table: an address with port, a firewall mark, or a group of them"},
    {top, "track_group", block, "NAME END", "", {2, 0, 3}, {}, "",
     "Instances that static addresses, routes and rules follow; stands before those that name it"},
    {top, "static_ipaddress", line_block, "END", "", {1, 1, 0}, {}, "",
     "Addresses that are there as long as keepalived runs"},
    {top, "static_routes", line_block, "END", "", {1, 0, 1}, {}, "",
     "Routes that are there as long as keepalived runs"},
    {top, "static_rules", line_block, "END", "", {1, 2, 20}, {}, "",
     "Routing rules that are there as long as keepalived runs"},
    {top, "vrrp_sync_group", block, "NAME END", "", {0, 6, 1}, {}, "",
     "Instances that change state together"},
    {top, "garp_group", block, "", "", {1, 2, 21}, {}, "",
     "Pauses between gratuitous ARP and ND messages on some interfaces"},
    {top, "linkbeat_interfaces", line_block, "END", "", {2, 0, 13}, {}, "",
     "Interfaces whose link is polled, each with the way to do it", {}, true},
    {top, "vrrp_instance", block, "NAME END", "", {0, 5, 3}, {}, "",
     "A virtual router: addresses that one of several machines has at a time"},
    {top, "vrrp_script", block, "NAME", "", {1, 1, 13}, {}, "",
     "A command that runs again and again and whose result instances follow; stands before its users"},
    {top, "vrrp_track_process", block, "NAME", "", {2, 0, 11}, {}, "",
     "Processes whose presence instances follow; stands before its users"},
    {top, "interface_up_down_delays", line_block, "END", "", {2, 2, 3}, {}, "",
     "How long an interface must be down, or up, until that counts: IFNAME DOWN [UP]"},
    {top, "track_file", block, "NAME", "", {2, 1, 0}, {}, "",
     "A file with a number in it that instances and real servers follow; stands before its users"},
    {top, "vrrp_track_file", block, "NAME", "", {2, 0, 0}, {}, "track_file",
     "The name of track_file before 2.1.0", {2, 1, 0}},
    {ssl, "password", value, "PASSWORD", "", {0, 5, 3}, {}, "",
     "Password of the private key"},
    {ssl, "ca", value, "FILE", "", {0, 5, 3}, {}, "",
     "File with the certificates of the authorities"},
    {ssl, "certificate", value, "FILE", "", {0, 5, 3}, {}, "",
     "File with the certificate"},
    {ssl, "key", value, "FILE", "", {0, 5, 3}, {}, "",
     "File with the private key"},
};
// clang-format on

}  // namespace

std::span<const Keyword> top_level() {
    return rows;
}

}  // namespace lbctl::keywords::tables
