#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// Why a line is not a connection.
enum class Damage { malformed, too_long, cut_at_end };

/// What a reading met.
struct ReadReport {
    /// A line that was left out.
    struct BadLine {
        std::uint64_t number = 0;  ///< from 1
        Damage damage = Damage::malformed;
    };

    std::uint64_t connections = 0;
    std::uint64_t damaged = 0;
    std::vector<BadLine> first_damaged;  ///< at most ten
};

/// Reads every connection of the source. `take` is called with each Connection and its line, and returns false to stop.
/// A template, because an indirect call for each of millions of lines would be felt.
template <class Take>
Result<ReadReport> for_each_connection(const Source& source, Take&& take) {
    constexpr std::size_t most_reported = 10;
    ReadReport report;
    LineCutter cutter;
    Connection connection;
    bool wanted = true;
    const auto on_line = [&](const LineCutter::Line& line, bool at_end) {
        if (!wanted) return;
        std::string_view text = line.text;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!line.too_long && parse_connection(text, connection)) {
            ++report.connections;
            wanted = take(std::as_const(connection), text);
            return;
        }
        if (is_title(line.text)) return;
        ++report.damaged;
        if (report.first_damaged.size() == most_reported) return;
        report.first_damaged.push_back({line.number, line.too_long ? Damage::too_long
                                                     : at_end      ? Damage::cut_at_end
                                                                   : Damage::malformed});
    };
    const auto read = read_text(source, [&](std::string_view piece) {
        cutter.feed(piece, [&](const LineCutter::Line& line) { on_line(line, false); });
        return wanted;
    });
    if (!read) return tl::make_unexpected(read.error());
    cutter.finish([&](const LineCutter::Line& line) { on_line(line, true); });
    return report;
}

}  // namespace lbctl::procfs
