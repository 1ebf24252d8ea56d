#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

#include "grammar/base/shown_text.h"

namespace lbctl::cli {

/// Writes text that is laid out already, or that somebody is going to use as it is: a table, JSON, a configuration.
/// Throws nothing: a message that nobody can read must not stop what is being done. What could not be written shows in
/// ferror(), at which run_application() looks when the command has ended.
void print_text(std::FILE* stream, std::string_view text);

/// What a message shows of an argument: texts may come from a file, an argument or the kernel, and are shown as
/// base::shown() shows them, in one line; all else is as it is.
template <class Argument>
decltype(auto) shown_argument(const Argument& argument) {
    if constexpr (std::is_convertible_v<const Argument&, std::string_view>) {
        return base::shown(argument);
    } else {
        return (argument);
    }
}

void print_formatted(std::FILE* stream, fmt::string_view text, fmt::format_args arguments);

/// Writes a message, as print_text() does. Every text among the arguments goes through shown_argument().
template <class... Arguments>
void print(std::FILE* stream, fmt::format_string<Arguments...> text, const Arguments&... arguments) {
    const auto write = [&](const auto&... shown) { print_formatted(stream, text, fmt::make_format_args(shown...)); };
    write(shown_argument(arguments)...);
}

}  // namespace lbctl::cli
