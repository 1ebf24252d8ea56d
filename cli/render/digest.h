#pragma once

#include <string>
#include <string_view>

namespace lbctl::cli {

/// The first half of the SHA-256 of some bytes: 32 hexadecimal digits.
[[nodiscard]] std::string digest_of(std::string_view bytes);

}  // namespace lbctl::cli
