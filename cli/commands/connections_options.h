#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/listing/names.h"
#include "backend/procfs/connection_filter.h"
#include "backend/procfs/connection_order.h"
#include "backend/procfs/connection_reader.h"
#include "backend/procfs/connection_tally.h"
#include "backend/procfs/connections.h"
#include "cli/command.h"
#include "cli/configuration.h"

namespace lbctl::cli {

enum class ConnectionsFormat { table, json, ndjson, csv };

/// The command line of `lbctl connections`, checked.
struct ConnectionsOptions {
    procfs::ConnectionFilter filter;
    ConnectionsFormat format = ConnectionsFormat::table;
    bool count = false;
    std::optional<std::size_t> top;
    std::vector<procfs::TallyBy> by = {{}};
    std::optional<std::uint64_t> limit;  ///< of rows
    std::optional<procfs::ConnectionOrder> order;
    bool resolve = false;
    bool engine = false;
    bool origin = false;
    std::optional<double> watch;         ///< seconds between looks
    std::optional<std::uint64_t> looks;  ///< end after so many; for ever without
    std::optional<std::string> from;     ///< a captured file, "-" is standard input
    std::string net_namespace;
    std::string file;  ///< a configuration whose names are shown
    ConfigurationOptions configuration;
};

/// The file to read, opened in the wanted namespace.
procfs::Source connections_source(const ConnectionsOptions& options);

/// Says what was left out of a listing. Gives ExitStatus::findings when there was damage, else ok.
ExitStatus report_damage(const Streams& streams, const procfs::Source& source, const procfs::ReadReport& report);

/// Fails when there were lines, and none of them was a connection.
Result<void> check_readable(const procfs::Source& source, const procfs::ReadReport& report);

/// The names that a configuration has, where --config names one.
Result<std::optional<listing::ListingNotes>> load_connection_notes(const ConnectionsOptions& options,
                                                                   const Streams& streams);

/// Gives the filter the servers that exist, where it asks for them: those of the live table, or of a configuration
/// where a captured file is read.
Result<void> find_known_servers(ConnectionsOptions& options, const listing::ListingNotes* notes);

/// Prints the connections, or how many there are.
ExitStatus list_connections(const Streams& streams, ConnectionsOptions options);

/// Prints the greatest groups; with --watch again and again, on a terminal as a screen.
ExitStatus top_connections(const Streams& streams, ConnectionsOptions options);

/// Looks again and again and prints what changed, until interrupted.
ExitStatus watch_connections(const Streams& streams, ConnectionsOptions options);

}  // namespace lbctl::cli
