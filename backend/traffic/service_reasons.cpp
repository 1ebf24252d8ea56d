#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/table/names.h"
#include "backend/traffic/parts.h"

namespace lbctl::traffic {

namespace {

void add_servers(Reasons& reasons, const Facts& facts, const table::LiveService& service) {
    const std::string word = service_word(service.service.key);
    const table::WantedService* wanted = wanted_service(facts, service.service.key);
    if (service.destinations.empty()) {
        Reason& reason = reasons.add(
            "no-server", Effect::none,
            facts.keepalived && wanted != nullptr && !wanted->service.destinations.empty()
                ? "it has no server: keepalived has taken all of them out, as it does when their checks fail"
                : "it has no server");
        reason.evidence.push_back({"lbctl list", "no server stands below it"});
        if (facts.wanted) {
            reason.next =
                fmt::format("lbctl {} {}{}{}", facts.keepalived ? "check" : "diff", doctor::shell_word(facts.file),
                            facts.keepalived ? " --service " : "", facts.keepalived ? word : "");
        }
        return;
    }
    std::uint64_t drained = 0;
    std::uint64_t without_weight = 0;
    std::uint64_t overloaded = 0;
    for (const table::LiveDestination& server : service.destinations) {
        if (server.destination.weight == 0) {
            ++without_weight;
            drained +=
                facts.drained.contains(table::drained_key(service.service.key, server.destination.key)) ? 1U : 0U;
        } else if (overload_of(server) == Overload::yes) {
            ++overloaded;
        }
    }
    const std::uint64_t all = service.destinations.size();
    if (without_weight == all) {
        Reason& reason = reasons.add(
            "weight-0", Effect::none,
            drained == 0 ? fmt::format("{} weight 0", all == 1 ? "its only server has" : "all of its servers have")
                         : fmt::format("{} weight 0; lbctl has drained {} of {}",
                                       all == 1 ? "its only server has" : "all of its servers have", drained, all));
        reason.evidence.push_back({"lbctl list", fmt::format("{} with weight 0", many(all, "server"))});
        if (drained != 0) reason.evidence.push_back({"lbctl drained", many(drained, "server") + " of it"});
        reason.next = fmt::format("lbctl enable '*' --service {}", word);
    } else if (without_weight + overloaded == all) {
        Reason& reason = reasons.add("overloaded", Effect::none,
                                     fmt::format("{} as many connections as upper_threshold allows",
                                                 overloaded == 1 ? "the server that takes connections has"
                                                                 : "all servers that take connections have"));
        reason.evidence.push_back(
            {"lbctl list --thresholds", fmt::format("{} of {}", overloaded, many(all, "server"))});
        reason.next = fmt::format("lbctl list --thresholds {}", word);
    } else if (without_weight + overloaded != 0) {
        Reason& reason =
            reasons.add("fewer-servers", Effect::fact,
                        fmt::format("{} of {} {} connections: {} with weight 0 ({} drained by lbctl), {} overloaded",
                                    all - without_weight - overloaded, many(all, "server"),
                                    all - without_weight - overloaded == 1 ? "takes" : "take", without_weight, drained,
                                    overloaded));
        reason.evidence.push_back({"lbctl list", fmt::format("{} with weight 0", many(without_weight, "server"))});
        reason.next = "lbctl drained";
    }
    if (wanted == nullptr) return;
    const auto missing = static_cast<std::uint64_t>(
        std::ranges::count_if(wanted->service.destinations, [&](const table::Destination& destination) {
            return std::ranges::none_of(service.destinations, [&](const table::LiveDestination& live) {
                return live.destination.key == destination.key;
            });
        }));
    if (missing == 0) return;
    Reason& reason =
        reasons.add(facts.keepalived ? "check-failed" : "not-applied", Effect::fact,
                    fmt::format("{} of the configuration {} not in the table{}", many(missing, "server"),
                                missing == 1 ? "is" : "are",
                                facts.keepalived ? ": keepalived takes a server out whose check fails" : ""));
    reason.is_sure = !facts.keepalived;
    reason.evidence.push_back(
        {to_string(wanted->place), fmt::format("{} there", many(wanted->service.destinations.size(), "server"))});
    reason.next = facts.keepalived ? fmt::format("lbctl check {} --service {}", doctor::shell_word(facts.file), word)
                                   : fmt::format("lbctl diff {}", doctor::shell_word(facts.file));
}

}  // namespace

Subject explain_service(const Facts& facts, const table::LiveService& service) {
    const table::Service& own = service.service;
    Subject subject{"service", to_string(own.key), "", {}};
    std::uint64_t active = 0;
    std::uint64_t inactive = 0;
    std::uint64_t templates = 0;
    for (const table::LiveDestination& server : service.destinations) {
        active += server.active_connections;
        inactive += server.inactive_connections;
        templates += server.persistent_connections;
    }
    subject.state = fmt::format("{}, {}, {} active and {} inactive connections", own.scheduler,
                                many(service.destinations.size(), "server"), active, inactive);
    if (table::is_persistent(own))
        subject.state += fmt::format(", persistence {}, {}", to_string(own.persistence), many(templates, "template"));
    subject.state += fmt::format(", {} new connections a second, {} in all", service.rates.connections,
                                 service.counters.connections);
    Reasons reasons;
    add_servers(reasons, facts, service);
    if (own.scheduler == "none") {
        Reason& reason = reasons.add("no-scheduler", Effect::none, "it schedules nothing: its scheduler is none");
        reason.evidence.push_back({"lbctl list", "the scheduler is none"});
    }
    const auto* address = std::get_if<table::AddressKey>(&own.key);
    if (address != nullptr && address->port == 0 && !table::is_persistent(own)) {
        Reason& reason = reasons.add("port-0", Effect::none,
                                     "a service of all ports that is not persistent never schedules anything");
        reason.evidence.push_back({"lbctl list", "port 0, and no persistence"});
        reason.next = "lbctl explain persistence_timeout";
    }
    add_arrival(reasons, facts, service);
    if (table::is_persistent(own) && own.netmask != table::default_netmask(table::family_of(own.key))) {
        Reason& reason = reasons.add("grouped-clients", Effect::fact,
                                     fmt::format("clients of one network (netmask {}) go to one server",
                                                 table::netmask_text(table::family_of(own.key), own.netmask)));
        reason.evidence.push_back(
            {"lbctl list", fmt::format("mask {}", table::netmask_text(table::family_of(own.key), own.netmask))});
        reason.next =
            fmt::format("lbctl connections --service {} --top 10 --by client/24,real-server", service_word(own.key));
    }
    subject.reasons = reasons.take();
    return subject;
}

Subject explain_absent_service(const Facts& facts, const table::WantedService& service) {
    Subject subject{"service", to_string(service.service.key), "not in the table", {}};
    Reasons reasons;
    Reason& reason = reasons.add(
        "not-applied", Effect::none,
        facts.keepalived
            ? "the configuration has it and the table has not: keepalived has not read this file, or could not add it"
            : "the configuration has it, and was not applied");
    reason.evidence.push_back({to_string(service.place), service.name});
    reason.evidence.push_back({"lbctl list", "it is not in the table"});
    reason.next = fmt::format("lbctl diff {}", doctor::shell_word(facts.file));
    subject.reasons = reasons.take();
    return subject;
}

}  // namespace lbctl::traffic
