#include "grammar/keywords/tables/tables.h"

// Checkers that ask something on this machine: a script, a file, a BFD session.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view misc_check = "virtual_server/real_server/MISC_CHECK";
constexpr std::string_view file_check = "virtual_server/real_server/FILE_CHECK";
constexpr std::string_view bfd_check = "virtual_server/real_server/BFD_CHECK";

constexpr Keyword rows[] = {
    {misc_check, "retry", value, "UINT", "real server setting, else 0", {1, 3, 7}, {}, "", ""},
    {misc_check, "delay_before_retry", value, "TIMER[0..]", "real server setting, else 1", {1, 3, 7}, {}, "", ""},
    {misc_check, "warmup", value, "TIMER[0..]", "real server setting, else delay_loop", {1, 2, 13}, {}, "", ""},
    {misc_check, "delay_loop", value, "TIMER[0.000001..]", "real server setting", {1, 3, 7}, {}, "", ""},
    {misc_check, "alpha", flag, "[BOOL]", "real server setting", {1, 3, 7}, {}, "", ""},
    {misc_check, "log_all_failures", flag, "[BOOL]", "false", {2, 0, 11}, {}, "", ""},
    {misc_check, "misc_path", value, "SCRIPT", "", {0, 5, 3}, {}, "", "required"},
    {misc_check, "misc_timeout", value, "INT[0..4294]", "virtual server delay_loop", {1, 1, 0}, {}, "", "seconds"},
    {misc_check, "misc_dynamic", flag, "", "off", {1, 1, 8}, {}, "", ""},
    {misc_check, "user", value, "USER [GROUP]", "script_user", {1, 3, 0}, {}, "", ""},
    {file_check,
     "track_file",
     value,
     "TRACK_FILE",
     "",
     {2, 1, 0},
     {},
     "",
     "required; the track_file block has to come first"},
    {file_check,
     "weight",
     value,
     "INT[-2147483647..2147483647] [reverse | noreverse]",
     "track_file weight",
     {2, 1, 0},
     {},
     "",
     ""},
    {bfd_check, "name", value, "BFD_INSTANCE END", "", {2, 0, 0}, {}, "", "required"},
    {bfd_check, "alpha", flag, "[BOOL]", "real server setting", {2, 0, 0}, {}, "", "not in the man page"},
};

}  // namespace

std::span<const Keyword> script_checkers() {
    return rows;
}

}  // namespace lbctl::keywords::tables
