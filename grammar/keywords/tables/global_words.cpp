#include "grammar/keywords/tables/tables.h"

// Words of global_defs.
namespace lbctl::keywords::tables {
namespace {

constexpr ValueWord rows[] = {
    {"bool", "true", {1, 2, 20}, {}, "", "case-sensitive"},
    {"bool", "on", {1, 2, 20}, {}, "", "case-sensitive"},
    {"bool", "yes", {1, 2, 20}, {}, "", "case-sensitive"},
    {"bool", "false", {1, 2, 20}, {}, "", "case-sensitive"},
    {"bool", "off", {1, 2, 20}, {}, "", "case-sensitive"},
    {"bool", "no", {1, 2, 20}, {}, "", "case-sensitive"},
    {"vrrp_rx_bufs_policy", "MTU", {2, 0, 3}, {}, "", "case-insensitive"},
    {"vrrp_rx_bufs_policy", "ADVERT", {2, 0, 3}, {}, "", "case-insensitive"},
    {"vrrp_rx_bufs_policy", "NO_SEND_RX", {2, 0, 3}, {2, 0, 6}, "", "case-insensitive"},
    {"dynamic_interfaces", "allow_if_changes", {2, 0, 8}, {}, "", ""},
    {"umask-bit", "IRUSR", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IWUSR", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IXUSR", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IRWXU", {2, 2, 8}, {}, "", ""},
    {"umask-bit", "IRGRP", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IWGRP", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IXGRP", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IRWXG", {2, 2, 8}, {}, "", ""},
    {"umask-bit", "IROTH", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IWOTH", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IXOTH", {2, 0, 9}, {}, "", ""},
    {"umask-bit", "IRWXO", {2, 2, 8}, {}, "", ""},
    {"include_check", "read", {2, 2, 0}, {}, "", "the man page writes readable, which is reported as unknown"},
    {"include_check", "match", {2, 2, 0}, {}, "", ""},
    {"include_check", "wildcard_match", {2, 2, 0}, {}, "", ""},
    {"include_check", "brace_match", {2, 2, 0}, {}, "", ""},
    {"include_check-prefix", "+", {2, 2, 0}, {}, "", "add the check"},
    {"include_check-prefix", "-", {2, 2, 0}, {}, "", "remove the check"},
    {"json_version", "1", {2, 2, 8}, {}, "", "default"},
    {"json_version", "2", {2, 2, 8}, {}, "", ""},
};

}  // namespace

std::span<const ValueWord> global_words() {
    return rows;
}

}  // namespace lbctl::keywords::tables
