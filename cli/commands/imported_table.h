#pragma once

#include "backend/table/table.h"
#include "cli/command.h"

namespace lbctl::cli {

/// Prints the table as keepalived.conf, and on standard error what that cannot say (ExitStatus::findings then).
ExitStatus print_keepalived(const Streams& streams, const table::Table& table);

}  // namespace lbctl::cli
