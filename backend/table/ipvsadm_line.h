#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "backend/table/ipvsadm_words.h"
#include "backend/table/table.h"

/// One command line of ipvsadm, understood and checked, without doing anything.
namespace lbctl::table::ipvsadm {

/// A command line that says what is to be done.
struct Line {
    Command command = Command::list;
    std::bitset<option_count> options;
    Service service;
    Destination destination;
    Timeouts timeouts;
    SyncDaemon daemon;

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

/// Reads the words after the program's name. `program` stands in the hint to --help. With `from_input`, the line came
/// from the text that --restore reads, where --restore is not allowed.
tl::expected<Line, Refusal> read_line(std::span<const std::string_view> words, std::string_view program,
                                      bool from_input);

}  // namespace lbctl::table::ipvsadm
