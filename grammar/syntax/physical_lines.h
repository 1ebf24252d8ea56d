#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/line_traits.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

/// One line of a file, fit to be read on: what no configuration should hold is reported and passed over.
struct PhysicalLine {
    source::FileId file = 0;
    source::Position start;
    std::string_view bytes;         ///< as written
    std::string corrected;          ///< what to read in their place; empty: they are fit to be read
    std::uint32_t indentation = 1;  ///< column of the first character that is no blank
    LineTraits traits;

    [[nodiscard]] Text text() const {
        return corrected.empty() ? Text(file, start, bytes) : Text::corrected(file, start, corrected);
    }
    /// Nothing at all stands between the line ends.
    [[nodiscard]] bool is_empty() const { return bytes.empty(); }
};

/// Where a carriage return was meant to end the line: text stands on both sides of it, outside of quotes, or after a
/// comment, which is then lost. npos: nowhere.
[[nodiscard]] std::size_t carriage_return_in(std::string_view line);

/// Whether a file's bytes are two to a character: a mark at the beginning says so, or every second one is NUL.
bool is_utf16(std::string_view text);

/// The lines of one file, in order. Reports a byte order mark, UTF-16, NUL bytes, carriage returns in the place of line
/// ends, lines longer than keepalived reads, blanks or quotes that are none for keepalived (no-break and full-width
/// ones), and the markers of an unfinished merge, of which one side is read. A template ends at its first tag.
class PhysicalLines {
public:
    PhysicalLines(const source::Sources& sources, source::FileId file)
        : rest_(sources.text(file)), unended_(rest_.size() - (rest_.rfind('\n') + 1)), file_(file) {}

    /// False after the last line.
    bool next(PhysicalLine& line, source::Findings& findings);

    /// The same with every line as keepalived of that release has it: nothing is corrected, reported or passed over.
    bool next_as_daemon(PhysicalLine& line, keywords::Version target);

    /// The lines that follow, as far as they end with a line feed, for who reads some of them himself that need no look
    /// into; then pass() has to be called. Empty where only next() knows what is to be read.
    [[nodiscard]] std::string_view whole_lines() const {
        if (line_ == 0 || !same_line_.empty() || merge_ != Merge::none) return {};
        return rest_.substr(0, rest_.size() - std::min(rest_.size(), unended_));
    }

    [[nodiscard]] source::FileId file() const { return file_; }

    /// The number of the line that was read last.
    [[nodiscard]] std::uint32_t number() const { return line_; }

    /// Goes on after so many bytes of whole_lines(), the last of which are line `number`, of `length` bytes.
    void pass(std::size_t bytes, std::uint32_t number, std::uint32_t length) {
        rest_.remove_prefix(bytes);
        line_ = number;
        column_ = 1;
        length_ = length;
    }

    /// The place before the last quote of the string that the line read last leaves open, if the next lines can only be
    /// the rest of it.
    [[nodiscard]] std::optional<source::Range> end_of_string() const;

    /// The place after the last line that was read.
    [[nodiscard]] source::Location end() const;

private:
    std::string_view take_line(source::Findings& findings);
    bool take_piece(std::string_view& piece);
    bool is_template(std::string_view line, source::Findings& findings);
    bool skip_merge_marker(std::string_view line, source::Findings& findings);
    /// What is read of a merge: its first side, then the other one is passed over. Where the end is missing the first
    /// side is passed over, as far as it goes; where it cannot be known, both are read.
    enum class Merge { none, first_side, other_side, lost_end, incomplete };
    /// Which of these begins with a marker, by those that follow.
    [[nodiscard]] Merge merge_after(char marker) const;
    void report(source::Findings& findings, std::string_view rule, source::Severity severity, std::size_t from,
                std::size_t length, std::string message, std::string hint) const;
    void correct(PhysicalLine& line, source::Findings& findings) const;

    std::string_view rest_;       ///< what has not been read yet
    std::size_t unended_;         ///< how many bytes the last line has, if no line feed ends it
    std::string_view same_line_;  ///< what stands after a carriage return in the line read last
    source::FileId file_;
    std::uint32_t line_ = 0;    ///< the one read last
    std::uint32_t column_ = 1;  ///< at which it, or its part after a carriage return, begins
    std::uint32_t length_ = 0;  ///< of that line or part
    bool told_return_ = false;  ///< that carriage returns end no lines
    Merge merge_ = Merge::none;
};

}  // namespace lbctl::syntax
