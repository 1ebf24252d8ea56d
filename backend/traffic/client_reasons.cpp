#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/table/names.h"
#include "backend/traffic/parts.h"

namespace lbctl::traffic {

namespace {

const table::LiveService* find_service(const Facts& facts, const table::ServiceKey& key) {
    for (const table::LiveService& service : facts.live.services) {
        if (service.service.key == key) return &service;
    }
    return nullptr;
}

const table::LiveDestination* find_server(const table::LiveService& service, const table::DestinationKey& key) {
    for (const table::LiveDestination& server : service.destinations) {
        if (server.destination.key == key ||
            (server.destination.key.port == 0 && server.destination.key.address == key.address))
            return &server;
    }
    return nullptr;
}

void add_template(Reasons& reasons, const Facts& facts, const Entries& entries, std::string_view client) {
    const table::LiveService* service = find_service(facts, entries.service);
    const table::LiveDestination* server = service == nullptr ? nullptr : find_server(*service, entries.server);
    const bool is_quiet = server != nullptr && server->destination.weight == 0;
    const bool expires = setting(facts, "net/ipv4/vs/expire_quiescent_template").value_or(0) != 0;
    Reason& reason = reasons.add(
        "bound", is_quiet && !expires ? Effect::keeps : Effect::fact,
        fmt::format("{} bound to {} in {}: it goes there until {} s after its last connection{}",
                    entries.templates == 1
                        ? "it is"
                        : fmt::format("{} bind clients of it, which are", many(entries.templates, "template")),
                    to_string(entries.server), to_string(entries.service),
                    service != nullptr && service->service.persistence ? service->service.persistence->timeout
                                                                       : entries.longest_template,
                    server == nullptr ? ", but the server is gone, and its next connection is scheduled anew"
                    : is_quiet        ? (expires ? ", but that has weight 0, and its next connection is scheduled anew"
                                                 : ", although that has weight 0")
                                      : ""));
    reason.evidence.push_back(
        {"lbctl connections --templates",
         fmt::format("{}, the last lives {} s more", many(entries.templates, "template"), entries.longest_template)});
    if (is_quiet) reason.evidence.push_back(setting_evidence(facts, "net/ipv4/vs/expire_quiescent_template"));
    reason.next = fmt::format("lbctl connections --templates --client {}", doctor::shell_word(client));
}

void add_connections(Reasons& reasons, const Facts& facts, const Entries& entries, std::string_view client) {
    const table::LiveService* service = find_service(facts, entries.service);
    const table::LiveDestination* server = service == nullptr ? nullptr : find_server(*service, entries.server);
    Reason& reason = reasons.add("connections", Effect::fact,
                                 fmt::format("{} to {} go to {}", many(entries.connections, "connection"),
                                             to_string(entries.service), to_string(entries.server)));
    if (entries.connections == 1)
        reason.text =
            fmt::format("1 connection to {} goes to {}", to_string(entries.service), to_string(entries.server));
    reason.evidence.push_back({"lbctl connections", many(entries.connections, "connection")});
    if (service != nullptr && server == nullptr && std::holds_alternative<table::AddressKey>(entries.service)) {
        const bool expires = setting(facts, "net/ipv4/vs/expire_nodest_conn").value_or(0) != 0;
        reason.id = "orphaned";
        reason.effect = Effect::less;
        reason.text +=
            expires ? ", which is not in the table any more: the next packet of each ends it"
                    : ", which is not in the table any more: their packets are dropped in silence until they expire";
        reason.evidence.push_back(setting_evidence(facts, "net/ipv4/vs/expire_nodest_conn"));
    }
    reason.next = fmt::format("lbctl connections --client {} --real-server {}", doctor::shell_word(client),
                              doctor::shell_word(to_string(entries.server)));
}

}  // namespace

Subject explain_client(const Facts& facts, std::string_view word) {
    Subject subject{"client", std::string(word), "", {}};
    std::uint64_t connections = 0;
    std::uint64_t templates = 0;
    Reasons reasons;
    for (const Entries& entries : facts.entries) {
        connections += entries.connections;
        templates += entries.templates;
        if (entries.templates != 0) add_template(reasons, facts, entries, word);
        if (entries.connections != 0) add_connections(reasons, facts, entries, word);
    }
    subject.state = fmt::format("{} and {}", many(connections, "connection"), many(templates, "persistence template"));
    if (facts.entries.empty()) {
        Reason& reason = reasons.add("no-entry", Effect::none,
                                     "it is no service and no real server of the table, and no client of that address "
                                     "has an entry: it has not come lately, or its packets do not arrive");
        reason.evidence.push_back({"lbctl connections --client " + doctor::shell_word(word), "nothing"});
        reason.next = facts.live.services.empty()
                          ? "lbctl list"
                          : fmt::format("lbctl why {}", service_word(facts.live.services.front().service.key));
        for (const table::LiveService& service : facts.live.services) add_arrival(reasons, facts, service);
    }
    for (const table::LiveService& service : facts.live.services) {
        const std::string& scheduler = service.service.scheduler;
        if (scheduler != "sh" && scheduler != "mh") continue;
        const bool is_seen = std::ranges::any_of(
            facts.entries, [&](const Entries& entries) { return entries.service == service.service.key; });
        if (!is_seen) continue;
        Reason& reason = reasons.add("hashed", Effect::fact,
                                     fmt::format("the scheduler {} of {} sends a client to the same server each time",
                                                 scheduler, to_string(service.service.key)));
        reason.evidence.push_back({"lbctl list", fmt::format("{} {}", to_string(service.service.key), scheduler)});
    }
    subject.reasons = reasons.take();
    return subject;
}

}  // namespace lbctl::traffic
