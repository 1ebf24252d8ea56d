#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/table/live.h"
#include "backend/table/wanted.h"

/// Servers that lbctl drained: weight 0, so that no new connections come, and a record of what was there before.
namespace lbctl::table {

/// A destination that `drain` or `apply --drain` set to weight 0.
struct DrainedServer {
    std::uint32_t weight = 0;  ///< before; of a server that was down, that of keepalived's configuration
    std::string by;            ///< the login name of who did it; empty: not known
    std::optional<std::chrono::sys_seconds> since;
    bool was_down = false;  ///< keepalived's check held it down when it was drained
    bool operator==(const DrainedServer&) const = default;

    /// Somebody wanted it drained. apply --drain writes down neither who nor since when: it drains what it removes.
    [[nodiscard]] bool is_wanted() const { return since || !by.empty(); }
};

/// By drained_key().
using DrainedServers = std::map<std::string, DrainedServer>;

/// "TCP 10.0.0.1:80 10.0.1.1:80": the service, a blank, the destination.
std::string drained_key(const ServiceKey& service, const DestinationKey& destination);

/// What a key names; nothing for a key of another kind.
std::optional<std::pair<ServiceKey, DestinationKey>> drained_parts(std::string_view key);

/// A server that is drained at this moment, by the person who runs lbctl.
DrainedServer drained_now(std::uint32_t weight, bool was_down = false);

/// "by alice since 2026-11-30 11:03": what is known of it, in local time; empty when nothing is.
std::string to_string(const DrainedServer& drained);

/// {"weight_before": 3, "by": "alice", "since": "2026-11-30T11:03:00Z",
/// "was_down": false}; what is not known is null.
nlohmann::ordered_json to_json(const DrainedServer& drained);

/// Without those of servers that something else has given a weight since. A server that is not in the table now stays
/// drained: when a check of keepalived puts it back, it is known that it was.
DrainedServers still_drained(DrainedServers drained, const LiveTable& live);
/// The same for a table without counters.
DrainedServers still_drained(DrainedServers drained, const Table& live);

/// Who is drained and stays so.
struct KeptDrain {
    ServiceKey service;
    DestinationKey destination;
    DrainedServer drained;
};

/// Gives weight 0 to the destinations of `wanted` that somebody wanted drained, and tells which those are, in the order
/// of `wanted`. Those whose weight is 0 there anyway are not told.
std::vector<KeptDrain> keep_drained(Wanted& wanted, const DrainedServers& drained);

}  // namespace lbctl::table
