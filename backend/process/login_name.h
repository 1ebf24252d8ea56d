#pragma once

#include <string>

namespace lbctl::process {

/// Who runs this, by the name with which they logged in: what the kernel keeps over su(1) and sudo(8)
/// (/proc/self/loginuid, pam_loginuid(8)), else $SUDO_USER where the process is root's, else the user of the process.
/// A user without a name is its number; control characters are never in it.
std::string login_name();

}  // namespace lbctl::process
