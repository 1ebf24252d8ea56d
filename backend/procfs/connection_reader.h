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

    /// Adds what was met after so many lines, which this report is about.
    void append(const ReadReport& later, std::uint64_t lines);
};

/// The connections in text that arrives in pieces. Tells them from other lines, and keeps count of both.
/// Templates, because an indirect call for each of millions of lines would be felt.
class ConnectionLines {
public:
    /// Calls `take` with the Connection and its text for every line that the piece completes and that is one.
    template <class Take>
    void feed(std::string_view piece, Take&& take) {
        cutter_.feed(piece, [&](const LineCutter::Line& line) { judge(line, false, take); });
    }
    /// The same for a last line without newline, when the text has ended.
    template <class Take>
    void finish(Take&& take) {
        cutter_.finish([&](const LineCutter::Line& line) { judge(line, true, take); });
    }

    [[nodiscard]] const ReadReport& report() const { return report_; }
    /// How many lines the text had, of whatever kind.
    [[nodiscard]] std::uint64_t lines() const { return cutter_.lines(); }

private:
    template <class Take>
    void judge(const LineCutter::Line& line, bool at_end, Take& take) {
        std::string_view text = line.text;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!line.too_long && parse_connection(text, connection_)) {
            ++report_.connections;
            take(std::as_const(connection_), text);
            return;
        }
        if (!is_title(line.text)) leave_out(line, at_end);
    }
    void leave_out(const LineCutter::Line& line, bool at_end);

    LineCutter cutter_;
    Connection connection_;
    ReadReport report_;
};

/// Reads every connection of the source. `take` is called with each Connection and its line, and returns false to stop.
template <class Take>
Result<ReadReport> for_each_connection(const Source& source, Take&& take) {
    ConnectionLines lines;
    bool wanted = true;
    const auto on_connection = [&](const Connection& connection, std::string_view text) {
        if (wanted) wanted = take(connection, text);
    };
    const auto read = read_text(source, [&](std::string_view piece) {
        lines.feed(piece, on_connection);
        return wanted;
    });
    if (!read) return tl::make_unexpected(read.error());
    lines.finish(on_connection);
    return lines.report();
}

}  // namespace lbctl::procfs
