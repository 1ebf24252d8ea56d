#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lbctl::keywords {

/// A keepalived release, "2.4.3". 0.0.0 stands for none.
struct Version {
    std::uint8_t major = 0;
    std::uint8_t minor = 0;
    std::uint8_t patch = 0;
    constexpr auto operator<=>(const Version&) const = default;

    /// Reads "2.4.3" or "v2.4.3"; all three numbers, each 0-255; or "unreleased".
    static std::optional<Version> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// The release that lbctl speaks unless told otherwise.
inline constexpr Version default_target{2, 4, 3};
/// What stands in keepalived's sources and in no release yet.
inline constexpr Version unreleased{255, 255, 255};
/// The oldest release that can be asked for.
inline constexpr Version oldest_target{1, 1, 18};

}  // namespace lbctl::keywords
