#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace lbctl::tests {

/// A sample of the shared cases, or nothing where they are not at hand (LBCTL_SHARED is their folder).
inline std::optional<std::string> shared_case(const std::string& name) {
    std::ifstream file(std::string(LBCTL_SHARED) + "/cases/ipvs/" + name, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// What a sample of ipvsadm holds after its first line, the command.
inline std::string without_command(const std::string& sample) {
    return sample.substr(sample.find('\n') + 1);
}

}  // namespace lbctl::tests
