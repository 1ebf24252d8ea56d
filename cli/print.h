#pragma once

#include <fmt/format.h>

#include <cstdio>

namespace lbctl::cli {

/// Writes formatted text to a stream, and throws nothing where fmt::print() would: a message that nobody can read must
/// not stop what is being done. What could not be written shows in ferror(), at which run_application() looks when the
/// command has ended.
void print_formatted(std::FILE* stream, fmt::string_view text, fmt::format_args arguments);

template <class... Arguments>
void print(std::FILE* stream, fmt::format_string<Arguments...> text, const Arguments&... arguments) {
    print_formatted(stream, text, fmt::make_format_args(arguments...));
}

}  // namespace lbctl::cli
