#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lbctl::keepalived {

/// Where keepalived looks for its configuration when it is given none; other builds may have another place.
inline constexpr std::string_view default_configuration = "/etc/keepalived/keepalived.conf";

/// What keepalived was started with, keepalived(8).
struct CommandLine {
    std::vector<std::string> words;  ///< all of them, the program first
    std::string file;                ///< --use-file; empty: not given
    std::string config_id;           ///< --config-id; empty: not given
    std::string net_namespace;       ///< --namespace; empty: not given
    bool vrrp = true;                ///< false: only the checkers run (--check)
    bool checkers = true;            ///< false: only VRRP runs (--vrrp)
    bool only_checks = false;        ///< it looks at a configuration and ends (--config-test)
};

/// Reads the words as getopt_long(3) does; each ends with a NUL, as in /proc/PID/cmdline. Takes any bytes.
CommandLine read_command_line(std::string_view words);

}  // namespace lbctl::keepalived
