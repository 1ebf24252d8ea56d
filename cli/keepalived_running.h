#pragma once

#include <optional>
#include <string_view>

#include "backend/keepalived/processes.h"
#include "cli/command.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

using keepalived::find_keepalived;
using keepalived::find_keepalived_of;
using keepalived::KeepalivedSearch;

/// Why the table should not be changed, and what would become of the change ("would change it again"); nothing when no
/// keepalived is in the way.
std::optional<Failure> keepalived_objection(const KeepalivedSearch& search, std::string_view what_it_does,
                                            std::string_view hint);

/// Says on standard error what could not be seen.
void mention_unseen(const KeepalivedSearch& search, const Streams& streams);

}  // namespace lbctl::cli
