#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace lbctl::doctor {

struct KernelRelease {
    int major = 0;
    int minor = 0;
    auto operator<=>(const KernelRelease&) const = default;
};

/// 6.1 of "6.1.0-31-amd64"; nothing for other text.
std::optional<KernelRelease> release_of(std::string_view text);

}  // namespace lbctl::doctor
