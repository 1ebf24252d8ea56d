#pragma once

#include "grammar/base/result.h"
#include "grammar/keywords/version.h"

namespace lbctl::cli {

/// Asks `keepalived --version` which release is installed: that of PATH, else of the folders for administrators
/// (/usr/local/sbin, /usr/sbin, /sbin), which other users have not in theirs. Fails when there is none, or when it does
/// not say within some seconds.
Result<keywords::Version> installed_keepalived();

/// The release in what it prints: "Keepalived v2.2.7 (01/16,2022)". Fails on other text.
Result<keywords::Version> release_in(std::string_view printed);

}  // namespace lbctl::cli
