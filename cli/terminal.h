#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

/// What the terminal and the locale can show: the one place that asks.
namespace lbctl::cli {

/// Whether the locale of the environment (LC_ALL, LC_CTYPE, LANG) has characters beyond ASCII: whether it is UTF-8.
bool locale_has_unicode();

/// The columns of the terminal that a stream writes to; nothing where it is none, or does not say.
std::optional<std::size_t> columns_of(std::FILE* stream);

/// lbctl's own text with its arrows as the locale can show them: `->' for U+2192 where it is not UTF-8.
std::string with_arrows(std::string text, bool unicode);

/// The beginning of an ASCII text that leaves the last column of a terminal free: what reaches it would begin a new
/// line, which `\r' does not take back.
std::string_view cut_to_columns(std::string_view text, std::optional<std::size_t> columns);

}  // namespace lbctl::cli
