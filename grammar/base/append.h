#pragma once

#include <fmt/format.h>

#include <string>

namespace lbctl::base {

/// append() with the types of its arguments taken away.
void append_formatted(std::string& text, fmt::string_view format, fmt::format_args arguments);

/// Adds formatted text to the end of another. Not by fmt::format_to, which compiles all of its formatting anew in every
/// source that writes to a string.
template <class... Arguments>
void append(std::string& text, fmt::format_string<const Arguments&...> format, const Arguments&... arguments) {
    append_formatted(text, format, fmt::make_format_args(arguments...));
}

}  // namespace lbctl::base
