#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/result.h"

/// ldirectord.cf as keepalived.conf.
namespace lbctl::imports {

struct LdirectordImport {
    std::string configuration;
    std::vector<std::string> losses;  ///< "FILE:LINE: what has no counterpart"
};

/// Translates the virtual services of the text with their real servers, fallback, scheduler, persistence, netmask,
/// flags and checks (ldirectord(8)). `name` stands in messages. Lines without a counterpart are said and left out.
/// Fails on a file that stands for too many servers, or for too large a configuration.
Result<LdirectordImport> from_ldirectord(std::string_view text, std::string_view name);

}  // namespace lbctl::imports
