#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/command_line.h"
#include "backend/keepalived/moment.h"
#include "backend/keepalived/processes.h"
#include "backend/keepalived/standstill.h"
#include "grammar/base/result.h"
#include "grammar/keywords/version.h"

namespace lbctl::keepalived {

/// What keepalived has read, see configuration_copy.h.
struct ReadConfiguration {
    std::string text;
    Moment when;       ///< it was written
    std::string path;  ///< below /proc, where it can be read
};

/// A running keepalived, as far as it can be known without touching it.
struct Daemon {
    int process = 0;             ///< the one that the others came from, and that takes signals
    std::vector<int> processes;  ///< all of them, that one first; only that one where the others cannot be listed
    std::string program;         ///< its path
    std::optional<keywords::Version> release;
    CommandLine command_line;
    std::string configuration;  ///< path of its file
    std::optional<Moment> started;
    std::uint64_t start_ticks = 0;          ///< the same as /proc has it: tells it from a later process of that number
    std::optional<ReadConfiguration> read;  ///< nothing: before 2.2.0, or lbctl may not look
    std::vector<Standstill> standstills;    ///< of its processes
    std::string unit;                       ///< of systemd: "keepalived.service"; empty: none started it

    /// When it read its configuration after its start; nothing: it did not, or that is not known.
    [[nodiscard]] std::optional<Moment> reloaded() const;
    /// Whether it gives weight 1 to a server whose weight in its configuration is 0, as all of 2.1 do: ipwrapper.c,
    /// init_service_rs() and update_svr_wgt().
    [[nodiscard]] bool makes_one_of_zero() const;
};

/// Reads what /proc tells of that process. What cannot be seen is left out.
Daemon read_daemon(int process);

/// Only what it has read; nothing where that cannot be seen, or the process is gone.
std::optional<ReadConfiguration> read_configuration(int process);

/// See Daemon::start_ticks; 0 where there is no such process.
std::uint64_t start_ticks_of(int process);

/// Sends the signal to that process, and to no later one of that number.
Result<void> send_signal(const Daemon& daemon, int signal);

/// Says that the daemon has ended.
Failure ended(const Daemon& daemon);

/// The release that a keepalived's program names in itself; nothing for other bytes.
std::optional<keywords::Version> release_of_program(std::string_view program);

}  // namespace lbctl::keepalived
