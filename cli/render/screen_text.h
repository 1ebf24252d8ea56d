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

/// The first line of a screen: the right text is whole as far as there is room, the left one has the rest.
std::string heading(std::string_view left, std::string_view right, std::size_t columns);
/// The line of titles.
std::string titles(std::string_view text, std::size_t columns);
/// The selected line: its first column, which is blank, is the mark.
std::string marked(std::string line);

}  // namespace lbctl::cli::screen
