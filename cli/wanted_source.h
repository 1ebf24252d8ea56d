#pragma once

#include <string>

#include "backend/table/wanted.h"
#include "cli/command.h"
#include "cli/configuration.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Where a command takes the wanted table from: a keepalived.conf, or a table that ipvsadm saved.
struct WantedSource {
    std::string file;   ///< keepalived.conf; "-" is standard input
    std::string saved;  ///< text of ipvsadm -S, instead of the file; "-" is standard input
    ConfigurationOptions configuration;
    bool checked = false;  ///< the table that the file asks for once every server has been checked
};

/// Adds FILE, --saved and the options of configurations to a command.
void add_wanted_source(Command command, WantedSource& source);

/// Adds --checked to a command that has a WantedSource.
void add_checked_option(Command command, WantedSource& source);

/// The name that messages and scripts give the source.
std::string name_of(const WantedSource& source);

/// The wanted table. Findings of a configuration are printed on the way.
Result<table::Wanted> read_wanted(const WantedSource& source, const Streams& streams);

/// A table of ipvsadm -S text; "-" is standard input.
Result<table::Table> read_saved_file(const std::string& file);

/// What messages call a file; "-" is standard input.
std::string input_name(const std::string& file);

}  // namespace lbctl::cli
