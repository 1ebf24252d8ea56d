#pragma once

#include <string>
#include <string_view>

namespace lbctl::cli {

/// A text that is compared.
struct ComparedText {
    std::string_view text;
    std::string_view shown;  ///< line for line what is printed of it: the same, or with secrets hidden
    std::string_view name;
};

/// The difference of two texts line by line, in the unified format with three lines of context; empty when they are the
/// same. Very large and very different texts are shown as one replacement. Of bytes that a terminal would obey only
/// those are shown that base::shown() shows.
std::string line_difference(const ComparedText& before, const ComparedText& after);

}  // namespace lbctl::cli
