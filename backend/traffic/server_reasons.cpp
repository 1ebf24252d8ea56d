#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "backend/doctor/check.h"
#include "backend/doctor/kernel_release.h"
#include "backend/table/names.h"
#include "backend/traffic/parts.h"

namespace lbctl::traffic {

namespace {

constexpr std::string_view quiescent = "net/ipv4/vs/expire_quiescent_template";
constexpr std::string_view no_destination = "net/ipv4/vs/expire_nodest_conn";
constexpr std::string_view reuse = "net/ipv4/vs/conn_reuse_mode";
constexpr std::string_view conntrack = "net/ipv4/vs/conntrack";

/// A server in its service, and what is known of both.
struct Look {
    const Facts& facts;
    const table::LiveService& service;
    const table::LiveDestination& server;
    const table::Destination* wanted = nullptr;  ///< as the configuration has it
    table::SourcePlace place;

    [[nodiscard]] std::string address() const { return to_string(server.destination.key); }
    [[nodiscard]] std::string command(std::string_view words) const {
        return fmt::format("lbctl {} {} --service {}", words, doctor::shell_word(address()),
                           service_word(service.service.key));
    }
};

Evidence listed(const Look& look) {
    return {"lbctl list", fmt::format("{} has weight {}", look.address(), look.server.destination.weight)};
}

std::string check_command(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server) {
    return fmt::format("lbctl check {} --service {} --server {}", doctor::shell_word(facts.file), service_word(service),
                       doctor::shell_word(to_string(server)));
}

void add_weight(Reasons& reasons, const Look& look) {
    if (look.server.destination.weight != 0) return;
    const auto drained =
        look.facts.drained.find(table::drained_key(look.service.service.key, look.server.destination.key));
    if (drained != look.facts.drained.end()) {
        const std::string told = to_string(drained->second);
        Reason& reason = reasons.add("drained", Effect::none,
                                     fmt::format("lbctl drained it{}{}; its weight was {}", told.empty() ? "" : " ",
                                                 told, drained->second.weight));
        reason.evidence.push_back(
            {"lbctl drained", fmt::format("{} of {}", look.address(), to_string(look.service.service.key))});
        reason.evidence.push_back(listed(look));
        reason.next = look.command("enable");
        if (!drained->second.was_down || !look.facts.keepalived) return;
        Reason& check = reasons.add(
            "check-failed", Effect::none,
            "keepalived held it down when it was drained, and would have given it a weight if its check had recovered");
        check.is_sure = false;
        check.evidence.push_back(listed(look));
        check.next = check_command(look.facts, look.service.service.key, look.server.destination.key);
        return;
    }
    if (look.wanted != nullptr && look.wanted->weight == 0) {
        Reason& reason = reasons.add("weight-0", Effect::none, "the configuration gives it weight 0");
        reason.evidence.push_back({to_string(look.place), "weight 0"});
        reason.evidence.push_back(listed(look));
        reason.next = look.command("enable");
        return;
    }
    const table::ServiceKey& service = look.service.service.key;
    const table::DestinationKey& server = look.server.destination.key;
    const Supervised by_keepalived = supervised(look.facts, service, server);
    if (look.wanted != nullptr && look.facts.keepalived && by_keepalived != Supervised::left_to_all) {
        const std::string why = held_reason(look.facts, service, server);
        Reason& reason = reasons.add(
            "check-failed", Effect::none,
            fmt::format("it has weight 0 and the configuration says {}: keepalived holds it down{}, or somebody has "
                        "set it",
                        look.wanted->weight,
                        why.empty() ? " after a failed check (inhibit_on_failure)" : fmt::format(" ({})", why)));
        reason.is_sure = false;
        reason.evidence.push_back({to_string(look.place), fmt::format("weight {}", look.wanted->weight)});
        reason.evidence.push_back(listed(look));
        reason.evidence.push_back({"lbctl drained", "it is not among them"});
        reason.next = check_command(look.facts, service, server);
        return;
    }
    if (look.wanted != nullptr && look.facts.keepalived) {
        Reason& reason = reasons.add(
            "weight-0", Effect::none,
            fmt::format("it has weight 0 and the configuration says {}: somebody has set that, for keepalived sets it "
                        "for no server without a check and inhibit_on_failure, and lbctl has not drained it",
                        look.wanted->weight));
        reason.evidence.push_back({to_string(look.place), fmt::format("weight {}", look.wanted->weight)});
        reason.evidence.push_back(listed(look));
        reason.next = look.command("enable");
        return;
    }
    Reason& reason =
        reasons.add("weight-0", Effect::none, "it has weight 0, and lbctl has not drained it: somebody has set that");
    reason.evidence.push_back(listed(look));
    reason.evidence.push_back({"lbctl drained", "it is not among them"});
    reason.next = look.command("enable");
}

void add_overload(Reasons& reasons, const Look& look) {
    const table::Destination& destination = look.server.destination;
    const Overload overload = overload_of(look.server);
    if (overload == Overload::no) return;
    const std::uint64_t total = std::uint64_t{look.server.active_connections} + look.server.inactive_connections;
    const std::string until =
        destination.lower_threshold != 0
            ? fmt::format("fewer than {} (lower_threshold)", destination.lower_threshold)
            : fmt::format("fewer than {} (three quarters)", (std::uint64_t{destination.upper_threshold} * 3 + 3) / 4);
    Reason& reason = reasons.add(
        "overloaded", Effect::none,
        overload == Overload::yes
            ? fmt::format("it has {} and may have {} (upper_threshold): it gets no new ones until there are {}",
                          many(total, "connection"), destination.upper_threshold, until)
            : fmt::format(
                  "it has {}: if there were {} (upper_threshold) before, it gets no new ones until there are {}",
                  many(total, "connection"), destination.upper_threshold, until));
    reason.is_sure = overload == Overload::yes;
    reason.evidence.push_back(
        {"lbctl list --thresholds",
         fmt::format("{} active and {} inactive connections, thresholds {} and {}", look.server.active_connections,
                     look.server.inactive_connections, destination.upper_threshold, destination.lower_threshold)});
    reason.next = fmt::format("lbctl connections --top 10 --real-server {}", doctor::shell_word(look.address()));
}

bool takes(const table::LiveDestination& server) {
    return server.destination.weight != 0 && overload_of(server) != Overload::yes;
}

/// Schedulers that send a client to a server by an address, whatever the others do; sources in net/netfilter/ipvs.
struct Hashing {
    std::string_view scheduler;
    std::string_view by;
};
constexpr std::array<Hashing, 5> hashing{
    {{"sh", "client"}, {"mh", "client"}, {"dh", "destination"}, {"lblc", "destination"}, {"lblcr", "destination"}}};

void add_scheduler(Reasons& reasons, const Look& look) {
    const std::string& scheduler = look.service.service.scheduler;
    const Evidence evidence{"lbctl list",
                            fmt::format("{} is scheduled by {}", to_string(look.service.service.key), scheduler)};
    const std::uint32_t own = look.server.destination.weight;
    if (scheduler == "none") {
        Reason& reason =
            reasons.add("no-scheduler", Effect::none, "the service schedules nothing: its scheduler is none");
        reason.evidence.push_back(evidence);
        return;
    }
    if (own == 0) return;
    // The greatest weight takes all: fo without regard to anything, ovf until it has as many connections as its weight.
    if (scheduler == "fo" || scheduler == "ovf") {
        for (const table::LiveDestination& other : look.service.destinations) {
            if (!takes(other) || other.destination.weight <= own) continue;
            if (scheduler == "ovf" && other.active_connections >= other.destination.weight) continue;
            Reason& reason =
                reasons.add("greater-weight", Effect::none,
                            fmt::format("{} has a greater weight, and the scheduler {} gives that all connections{}",
                                        to_string(other.destination.key), scheduler,
                                        scheduler == "ovf" ? " until it has as many as its weight" : ""));
            reason.evidence.push_back(evidence);
            reason.evidence.push_back(
                {"lbctl list", fmt::format("weight {} there, {} here", other.destination.weight, own)});
            reason.next = fmt::format("lbctl list {}", service_word(look.service.service.key));
            return;
        }
        return;
    }
    const auto* hash = std::ranges::find(hashing, std::string_view(scheduler), &Hashing::scheduler);
    if (hash != hashing.end()) {
        Reason& reason = reasons.add(
            "hashed", Effect::less,
            fmt::format(
                "the scheduler {} chooses the server by the {}'s address: this one gets those of some addresses only",
                scheduler, hash->by));
        reason.evidence.push_back(evidence);
        reason.next = fmt::format("lbctl connections --service {} --top 10 --by client,real-server",
                                  service_word(look.service.service.key));
    }
    std::uint64_t sum = 0;
    std::uint64_t servers = 0;
    for (const table::LiveDestination& other : look.service.destinations) {
        if (!takes(other)) continue;
        sum += other.destination.weight;
        ++servers;
    }
    const bool is_weighted = scheduler != "rr" && scheduler != "lc" && hash == hashing.end();
    if (is_weighted && takes(look.server) && servers > 1 && std::uint64_t{own} * servers != sum) {
        Reason& reason = reasons.add(
            "share", std::uint64_t{own} * servers < sum ? Effect::less : Effect::fact,
            fmt::format(
                "its weight is {} of {}: it gets about {:.0f} % of the new connections, where each would get {:.0f} %",
                own, sum, 100.0 * own / static_cast<double>(sum), 100.0 / static_cast<double>(servers)));
        reason.evidence.push_back(
            {"lbctl list", fmt::format("{} servers take connections, their weights are {} in all", servers, sum)});
        reason.next = look.command("weight") + " WEIGHT";
    }
}

/// Templates that bind clients to the other servers.
void add_bound_elsewhere(Reasons& reasons, const Look& look) {
    if (!table::is_persistent(look.service.service) || !takes(look.server)) return;
    std::uint64_t elsewhere = 0;
    for (const table::LiveDestination& other : look.service.destinations) {
        if (&other != &look.server) elsewhere += other.persistent_connections;
    }
    if (elsewhere <= look.server.persistent_connections) return;
    Reason& reason = reasons.add("bound-elsewhere", Effect::less,
                                 fmt::format("{} of the service {} to other servers, {} here: {} where {}",
                                             many(elsewhere, "persistence template"), elsewhere == 1 ? "leads" : "lead",
                                             look.server.persistent_connections,
                                             elsewhere == 1 ? "that client comes back" : "those clients come back",
                                             elsewhere == 1 ? "it was" : "they were"));
    reason.evidence.push_back(
        {"lbctl list --persistent-conn", fmt::format("persistence {}", to_string(look.service.service.persistence))});
    reason.next = fmt::format("lbctl connections --templates --top 10 --by real-server --service {}",
                              service_word(look.service.service.key));
}

/// Why a server that gets no new connections has traffic all the same.
void add_remaining(Reasons& reasons, const Look& look) {
    const table::LiveDestination& server = look.server;
    if (server.persistent_connections != 0) {
        const bool expires = setting(look.facts, quiescent).value_or(0) != 0 && server.destination.weight == 0;
        Reason& reason = reasons.add(
            "bound-clients", expires ? Effect::fact : Effect::keeps,
            expires ? fmt::format(
                          "{}, but {} elsewhere with {} next connection",
                          server.persistent_connections == 1
                              ? "1 persistence template is still there"
                              : fmt::format("{} persistence templates are still there", server.persistent_connections),
                          server.persistent_connections == 1 ? "its client goes" : "their clients go",
                          server.persistent_connections == 1 ? "its" : "their")
                    : fmt::format("{} until {} s after {} last connection",
                                  server.persistent_connections == 1
                                      ? "1 persistence template binds a client to it, which comes back"
                                      : fmt::format("{} persistence templates bind clients to it: they come back",
                                                    server.persistent_connections),
                                  look.service.service.persistence ? look.service.service.persistence->timeout : 0,
                                  server.persistent_connections == 1 ? "its" : "their"));
        reason.evidence.push_back({"lbctl list --persistent-conn", many(server.persistent_connections, "template")});
        reason.evidence.push_back(setting_evidence(look.facts, quiescent));
        reason.next = expires ? std::string() : look.command("drain") + " --wait 600 --break-persistence";
    }
    if (server.active_connections != 0) {
        Reason& reason =
            reasons.add("connections-remain", Effect::keeps,
                        server.active_connections == 1
                            ? "1 active connection goes on until it ends"
                            : fmt::format("{} active connections go on until they end", server.active_connections));
        reason.evidence.push_back({"lbctl list", fmt::format("{} active, {} inactive", server.active_connections,
                                                             server.inactive_connections)});
        reason.next = fmt::format("lbctl connections --real-server {} --service {} --sort -expires --limit 20",
                                  doctor::shell_word(look.address()), service_word(look.service.service.key));
    }
    if (setting(look.facts, reuse) == 0 && (server.active_connections != 0 || server.inactive_connections != 0)) {
        Reason& reason = reasons.add("port-reuse", Effect::keeps,
                                     "a client that uses a port again goes where its last connection from there went");
        reason.evidence.push_back(setting_evidence(look.facts, reuse));
        reason.next = doctor::sysctl_command(reuse, "1");
    }
}

/// Settings that hold up clients.
void add_stalls(Reasons& reasons, const Facts& facts) {
    constexpr doctor::KernelRelease mended{5, 9};
    if (!facts.machine || setting(facts, conntrack).value_or(0) == 0 || setting(facts, reuse).value_or(0) == 0) return;
    const auto release = doctor::release_of(facts.machine->kernel);
    if (!release || *release >= mended) return;
    Reason& reason =
        reasons.add("port-reuse-stalls", Effect::less,
                    fmt::format("with conntrack, Linux {} lets clients that use a port again wait a second",
                                facts.machine->kernel));
    reason.evidence.push_back(setting_evidence(facts, conntrack));
    reason.evidence.push_back(setting_evidence(facts, reuse));
    reason.next = doctor::sysctl_command(conntrack, "0");
}

/// Why a server of the configuration is not in the table.
Reason& add_missing(Reasons& reasons, const Facts& facts, const table::ServiceKey& service,
                    const table::DestinationKey& server) {
    const std::string file = doctor::shell_word(facts.file);
    const auto add = [&](std::string_view id, bool is_sure, std::string text, std::string next) -> Reason& {
        Reason& reason = reasons.add(id, Effect::none, std::move(text));
        reason.is_sure = is_sure;
        reason.next = std::move(next);
        return reason;
    };
    if (!facts.keepalived) {
        return add("not-applied", true, "the configuration has it, and was not applied",
                   fmt::format("lbctl diff {}", file));
    }
    const std::string check = check_command(facts, service, server);
    switch (supervised(facts, service, server)) {
        case Supervised::unknown:
            break;
        case Supervised::held:
            return add("check-failed", false,
                       fmt::format("the configuration has it and the table has not: keepalived keeps it out ({}), or "
                                   "somebody has removed it",
                                   held_reason(facts, service, server)),
                       check);
        case Supervised::not_read:
            return add("not-reloaded", true,
                       "the configuration has it, and keepalived has not read that: its own one has not",
                       fmt::format("lbctl reload {} --dry-run", file));
        case Supervised::left_to_all:
            return add("removed", true,
                       "the configuration has it and the table has not: somebody has removed it, for it has no check "
                       "by which keepalived would",
                       fmt::format("lbctl diff {}", file));
    }
    return add("check-failed", false,
               "the configuration has it and the table has not: keepalived takes a server out whose check fails",
               check);
}

}  // namespace

Subject explain_server(const Facts& facts, const table::LiveService& service, const table::LiveDestination& server) {
    Look look{facts, service, server, nullptr, {}};
    if (const table::WantedService* wanted = wanted_service(facts, service.service.key)) {
        const auto& destinations = wanted->service.destinations;
        const auto found = std::ranges::find(destinations, server.destination.key, &table::Destination::key);
        if (found != destinations.end()) {
            look.wanted = &*found;
            look.place = wanted->place_of(*found);
        }
    }
    Subject subject{"server", fmt::format("{} of {}", look.address(), to_string(service.service.key)), "", {}};
    subject.state = fmt::format("weight {}, {} active and {} inactive connections", server.destination.weight,
                                server.active_connections, server.inactive_connections);
    if (table::is_persistent(service.service))
        subject.state += ", " + many(server.persistent_connections, "persistence template");
    subject.state +=
        fmt::format(", {} new connections a second, {} in all", server.rates.connections, server.counters.connections);
    Reasons reasons;
    add_weight(reasons, look);
    add_overload(reasons, look);
    add_scheduler(reasons, look);
    add_arrival(reasons, facts, service);
    if (reasons.has(Effect::none)) {
        add_remaining(reasons, look);
    } else {
        add_bound_elsewhere(reasons, look);
        if (table::is_persistent(service.service)) add_remaining(reasons, look);
    }
    add_stalls(reasons, facts);
    subject.reasons = reasons.take();
    return subject;
}

Subject explain_absent(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server) {
    Subject subject{"server", fmt::format("{} of {}", to_string(server), to_string(service)), "not in the table", {}};
    Reasons reasons;
    const table::WantedService* wanted = wanted_service(facts, service);
    const table::Destination* destination = nullptr;
    if (wanted != nullptr) {
        const auto found = std::ranges::find(wanted->service.destinations, server, &table::Destination::key);
        if (found != wanted->service.destinations.end()) destination = &*found;
    }
    const Evidence absent{"lbctl list", "it is not in the table"};
    if (destination != nullptr) {
        Reason& reason = add_missing(reasons, facts, service, server);
        reason.evidence.push_back(
            {to_string(wanted->place_of(*destination)), fmt::format("weight {}", destination->weight)});
        reason.evidence.push_back(absent);
    } else {
        Reason& reason = reasons.add("not-in-table", Effect::none, "it is not in the table");
        reason.evidence.push_back(absent);
        if (facts.wanted) reason.evidence.push_back({facts.file, "it is not in the file either"});
    }
    if (const auto drained = facts.drained.find(table::drained_key(service, server)); drained != facts.drained.end()) {
        const std::string told = to_string(drained->second);
        Reason& reason = reasons.add("drained", Effect::none,
                                     fmt::format("lbctl drained it{}{}: with `lbctl apply' it comes back with weight 0",
                                                 told.empty() ? "" : " ", told));
        reason.evidence.push_back({"lbctl drained", "it is not in the table now"});
        reason.next =
            fmt::format("lbctl enable {} --service {}", doctor::shell_word(to_string(server)), service_word(service));
    }
    for (const Entries& entries : facts.entries) {
        if (entries.service != service || entries.server != server || entries.connections == 0) continue;
        const bool expires = setting(facts, no_destination).value_or(0) != 0;
        Reason& reason = reasons.add(
            "connections-remain", Effect::keeps,
            fmt::format("{} {} still there: the kernel {}", many(entries.connections, "connection"),
                        entries.connections == 1 ? "is" : "are",
                        expires                    ? "ends each with its next packet, so that the client notices"
                        : entries.connections == 1 ? "drops its packets in silence until it expires, which can be 15 "
                                                     "minutes"
                                                   : "drops their packets in silence until they expire, which can be "
                                                     "15 minutes"));
        reason.evidence.push_back({"lbctl connections --orphaned", many(entries.connections, "connection")});
        reason.evidence.push_back(setting_evidence(facts, no_destination));
        reason.next = expires ? std::string() : doctor::sysctl_command(no_destination, "1");
    }
    subject.reasons = reasons.take();
    return subject;
}

}  // namespace lbctl::traffic
