#pragma once

#include <algorithm>
#include <string>
#include <string_view>

// Characters as files and protocols have them, whatever the locale says; bytes beyond ASCII are none of these.
namespace lbctl::base {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

constexpr bool is_letter(char c) {
    return is_lower(c) || is_upper(c);
}

constexpr bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// What isspace() knows in the C locale: the blank, tab, LF, vertical tab, form feed and CR.
constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Also of no text at all.
constexpr bool all_digits(std::string_view text) {
    return std::ranges::all_of(text, is_digit);
}

constexpr char lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char upper(char c) {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

inline std::string lower(std::string_view text) {
    std::string changed(text);
    for (char& c : changed) c = lower(c);
    return changed;
}

inline std::string upper(std::string_view text) {
    std::string changed(text);
    for (char& c : changed) c = upper(c);
    return changed;
}

/// Without these characters at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Whether they are the same but for small and capital letters.
constexpr bool equal_in_any_case(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace lbctl::base
