#include "grammar/keywords/tables/tables.h"

// What instances track: scripts, processes, files, BFD sessions.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view bfd_instance = "bfd_instance";
constexpr std::string_view vrrp_script = "vrrp_script";
constexpr std::string_view vrrp_track_process = "vrrp_track_process";
constexpr std::string_view track_file = "track_file";
constexpr std::string_view vrrp_track_file = "vrrp_track_file";

// clang-format off
constexpr Keyword rows[] = {
    {bfd_instance, "source_ip", value, "OWN_IPADDR", "", {2, 0, 0}, {}, "",
     "Own address of the session"},
    {bfd_instance, "neighbor_ip", value, "IPADDR", "", {2, 0, 0}, {}, "",
     "Address of the neighbour"},
    {bfd_instance, "neighbour_ip", value, "IPADDR", "", {2, 0, 0}, {}, "",
     "Address of the neighbour; the same as neighbor_ip"},
    {bfd_instance, "min_rx", value, "DEC3[1..4294967]", "10", {2, 0, 0}, {}, "",
     "Milliseconds between packets that this side can take"},
    {bfd_instance, "min_tx", value, "DEC3[1..4294967]", "10", {2, 0, 0}, {}, "",
     "Milliseconds between packets that this side wants to send"},
    {bfd_instance, "idle_tx", value, "DEC3[1000..4294967]", "1000", {2, 0, 0}, {}, "",
     "Milliseconds between packets as long as the session is down"},
    {bfd_instance, "multiplier", value, "INT[1..255]", "5", {2, 0, 0}, {}, "",
     "How many missed packets end the session"},
    {bfd_instance, "passive", flag, "", "off", {2, 0, 0}, {}, "",
     "Waits for the neighbour to begin"},
    {bfd_instance, "ttl", value, "INT[1..255]", "255 for IPv4, 64 for IPv6", {2, 0, 0}, {}, "",
     "Time to live of packets sent"},
    {bfd_instance, "hoplimit", value, "INT[1..255]", "255 for IPv4, 64 for IPv6", {2, 0, 0}, {}, "",
     "Hop limit of packets sent; the same as ttl"},
    {bfd_instance, "max_hops", value, "INT[-1..255]", "0", {2, 0, 0}, {}, "",
     "How many routers a packet may have crossed; -1 for any number"},
    {bfd_instance, "multihop", flag, "[BOOL]", "false", {2, 2, 8}, {}, "",
     "Uses the ports of sessions across routers"},
    {bfd_instance, "weight", value, "INT[-253..253] [reverse]", "0", {2, 0, 0}, {}, "",
     "Priority that tracking instances lose when the session is down, or gain when it is up"},
    {bfd_instance, "vrrp", flag, "", "both processes", {2, 0, 0}, {}, "",
     "Only the VRRP process follows the session"},
    {bfd_instance, "checker", flag, "", "both processes", {2, 0, 0}, {}, "",
     "Only the checker process follows the session"},
    {vrrp_script, "script", value, "SCRIPT", "", {1, 1, 13}, {}, "",
     "The command; exit status 0 is success"},
    {vrrp_script, "interval", value, "DEC3[0.001..4294]", "1", {1, 1, 13}, {}, "",
     "Seconds between two runs"},
    {vrrp_script, "timeout", value, "DEC3[0.001..4294]", "interval", {1, 2, 6}, {}, "",
     "Seconds after which a run counts as failed"},
    {vrrp_script, "weight", value, "INT[-253..253] [reverse]", "0", {1, 1, 13}, {}, "",
     "Added to the priority: when positive on success, when negative on failure; 0 makes failure a fault"},
    {vrrp_script, "rise", value, "INT[1..2147483647]", "1", {1, 1, 18}, {}, "",
     "How many successes in a row make it good"},
    {vrrp_script, "fall", value, "INT[1..2147483647]", "1", {1, 1, 18}, {}, "",
     "How many failures in a row make it bad"},
    {vrrp_script, "user", value, "USER [GROUP]", "script_user", {1, 3, 0}, {}, "",
     "User and group as which the command runs"},
    {vrrp_script, "init_fail", flag, "", "off", {1, 3, 2}, {}, "",
     "Counts as failed until the first run"},
    {vrrp_track_process, "process", value, "STRING [PARAM ...]", "", {2, 0, 11}, {}, "",
     "Name of the process; parameters that follow must be there as well"},
    {vrrp_track_process, "param_match", flag, "[<param_match>]",
     "exact when parameters are given", {2, 0, 16}, {}, "",
     "How parameters compare: exactly, their beginning, or the beginning of each"},
    {vrrp_track_process, "weight", value, "INT[-254..254] [reverse]", "0", {2, 0, 11}, {}, "",
     "Added to the priority: when positive with quorum, when negative without; 0 makes the loss a fault"},
    {vrrp_track_process, "quorum", value, "INT[1..65535]", "1", {2, 0, 11}, {}, "",
     "How many such processes there must be"},
    {vrrp_track_process, "quorum_max", value, "INT[0..65535]", "unlimited", {2, 0, 16}, {}, "",
     "How many such processes there may be"},
    {vrrp_track_process, "delay", value, "TIMER[0.000001..3600]", "0", {2, 0, 11}, {}, "",
     "Seconds to wait before a start or an end of processes counts"},
    {vrrp_track_process, "terminate_delay", value, "TIMER[0.000001..3600]", "0", {2, 0, 16}, {}, "",
     "Seconds to wait before an end of processes counts"},
    {vrrp_track_process, "fork_delay", value, "TIMER[0.000001..3600]", "0", {2, 0, 16}, {}, "",
     "Seconds to wait before a start of processes counts"},
    {vrrp_track_process, "full_command", flag, "", "off", {2, 0, 11}, {}, "",
     "Compares the whole command line, not the name of the process"},
    {track_file, "file", value, "NEW_FILE", "", {2, 1, 0}, {}, "",
     "The file; its directory must be there"},
    {track_file, "weight", value, "INT[-254..254] [reverse]", "1", {2, 1, 0}, {}, "",
     "By which the number in the file is multiplied"},
    {track_file, "init_file", flag, "[overwrite] [INT[-254..254]] [overwrite]", "off; value 0", {2, 1, 0}, {}, "",
     "Makes the file at the start, with this number in it; overwrite replaces one that is there"},
    {vrrp_track_file, "file", value, "NEW_FILE", "", {2, 0, 0}, {}, "",
     "The file; its directory must be there"},
    {vrrp_track_file, "weight", value, "INT[-254..254] [reverse]", "1", {2, 0, 0}, {}, "",
     "By which the number in the file is multiplied"},
    {vrrp_track_file, "init_file", flag, "[overwrite] [INT[-254..254]] [overwrite]",
     "off; value 0", {2, 0, 0}, {}, "",
     "Makes the file at the start, with this number in it; overwrite replaces one that is there"},
};
// clang-format on

}  // namespace

std::span<const Keyword> tracking() {
    return rows;
}

}  // namespace lbctl::keywords::tables
