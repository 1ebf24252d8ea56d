#pragma once

#include <string>
#include <string_view>

namespace lbctl::cli {

/// The difference of two texts line by line, in the unified format with three lines of context; empty when they are the
/// same. Very large and very different texts are shown as one replacement.
std::string line_difference(std::string_view before, std::string_view after, std::string_view before_name,
                            std::string_view after_name);

}  // namespace lbctl::cli
