#pragma once

#include <string>

#include "backend/table/listing_formats.h"
#include "cli/command.h"

namespace lbctl::cli {

/// Registers a command that lists the live table: `list`, `stats` or `rate`.
void add_live_listing(CLI::App& app, Invocation& invocation, const std::string& name, const std::string& description,
                      table::ListingSubject subject);

}  // namespace lbctl::cli
