#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lbctl::base {

/// Text of a file as messages quote it: a person reads no further, and a file may hold one word of megabytes. What is
/// longer than `most` bytes is cut before a character of UTF-8 and ends in "...".
inline std::string shortened(std::string_view text, std::size_t most = 200) {
    if (text.size() <= most) return std::string(text);
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "...";
}

}  // namespace lbctl::base
