#include "grammar/keywords/tables/tables.h"

// Words of global_defs.
namespace lbctl::keywords::tables {
namespace {

constexpr ValueWord rows[] = {
    {"bool", "true", {1, 2, 20}, {}, "", "yes"},
    {"bool", "on", {1, 2, 20}, {}, "", "yes"},
    {"bool", "yes", {1, 2, 20}, {}, "", "yes"},
    {"bool", "false", {1, 2, 20}, {}, "", "no"},
    {"bool", "off", {1, 2, 20}, {}, "", "no"},
    {"bool", "no", {1, 2, 20}, {}, "", "no"},
    {"vrrp_rx_bufs_policy", "MTU", {2, 0, 3}, {}, "", "by the MTU of the interface"},
    {"vrrp_rx_bufs_policy", "ADVERT", {2, 0, 3}, {}, "", "by the size of an advertisement"},
    {"vrrp_rx_bufs_policy", "NO_SEND_RX", {2, 0, 3}, {2, 0, 6}, "", "none for the sending socket"},
    {"dynamic_interfaces", "allow_if_changes", {2, 0, 8}, {}, "", "interfaces may change their type, too"},
    {"umask-bit", "IRUSR", {2, 0, 9}, {}, "", "S_IRUSR"},
    {"umask-bit", "IWUSR", {2, 0, 9}, {}, "", "S_IWUSR"},
    {"umask-bit", "IXUSR", {2, 0, 9}, {}, "", "S_IXUSR"},
    {"umask-bit", "IRWXU", {2, 2, 8}, {}, "", "S_IRWXU"},
    {"umask-bit", "IRGRP", {2, 0, 9}, {}, "", "S_IRGRP"},
    {"umask-bit", "IWGRP", {2, 0, 9}, {}, "", "S_IWGRP"},
    {"umask-bit", "IXGRP", {2, 0, 9}, {}, "", "S_IXGRP"},
    {"umask-bit", "IRWXG", {2, 2, 8}, {}, "", "S_IRWXG"},
    {"umask-bit", "IROTH", {2, 0, 9}, {}, "", "S_IROTH"},
    {"umask-bit", "IWOTH", {2, 0, 9}, {}, "", "S_IWOTH"},
    {"umask-bit", "IXOTH", {2, 0, 9}, {}, "", "S_IXOTH"},
    {"umask-bit", "IRWXO", {2, 2, 8}, {}, "", "S_IRWXO"},
    {"include_check", "read", {2, 2, 0}, {}, "", "files that cannot be read"},
    {"include_check", "match", {2, 2, 0}, {}, "", "patterns without match"},
    {"include_check", "wildcard_match", {2, 2, 0}, {}, "", "wildcards without match"},
    {"include_check", "brace_match", {2, 2, 0}, {}, "", "alternatives in braces without match"},
    {"include_check-prefix", "+", {2, 2, 0}, {}, "", "adds the check"},
    {"include_check-prefix", "-", {2, 2, 0}, {}, "", "takes the check away"},
    {"json_version", "1", {2, 2, 8}, {}, "", "a list of instances, the default"},
    {"json_version", "2", {2, 2, 8}, {}, "", "instances and everything else"},
};

}  // namespace

std::span<const ValueWord> global_words() {
    return rows;
}

}  // namespace lbctl::keywords::tables
