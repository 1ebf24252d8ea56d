#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Processes of keepalived that do not run: they check nothing, answer nothing and read no configuration.
namespace lbctl::keepalived {

struct Standstill {
    int process = 0;
    char state = 0;  ///< as proc(5) has it: T stopped, t traced, Z zombie, X dead, D waits for the kernel; F is frozen
    bool operator==(const Standstill&) const = default;
};

/// The third word of /proc/PID/stat; nothing for other text.
std::optional<char> process_state(std::string_view stat);

/// Whether the file cgroup.events of a control group says that its processes are frozen (cgroup v2, `systemctl
/// freeze`).
bool says_frozen(std::string_view cgroup_events);

/// Those of the processes that stand still. What passes by itself, as waiting for a disk does, has to last: they are
/// looked at again for up to `patience` where that is in doubt, and only then.
std::vector<Standstill> standing_still(std::span<const int> processes, std::chrono::milliseconds patience);

/// "process 812 is stopped (SIGSTOP)", "processes 812 and 813 are stopped (SIGSTOP)"; empty for none.
std::string to_string(std::span<const Standstill> standstills);
/// What lets them go on: "`kill -CONT 812 813' lets them go on"; empty where nothing simple does.
std::string remedy(std::span<const Standstill> standstills);

}  // namespace lbctl::keepalived
