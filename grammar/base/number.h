#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace lbctl::base {

/// The number that a text is from its first to its last character; nothing for another text, an empty one, and a number
/// that the type cannot hold.
template <class Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace lbctl::base
