#include "grammar/keywords/tables/tables.h"

// Groups: instances that go together, tracking of static addresses, delays of gratuitous ARP.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view track_group = "track_group";
constexpr std::string_view vrrp_sync_group = "vrrp_sync_group";
constexpr std::string_view garp_group = "garp_group";

constexpr Keyword rows[] = {
    {track_group, "group", list, "END", "", {2, 0, 3}, {}, "", ""},
    {vrrp_sync_group, "group", list, "END", "", {0, 6, 4}, {}, "", "required"},
    {vrrp_sync_group,
     "track_interface",
     line_block,
     "END",
     "",
     {2, 0, 0},
     {},
     "",
     "line: IFNAME [weight INT[-254..254] [reverse]]; +/-254 is reported and cut to 253; the documented range is "
     "-253..253"},
    {vrrp_sync_group,
     "track_script",
     line_block,
     "END",
     "",
     {2, 0, 0},
     {},
     "",
     "line: VRRP_SCRIPT [weight INT[-254..254] [reverse|noreverse]]; +/-254 is reported and cut to 253"},
    {vrrp_sync_group,
     "track_file",
     line_block,
     "END",
     "",
     {2, 0, 0},
     {},
     "",
     "line: TRACK_FILE [weight INT[-254..254] [reverse|noreverse]]"},
    {vrrp_sync_group,
     "track_process",
     line_block,
     "END",
     "",
     {2, 0, 11},
     {},
     "",
     "line: VRRP_TRACK_PROCESS [weight INT[-254..254] [reverse|noreverse]]"},
    {vrrp_sync_group,
     "track_bfd",
     line_block,
     "END",
     "",
     {2, 0, 0},
     {},
     "",
     "line: BFD_INSTANCE [weight INT[-253..253] [reverse|noreverse]]"},
    {vrrp_sync_group,
     "notify_backup",
     value,
     "SCRIPT [USER [GROUP]]",
     "",
     {0, 6, 4},
     {},
     "",
     "a second one is ignored"},
    {vrrp_sync_group,
     "notify_master",
     value,
     "SCRIPT [USER [GROUP]]",
     "",
     {0, 6, 4},
     {},
     "",
     "a second one is ignored"},
    {vrrp_sync_group, "notify_fault", value, "SCRIPT [USER [GROUP]]", "", {0, 6, 4}, {}, "", "a second one is ignored"},
    {vrrp_sync_group, "notify_stop", value, "SCRIPT [USER [GROUP]]", "", {2, 0, 0}, {}, "", "a second one is ignored"},
    {vrrp_sync_group, "notify", value, "SCRIPT [USER [GROUP]]", "", {1, 1, 2}, {}, "", "four arguments are appended"},
    {vrrp_sync_group,
     "smtp_alert",
     flag,
     "[BOOL]",
     "global smtp_alert_vrrp, smtp_alert, else false",
     {1, 0, 0},
     {},
     "",
     ""},
    {vrrp_sync_group,
     "global_tracking",
     flag,
     "",
     "off",
     {1, 2, 3},
     {},
     "track_interface/track_script/track_file on the sync group",
     "acts as sync_group_tracking_weight and reports deprecation",
     {2, 0, 0}},
    {vrrp_sync_group, "sync_group_tracking_weight", flag, "", "off", {2, 0, 0}, {}, "", ""},
    {vrrp_sync_group, "notify_priority_changes", flag, "[BOOL]", "vrrp_notify_priority_changes", {2, 2, 0}, {}, "", ""},
    {garp_group, "garp_interval", value, "TIMER[0..4294.967295]", "", {1, 2, 21}, {}, "", "seconds"},
    {garp_group, "gna_interval", value, "TIMER[0..4294.967295]", "", {1, 2, 21}, {}, "", "seconds"},
    {garp_group, "interface", value, "IFNAME", "", {1, 2, 21}, {}, "", "use interface or interfaces, not both"},
    {garp_group, "interfaces", list, "END", "", {1, 2, 21}, {}, "", ""},
};

}  // namespace

std::span<const Keyword> vrrp_groups() {
    return rows;
}

}  // namespace lbctl::keywords::tables
