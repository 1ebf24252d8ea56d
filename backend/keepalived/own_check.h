#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/daemon.h"
#include "grammar/base/result.h"

/// keepalived's own check of a configuration, `keepalived --config-test', keepalived(8). It reads the configuration and
/// the interfaces of its network namespace, and changes nothing: it is what keepalived itself runs before a reload
/// where global_defs has reload_check_config.
namespace lbctl::keepalived {

struct OwnCheck {
    int status = 0;  ///< 0: it has no complaint that counts
    std::vector<std::string> complaints;
};

/// The first release that has it.
inline constexpr keywords::Version first_own_check{2, 0, 6};

/// Runs the program of that daemon in its network namespace, with its configuration id and its parts, over the file.
/// Fails where it cannot be run, or is not done in 10 s.
Result<OwnCheck> check_file(const Daemon& daemon, const std::string& file);

/// The same over a text; relative includes are not to be in it. Complaints name the file `name`.
Result<OwnCheck> check_text(const Daemon& daemon, std::string_view text, const std::string& name);

/// The complaints of the first check for which a reload should not be sent: those that the second one, of what
/// keepalived runs with, does not have as well, and that it does not carry on with in any case.
std::vector<std::string> serious_complaints(const OwnCheck& fresh, const OwnCheck& running);

/// Whether with all of these it would go on, but for scripts that it drops.
bool drops_only_scripts(std::span<const std::string> complaints);

}  // namespace lbctl::keepalived
