#pragma once

#include <cstdint>
#include <vector>

#include "backend/table/table.h"

/// The table as the kernel holds it at one moment, with what it has counted.
namespace lbctl::table {

/// Totals since the service or destination was made or zeroed.
struct Counters {
    std::uint64_t connections = 0;
    std::uint64_t in_packets = 0;
    std::uint64_t out_packets = 0;
    std::uint64_t in_bytes = 0;
    std::uint64_t out_bytes = 0;
};

/// Smoothed averages over about two seconds, each a second.
struct Rates {
    std::uint64_t connections = 0;
    std::uint64_t in_packets = 0;
    std::uint64_t out_packets = 0;
    std::uint64_t in_bytes = 0;
    std::uint64_t out_bytes = 0;
};

struct LiveDestination {
    Destination destination;
    std::uint32_t active_connections = 0;
    std::uint32_t inactive_connections = 0;
    std::uint32_t persistent_connections = 0;
    Counters counters;
    Rates rates;
};

/// A service in the kernel; `service.destinations` is empty, `destinations` holds them in the kernel's order.
struct LiveService {
    Service service;
    std::uint16_t raw_protocol = 0;  ///< as the kernel stores it: any number, and 6 for every fwmark service
    Counters counters;
    Rates rates;
    std::vector<LiveDestination> destinations;
};

/// What the kernel says of IPVS itself.
struct KernelInfo {
    std::uint32_t version = 0;                ///< 0x010201 is 1.2.1
    std::uint32_t connection_table_size = 0;  ///< hash buckets
};

struct LiveTable {
    KernelInfo info;
    std::vector<LiveService> services;  ///< in the kernel's order
    Timeouts timeouts;
    std::vector<SyncDaemon> daemons;  ///< master first
};

/// The table without what was counted, for comparing and for writing back.
Table configuration_of(const LiveTable& live);

}  // namespace lbctl::table
