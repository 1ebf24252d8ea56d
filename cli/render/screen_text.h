#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text of screens: attributes of ECMA-48, and columns.
namespace lbctl::cli::screen {

inline constexpr std::string_view plain = "\x1b[0m";
inline constexpr std::string_view bold = "\x1b[1m";
inline constexpr std::string_view inverse = "\x1b[7m";
inline constexpr std::string_view green = "\x1b[32m";
inline constexpr std::string_view red = "\x1b[31m";
inline constexpr std::string_view yellow = "\x1b[33m";

/// The text, as base::shown() shows it, in so many columns: cut, or filled with blanks.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace lbctl::cli::screen
