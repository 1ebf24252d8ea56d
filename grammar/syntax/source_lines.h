#pragma once

#include <string>
#include <string_view>
#include <vector>

/// A file cut into pieces that put together give back every byte of it.
namespace lbctl::syntax {

/// One physical line. The pieces stand in this order and follow each other without a gap.
struct SourceLine {
    std::string_view indentation;  ///< blanks
    std::string_view code;         ///< what keepalived reads, without blanks at its ends
    std::string_view gap;          ///< blanks
    std::string_view comment;      ///< from `#` or `!` on, or empty
    std::string_view end;          ///< "\n", "\r\n", or empty at the end of the file
    bool open_quote = false;       ///< a double quote in the code is never closed
};

/// Cuts off the first line; the views point into `text`.
SourceLine take_source_line(std::string_view& text);

/// Cuts the text of a file; the views point into it.
std::vector<SourceLine> split_source(std::string_view text);

/// The text that was cut.
std::string join_source(const std::vector<SourceLine>& lines);

}  // namespace lbctl::syntax
