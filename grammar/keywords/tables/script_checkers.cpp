#include "grammar/keywords/tables/tables.h"

// Checkers that ask something on this machine: a script, a file, a BFD session.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view misc_check = "virtual_server/real_server/MISC_CHECK";
constexpr std::string_view file_check = "virtual_server/real_server/FILE_CHECK";
constexpr std::string_view bfd_check = "virtual_server/real_server/BFD_CHECK";

// clang-format off
constexpr Keyword rows[] = {
    {misc_check, "retry", value, "UINT", "real server setting, else 0", {1, 3, 7}, {}, "",
     "How often the check is tried again before it counts as failed"},
    {misc_check, "delay_before_retry", value, "TIMER[0..]", "real server setting, else 1", {1, 3, 7}, {}, "",
     "Seconds between two tries"},
    {misc_check, "warmup", value, "TIMER[0..]", "real server setting, else delay_loop", {1, 2, 13}, {}, "",
     "The first check comes after a random time up to this many seconds; 0 for at once"},
    {misc_check, "delay_loop", value, "TIMER[0.000001..]", "real server setting", {1, 3, 7}, {}, "",
     "Seconds between two checks"},
    {misc_check, "alpha", flag, "[BOOL]", "real server setting", {1, 3, 7}, {}, "",
     "Counts as failed until it has succeeded once"},
    {misc_check, "log_all_failures", flag, "[BOOL]", "false", {2, 0, 11}, {}, "",
     "Logs every failure, not only the one that counts"},
    {misc_check, "misc_path", value, "SCRIPT", "", {0, 5, 3}, {}, "",
     "The command; exit status 0 is success"},
    {misc_check, "misc_timeout", value, "INT[0..4294]", "virtual server delay_loop", {1, 1, 0}, {}, "",
     "Seconds after which the command is killed and counts as failed"},
    {misc_check, "misc_dynamic", flag, "", "off", {1, 1, 8}, {}, "",
     "Exit status 2-255 is success and sets the weight to that number less 2"},
    {misc_check, "user", value, "USER [GROUP]", "script_user", {1, 3, 0}, {}, "",
     "User and group as which the command runs"},
    {file_check, "track_file", value, "TRACK_FILE", "", {2, 1, 0}, {}, "",
     "The track_file block whose number counts; it stands before"},
    {file_check, "weight", value, "INT[-2147483647..2147483647] [reverse | noreverse]",
     "track_file weight", {2, 1, 0}, {}, "",
     "By which the number in the file is multiplied to give a weight"},
    {bfd_check, "name", value, "BFD_INSTANCE END", "", {2, 0, 0}, {}, "",
     "The bfd_instance block whose session counts"},
    {bfd_check, "alpha", flag, "[BOOL]", "real server setting", {2, 0, 0}, {}, "",
     "Counts as failed until it has succeeded once"},
};
// clang-format on

}  // namespace

std::span<const Keyword> script_checkers() {
    return rows;
}

}  // namespace lbctl::keywords::tables
