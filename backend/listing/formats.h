#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/listing/listing.h"
#include "backend/table/drained.h"
#include "backend/table/live.h"

/// The live table for programs: JSON, CSV, and the text format of Prometheus.
namespace lbctl::listing {

/// Which numbers a listing is about.
enum class ListingSubject { table, statistics, rates };

/// Whether a listing shows the whole table, or a service that was asked for.
enum class ListingScope { everything, one_service };

/// Schema lbctl-list/2, lbctl-stats/2 or lbctl-rate/2, with newline. Services and servers in ipvsadm's order. With
/// notes, services that the file has carry "configuration", and of a whole table what only the file has is under
/// "missing". Servers that are drained carry "drained". `time` is that of the look, and stands as "time" unless empty.
std::string listing_json(const table::LiveTable& live, ListingSubject subject, const ListingNotes* notes = nullptr,
                         ListingScope scope = ListingScope::everything, const table::DrainedServers& drained = {},
                         std::string_view time = {});

/// Schema lbctl-timeouts/1 and lbctl-daemons/1, with newline.
std::string timeouts_json(const table::Timeouts& timeouts);
std::string daemons_json(const std::vector<table::SyncDaemon>& daemons);

/// A field of CSV that may hold anything, in its quotes (RFC 4180).
std::string csv_quoted(std::string_view text);

/// A row a service (empty real_server) and a row a server, each in one line, and a line of titles before them. With
/// notes a last column says what the file says of each.
std::string listing_csv(const table::LiveTable& live, ListingSubject subject, const ListingNotes* notes = nullptr);

/// For node_exporter's textfile collector, with the names and labels of its ipvs collector as far as that goes; marks
/// are eight hexadecimal digits as there. `totals` are those of the namespace. Statistics give counters, rates give
/// averages a second, the table gives connections and weights. No two lines of a metric have the same labels. With
/// notes, lbctl_ipvs_service_info and lbctl_ipvs_backend_info have the names of the file in labels.
std::string listing_prometheus(const table::LiveTable& live, ListingSubject subject,
                               const std::optional<table::Counters>& totals, const ListingNotes* notes = nullptr);

}  // namespace lbctl::listing
