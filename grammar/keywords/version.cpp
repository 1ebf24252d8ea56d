#include "grammar/keywords/version.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace lbctl::keywords {

namespace {

constexpr std::string_view name_of_unreleased = "unreleased";

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    if (text == name_of_unreleased) return unreleased;
    if (text.starts_with('v')) text.remove_prefix(1);
    std::array<std::uint8_t, 3> numbers{};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i != 0) {
            if (at == end || *at != '.') return std::nullopt;
            ++at;
        }
        const auto [next, error] = std::from_chars(at, end, numbers[i]);
        if (error != std::errc{}) return std::nullopt;
        at = next;
    }
    if (at != end) return std::nullopt;
    return Version{numbers[0], numbers[1], numbers[2]};
}

std::string Version::to_string() const {
    if (*this == unreleased) return std::string(name_of_unreleased);
    return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace lbctl::keywords
