#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "grammar/source/sources.h"

namespace lbctl::cli {

/// The part of a line that is shown below a finding, and what of it is underlined. Begins and ends between characters,
/// has blanks in the place of tabs, and holds no secret.
struct QuotedLine {
    std::string text;
    std::size_t mark_begin = 0;
    std::size_t mark_end = 0;
};

/// `secret_from` is the byte from which on the line is secret (see ast::Secrets::in_line()).
[[nodiscard]] QuotedLine quoted_line(std::string_view line, const source::Range& range, std::size_t secret_from);

}  // namespace lbctl::cli
