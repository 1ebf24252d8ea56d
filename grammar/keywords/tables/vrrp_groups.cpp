#include "grammar/keywords/tables/tables.h"

// Groups: instances that go together, tracking of static addresses, delays of gratuitous ARP.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view track_group = "track_group";
constexpr std::string_view vrrp_sync_group = "vrrp_sync_group";
constexpr std::string_view garp_group = "garp_group";

// clang-format off
constexpr Keyword rows[] = {
    {track_group, "group", list, "END", "", {2, 0, 3}, {}, "",
     "The instances of the group"},
    {vrrp_sync_group, "group", list, "END", "", {0, 6, 4}, {}, "",
     "The instances that change state together"},
    {vrrp_sync_group, "track_interface", line_block, "END", "", {2, 0, 0}, {}, "",
     "Interfaces whose loss is a fault of the whole group, or with weight lowers its priority"},
    {vrrp_sync_group, "track_script", line_block, "END", "", {2, 0, 0}, {}, "",
     "Scripts whose failure is a fault of the whole group, or with weight lowers its priority"},
    {vrrp_sync_group, "track_file", line_block, "END", "", {2, 0, 0}, {}, "",
     "Files whose number changes the priority of the whole group"},
    {vrrp_sync_group, "track_process", line_block, "END", "", {2, 0, 11}, {}, "",
     "Processes whose loss is a fault of the whole group, or with weight lowers its priority"},
    {vrrp_sync_group, "track_bfd", line_block, "END", "", {2, 0, 0}, {}, "",
     "BFD sessions whose loss is a fault of the whole group, or with weight lowers its priority"},
    {vrrp_sync_group, "notify_backup", value, "SCRIPT [USER [GROUP]]", "", {0, 6, 4}, {}, "",
     "Command to run on becoming backup; a second one is ignored"},
    {vrrp_sync_group, "notify_master", value, "SCRIPT [USER [GROUP]]", "", {0, 6, 4}, {}, "",
     "Command to run on becoming master; a second one is ignored"},
    {vrrp_sync_group, "notify_fault", value, "SCRIPT [USER [GROUP]]", "", {0, 6, 4}, {}, "",
     "Command to run on a fault; a second one is ignored"},
    {vrrp_sync_group, "notify_stop", value, "SCRIPT [USER [GROUP]]", "", {2, 0, 0}, {}, "",
     "Command to run when keepalived stops; a second one is ignored"},
    {vrrp_sync_group, "notify", value, "SCRIPT [USER [GROUP]]", "", {1, 1, 2}, {}, "",
     "Command to run on every change; it gets four more arguments: kind, name, state and priority"},
    {vrrp_sync_group, "smtp_alert", flag, "[BOOL]",
     "global smtp_alert_vrrp, smtp_alert, else false", {1, 0, 0}, {}, "",
     "Whether changes of the group cause e-mail"},
    {vrrp_sync_group, "global_tracking", flag, "",
     "off", {1, 2, 3}, {}, "track_interface/track_script/track_file on the sync group",
     "The name of sync_group_tracking_weight before 2.0.0", {2, 0, 0}},
    {vrrp_sync_group, "sync_group_tracking_weight", flag, "", "off", {2, 0, 0}, {}, "",
     "Lets instances of the group track with weight"},
    {vrrp_sync_group, "notify_priority_changes", flag, "[BOOL]", "vrrp_notify_priority_changes", {2, 2, 0}, {}, "",
     "Writes changes of priority of the group to the pipe as well"},
    {garp_group, "garp_interval", value, "TIMER[0..4294.967295]", "", {1, 2, 21}, {}, "",
     "Seconds between two gratuitous ARP messages"},
    {garp_group, "gna_interval", value, "TIMER[0..4294.967295]", "", {1, 2, 21}, {}, "",
     "Seconds between two unsolicited neighbour advertisements"},
    {garp_group, "interface", value, "IFNAME", "", {1, 2, 21}, {}, "",
     "The interface of the group"},
    {garp_group, "interfaces", list, "END", "", {1, 2, 21}, {}, "",
     "Interfaces that share the pauses"},
};
// clang-format on

}  // namespace

std::span<const Keyword> vrrp_groups() {
    return rows;
}

}  // namespace lbctl::keywords::tables
