#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/traffic/reasons.h"

/// What the reasons of several kinds of subjects have in common.
namespace lbctl::traffic {

/// "1 connection", "3 connections".
std::string many(std::uint64_t count, std::string_view what);

/// Gathers reasons.
class Reasons {
public:
    Reason& add(std::string_view id, Effect effect, std::string text) {
        return reasons_.emplace_back(Reason{id, effect, true, std::move(text), {}, {}});
    }
    [[nodiscard]] bool has(Effect effect) const;
    /// Those that stop traffic come first, then what lessens it, what keeps it, and what is only so.
    [[nodiscard]] std::vector<Reason> take();

private:
    std::vector<Reason> reasons_;
};

/// What a setting below /proc/sys is; nothing where it is not known.
std::optional<std::int64_t> setting(const Facts& facts, std::string_view path);
Evidence setting_evidence(const Facts& facts, std::string_view path);

/// The service as the configuration has it; null where it has not, or there is none.
const table::WantedService* wanted_service(const Facts& facts, const table::ServiceKey& key);

/// What keepalived does with a real server, as far as that can be seen.
enum class Supervised : std::uint8_t {
    unknown,      ///< none runs, or what it has read cannot be seen
    not_read,     ///< the configuration that it has read has no such server
    held,         ///< it keeps it from new connections
    left_to_all,  ///< it has no reason to
};
Supervised supervised(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server);
/// Why it is held: "its TCP_CHECK fails"; empty where it is not.
std::string held_reason(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server);

/// Whether the kernel schedules nothing to a server, because it has as many connections as its threshold allows: from
/// the upper one on, until there are fewer than the lower one allows, or without that fewer than three quarters of the
/// upper one (ip_vs_bind_dest() and ip_vs_unbind_dest() in net/netfilter/ipvs/ip_vs_conn.c). Between the two it may be
/// either.
enum class Overload : std::uint8_t { no, maybe, yes };
Overload overload_of(const table::LiveDestination& server);

/// Why no packet may reach a service at all.
void add_arrival(Reasons& reasons, const Facts& facts, const table::LiveService& service);

/// A service's name for a shell.
std::string service_word(const table::ServiceKey& key);

// One for each kind of subject.
Subject explain_server(const Facts& facts, const table::LiveService& service, const table::LiveDestination& server);
/// A server that is not in the table, though the configuration has it or connections lead to it.
Subject explain_absent(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server);
Subject explain_service(const Facts& facts, const table::LiveService& service);
/// A service that only the configuration has.
Subject explain_absent_service(const Facts& facts, const table::WantedService& service);
Subject explain_client(const Facts& facts, std::string_view word);

}  // namespace lbctl::traffic
