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

    /// Adds what was met behind so many lines, which this report is about.
    void append(const ReadReport& later, std::uint64_t lines);
};

/// Tells connections from other lines, and keeps count of both.
class LineJudge {
public:
    /// Calls `take` with a Connection and its text when the line is one; `at_end` is said of a last line without
    /// newline.
    template <class Take>
    void judge(const LineCutter::Line& line, bool at_end, Take&& take) {
        std::string_view text = line.text;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!line.too_long && parse_connection(text, connection_)) {
            ++report_.connections;
            take(std::as_const(connection_), text);
            return;
        }
        if (!is_title(line.text)) leave_out(line, at_end);
    }
    [[nodiscard]] const ReadReport& report() const { return report_; }

private:
    void leave_out(const LineCutter::Line& line, bool at_end);

    Connection connection_;
    ReadReport report_;
};

/// Reads every connection of the source. `take` is called with each Connection and its line, and returns false to stop.
/// A template, because an indirect call for each of millions of lines would be felt.
template <class Take>
Result<ReadReport> for_each_connection(const Source& source, Take&& take) {
    LineCutter cutter;
    LineJudge judge;
    bool wanted = true;
    const auto on_line = [&](const LineCutter::Line& line, bool at_end) {
        if (!wanted) return;
        judge.judge(line, at_end,
                    [&](const Connection& connection, std::string_view text) { wanted = take(connection, text); });
    };
    const auto read = read_text(source, [&](std::string_view piece) {
        cutter.feed(piece, [&](const LineCutter::Line& line) { on_line(line, false); });
        return wanted;
    });
    if (!read) return tl::make_unexpected(read.error());
    cutter.finish([&](const LineCutter::Line& line) { on_line(line, true); });
    return judge.report();
}

}  // namespace lbctl::procfs
