#pragma once

#include <string>

namespace lbctl::process {

/// What to do about a file or folder that the kernel did not let this process use: "run it as root"; for root, who has
/// what is there, and what else can forbid it. Of a file that does not exist, its folder is looked at.
std::string permission_hint(const std::string& path);

}  // namespace lbctl::process
