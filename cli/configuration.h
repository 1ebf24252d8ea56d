#pragma once

#include <string>

#include "backend/listing/notes.h"
#include "backend/table/wanted.h"
#include "cli/analysis_options.h"
#include "cli/command.h"
#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// How a command that acts on a configuration reads it.
struct ConfigurationOptions {
    AnalysisArguments analysis;
    bool keep_going = false;  ///< take a file that has errors as keepalived would take it
    bool silent = false;      ///< findings are not printed, for they are not what was asked for
};

/// Adds --target-version, --config-id, -D and --keep-going to a command.
void add_configuration_options(Command command, ConfigurationOptions& options);

/// Reads a configuration, all of which is kept. Errors and warnings are printed to standard error; a file with errors
/// fails, unless the options say to keep going.
Result<validate::Analysis> load_analysis(const ConfigurationOptions& options, const std::string& file,
                                         const Streams& streams);

/// A template that has not been filled in is no configuration, with whatever options: a failure that says so.
Result<void> refuse_template(const validate::Analysis& analysis, const std::string& file);

/// What --keep-going does with a file that has errors; tells when keepalived does not run with it.
void take_as_daemon(validate::Analysis& analysis, const validate::AnalysisOptions& options, const Streams& streams);

/// Reads a configuration and compiles its table. Errors and warnings are printed to standard error; a file with errors
/// fails, unless the options say to keep going.
Result<table::Wanted> load_wanted(const ConfigurationOptions& options, const std::string& file, const Streams& streams);

/// The same with every health check run once: the table that keepalived has after its first round. Servers that are
/// down are named on standard error.
Result<table::Wanted> load_checked_wanted(const ConfigurationOptions& options, const std::string& file,
                                          const Streams& streams);

/// The same, for a listing that shows the names which the configuration has for its services and servers.
Result<listing::ListingNotes> load_notes(const ConfigurationOptions& options, const std::string& file,
                                         const Streams& streams);

}  // namespace lbctl::cli
