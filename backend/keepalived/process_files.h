#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Files below /proc.
namespace lbctl::keepalived {

/// A file of /proc, or any other small one, up to so many bytes; empty when it cannot be read.
std::string read_text(const std::string& path, std::size_t most);

/// "/proc/77/status"
std::string path_of(int process, std::string_view name);

/// A program may have so many bytes.
inline constexpr std::size_t largest_program = std::size_t{64} << 20U;

}  // namespace lbctl::keepalived
