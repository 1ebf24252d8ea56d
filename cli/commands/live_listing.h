#pragma once

#include <string_view>

#include "backend/listing/formats.h"
#include "cli/command.h"

namespace lbctl::cli {

/// Registers a command that lists the live table: `list`, `stats` or `rate`.
void add_live_listing(Command program, Invocation& invocation, std::string_view name, std::string_view description,
                      listing::ListingSubject subject);

}  // namespace lbctl::cli
