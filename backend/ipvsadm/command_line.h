#pragma once

#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "backend/ipvsadm/option_table.h"
#include "backend/table/table.h"

/// One command line of ipvsadm, understood and checked, without doing anything.
namespace lbctl::ipvsadm {

/// A command line that says what is to be done.
struct Line {
    Command command = Command::list;
    Options options;
    table::Service service;
    table::Destination destination;
    table::Timeouts timeouts;
    table::SyncDaemon daemon;

    [[nodiscard]] bool has(Option option) const { return options.test(static_cast<std::size_t>(option)); }
};

/// Why a command line can't be obeyed: what ipvsadm prints on standard error, and its exit status.
struct Refusal {
    std::string message;
    int status = 2;
};

/// Exit status of ipvsadm for a kernel that refused and for a command line that says nothing (-1 as a byte), for a
/// command line with a mistake, and for what can't be read.
inline constexpr int status_refused = 255;
inline constexpr int status_bad_line = 2;
inline constexpr int status_bad_reading = 1;

/// Where a line comes from, which decides what it may say.
enum class Origin {
    arguments,  ///< a command line
    input,      ///< the text that --restore reads: --restore is not allowed
    /// A saved table: only the commands that make one. Hosts and ports are numbers, ports of real servers stay as they
    /// are written, and all is allowed that ipvsadm and lbctl print of a table which the kernel got from others: marks
    /// as signed numbers, -p 0, port 0 without -p, -o for any protocol, and thresholds above 2^31.
    saved_table,
};

/// Reads the words after the program's name. `program` stands in the hint to --help. What is said of a saved table's
/// line names the word that is wrong.
tl::expected<Line, Refusal> read_line(std::span<const std::string_view> words, Origin origin,
                                      std::string_view program = "ipvsadm");

}  // namespace lbctl::ipvsadm
