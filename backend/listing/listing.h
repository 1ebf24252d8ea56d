#pragma once

#include <string>
#include <vector>

#include "backend/listing/names.h"
#include "backend/listing/notes.h"
#include "backend/listing/text.h"
#include "backend/table/drained.h"
#include "backend/table/live.h"

/// The live table laid out as `ipvsadm -L` lays it out (ipvsadm.c of 1.31; tests/parity/ipvsadm.py compares).
namespace lbctl::listing {

/// Which of ipvsadm's tables. With several options given, ipvsadm takes the first of --stats, --rate, --thresholds,
/// --persistent-conn, --tun-info.
enum class ListingColumns { plain, statistics, rates, thresholds, persistence, tunnels };

struct ListingStyle {
    ListingColumns columns = ListingColumns::plain;
    bool exact = false;          ///< large numbers in full
    bool sorted = true;          ///< ipvsadm's order; otherwise the kernel's
    NameCache* names = nullptr;  ///< names instead of numbers
    /// What the configuration says of them: after each service its name there, after servers whether they are only in
    /// the kernel or only in the file. Everything that is not ipvsadm's begins with #.
    const ListingNotes* notes = nullptr;
    /// Servers that are drained, which is said after their rows.
    const table::DrainedServers* drained = nullptr;
};

/// "IP Virtual Server version 1.2.1 (size=4096)" with newline.
std::string listing_version(const table::KernelInfo& info);

/// The two title lines.
std::string listing_title(const ListingStyle& style);

/// A service's line and a line for each of its destinations. Counters and rates of destinations but bytes are cut to
/// 32 bits, as ipvsadm reads them.
void write_listing(text::Output& out, const table::LiveService& service, const ListingStyle& style);

/// Version, title and all services.
void write_listing(text::Output& out, const table::LiveTable& live, const ListingStyle& style);

/// What follows a listing with notes: the services that the file has and the kernel has not.
void write_missing_services(text::Output& out, const table::LiveTable& live, const ListingStyle& style);

/// "Timeout (tcp tcpfin udp): 900 120 300" with newline.
std::string listing_timeouts(const table::Timeouts& timeouts);

/// A line for each daemon; nothing without any.
std::string listing_daemons(const std::vector<table::SyncDaemon>& daemons);

/// What `ipvsadm -S` prints, with names unless `names` is null.
std::string listing_rules(const table::LiveTable& live, NameCache* names);

/// Pointers to the services, and to the destinations of one, in ipvsadm's order or the kernel's.
std::vector<const table::LiveService*> listing_order(const std::vector<table::LiveService>& services, bool sorted);
std::vector<const table::LiveDestination*> listing_order(const std::vector<table::LiveDestination>& destinations,
                                                         bool sorted);

/// Protocol number under which names of a service's ports are looked up; 0 for fwmark services, which have none.
std::uint16_t name_protocol(const table::LiveService& service);

}  // namespace lbctl::listing
