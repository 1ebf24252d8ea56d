#include "grammar/keywords/tables/tables.h"

// Arguments of older releases, where what people write is read differently.
namespace lbctl::keywords::tables {
namespace {

// clang-format off
constexpr EarlierArguments rows[] = {
    // Seconds without decimals.
    {"vrrp_script", "interval", {2, 3, 2}, "INT[1..4294]"},
    {"vrrp_script", "timeout",  {2, 3, 2}, "INT[1..4294]"},
    // A flag whose argument, whatever it was, changed nothing.
    {"global_defs", "vrrp_strict",             {2, 3, 0}, ""},
    {"global_defs", "vrrp_skip_check_adv_addr", {2, 3, 0}, ""},
    {"global_defs", "notification_email_from", {2, 3, 0}, "EMAIL"},
};
// clang-format on

}  // namespace

std::span<const EarlierArguments> earlier_arguments() {
    return rows;
}

}  // namespace lbctl::keywords::tables
