#include "backend/traffic/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "backend/doctor/check.h"
#include "backend/doctor/firewall.h"
#include "backend/listing/listing.h"
#include "backend/table/names.h"
#include "backend/traffic/parts.h"

namespace lbctl::traffic {

std::string_view to_string(Effect effect) {
    switch (effect) {
        case Effect::none:
            return "none";
        case Effect::less:
            return "less";
        case Effect::keeps:
            return "keeps";
        case Effect::fact:
            break;
    }
    return "fact";
}

std::string many(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

bool Reasons::has(Effect effect) const {
    return std::ranges::any_of(reasons_, [effect](const Reason& reason) { return reason.effect == effect; });
}

std::vector<Reason> Reasons::take() {
    // What is sure comes before what may be, and both in the order in which they were found.
    std::ranges::stable_sort(reasons_, {},
                             [](const Reason& reason) { return std::pair(reason.effect, !reason.is_sure); });
    return std::move(reasons_);
}

std::optional<std::int64_t> setting(const Facts& facts, std::string_view path) {
    return facts.machine ? facts.machine->number(path) : std::nullopt;
}

Evidence setting_evidence(const Facts& facts, std::string_view path) {
    const std::string* value = facts.machine ? facts.machine->setting(path) : nullptr;
    return {fmt::format("/proc/sys/{}", path), value == nullptr ? "not known" : "it is " + *value};
}

const table::WantedService* wanted_service(const Facts& facts, const table::ServiceKey& key) {
    if (!facts.wanted) return nullptr;
    for (const table::WantedService& service : facts.wanted->services) {
        if (service.service.key == key) return &service;
    }
    return nullptr;
}

Supervised supervised(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server) {
    if (!facts.keepalived || !facts.supervised) return Supervised::unknown;
    const auto found = facts.supervised->find({service, server});
    if (found == facts.supervised->end()) return Supervised::not_read;
    return found->second.held ? Supervised::held : Supervised::left_to_all;
}

std::string held_reason(const Facts& facts, const table::ServiceKey& service, const table::DestinationKey& server) {
    if (supervised(facts, service, server) != Supervised::held) return {};
    return *facts.supervised->at({service, server}).held;
}

Overload overload_of(const table::LiveDestination& server) {
    const table::Destination& destination = server.destination;
    if (destination.upper_threshold == 0) return Overload::no;
    const std::uint64_t total = std::uint64_t{server.active_connections} + server.inactive_connections;
    if (total >= destination.upper_threshold) return Overload::yes;
    const bool is_below = destination.lower_threshold != 0 ? total < destination.lower_threshold
                                                           : total * 4 < std::uint64_t{destination.upper_threshold} * 3;
    return is_below ? Overload::no : Overload::maybe;
}

std::string service_word(const table::ServiceKey& key) {
    if (const auto* mark = std::get_if<table::FwmarkKey>(&key); mark != nullptr && mark->family == Family::inet)
        return fmt::format("fwmark:{}", mark->mark);
    return doctor::shell_word(to_string(key));
}

namespace {

void add_mark(Reasons& reasons, const Facts& facts, const table::FwmarkKey& key) {
    if (!facts.machine) return;
    const bool is_read = std::ranges::none_of(facts.machine->unread,
                                              [](const doctor::Unread& unread) { return unread.topic == "firewall"; });
    if (doctor::sets_mark(facts.machine->firewall, key.mark) != doctor::Marks::no) return;
    Reason& reason =
        reasons.add("mark-rule-missing", Effect::none,
                    fmt::format("no rule gives packets the mark {}, by which the service finds its own", key.mark));
    reason.is_sure = is_read;
    reason.evidence.push_back({"nft list ruleset, iptables-save",
                               is_read ? "no rule sets the mark" : "no rule that could be read sets the mark"});
    reason.next = "lbctl doctor";
}

void add_address(Reasons& reasons, const Facts& facts, const table::AddressKey& key) {
    if (!facts.machine || facts.machine->addresses.empty() || facts.machine->has_address(key.address)) return;
    Reason& reason =
        reasons.add("address-elsewhere", Effect::none,
                    fmt::format("this machine does not have the address {}: clients reach another director, or none",
                                key.address.to_string()));
    // A route of the type local takes packets, too.
    reason.is_sure = false;
    reason.evidence.push_back({"ip address", fmt::format("no device has {}", key.address.to_string())});
    reason.next = fmt::format("ip route get {}", key.address.to_string());
}

}  // namespace

void add_arrival(Reasons& reasons, const Facts& facts, const table::LiveService& service) {
    if (const auto* mark = std::get_if<table::FwmarkKey>(&service.service.key)) {
        add_mark(reasons, facts, *mark);
    } else {
        add_address(reasons, facts, std::get<table::AddressKey>(service.service.key));
    }
    constexpr std::string_view backup_only = "net/ipv4/vs/backup_only";
    const bool is_backup = std::ranges::any_of(
        facts.live.daemons, [](const table::SyncDaemon& daemon) { return daemon.state == table::DaemonState::backup; });
    const bool is_master = std::ranges::any_of(
        facts.live.daemons, [](const table::SyncDaemon& daemon) { return daemon.state == table::DaemonState::master; });
    if (is_backup && !is_master && setting(facts, backup_only).value_or(0) != 0) {
        Reason& reason = reasons.add("backup-only", Effect::none,
                                     "this director is a backup of the sync daemon, and schedules nothing as such");
        reason.evidence.push_back(setting_evidence(facts, backup_only));
        reason.evidence.push_back({"lbctl list --daemon", "backup"});
        reason.next = doctor::sysctl_command(backup_only, "0");
    }
    const auto tracked = setting(facts, "net/netfilter/nf_conntrack_count");
    const auto most = setting(facts, "net/netfilter/nf_conntrack_max");
    if (tracked && most && *most > 0 && *tracked >= *most) {
        Reason& reason =
            reasons.add("tracking-table-full", Effect::less, "netfilter drops new connections, for its table is full");
        reason.evidence.push_back(setting_evidence(facts, "net/netfilter/nf_conntrack_count"));
        reason.evidence.push_back(setting_evidence(facts, "net/netfilter/nf_conntrack_max"));
        reason.next = doctor::sysctl_command("net/netfilter/nf_conntrack_max", std::to_string(*most * 4));
    }
    for (const auto& [path, says] :
         {std::pair(std::string_view("net/ipv4/vs/drop_packet"), "some packets of new connections"),
          std::pair(std::string_view("net/ipv4/vs/drop_entry"), "connections at random, when memory gets short")}) {
        const auto value = setting(facts, path);
        if (!value || *value == 0) continue;
        Reason& reason = reasons.add("defence", Effect::less, fmt::format("the kernel may drop {}", says));
        reason.is_sure = *value == 3;
        reason.evidence.push_back(setting_evidence(facts, path));
        reason.next = doctor::sysctl_command(path, "0");
    }
}

Result<std::vector<Subject>> explain(const Facts& facts, const listing::Target& target, std::string_view word) {
    std::vector<Subject> subjects;
    std::set<std::string> told;
    for (const table::LiveService* service : listing::listing_order(facts.live.services, true)) {
        if (target.names(service->service.key)) subjects.push_back(explain_service(facts, *service));
        told.insert(to_string(service->service.key));
    }
    if (facts.wanted) {
        for (const table::WantedService& service : facts.wanted->services) {
            if (!told.contains(to_string(service.service.key)) && target.names(service.service.key))
                subjects.push_back(explain_absent_service(facts, service));
        }
    }
    std::set<std::string> present;
    for (const table::LiveService* service : listing::listing_order(facts.live.services, true)) {
        for (const table::LiveDestination* server : listing::listing_order(service->destinations, true)) {
            present.insert(table::drained_key(service->service.key, server->destination.key));
            if (target.names(server->destination.key)) subjects.push_back(explain_server(facts, *service, *server));
        }
    }
    const auto absent = [&](const table::ServiceKey& service, const table::DestinationKey& server) {
        if (target.names(server) && present.insert(table::drained_key(service, server)).second)
            subjects.push_back(explain_absent(facts, service, server));
    };
    if (facts.wanted) {
        for (const table::WantedService& service : facts.wanted->services) {
            for (const table::Destination& server : service.service.destinations)
                absent(service.service.key, server.key);
        }
    }
    for (const auto& [key, server] : facts.drained) {
        if (const auto parts = table::drained_parts(key)) absent(parts->first, parts->second);
    }
    if (!subjects.empty()) return subjects;
    for (const Entries& entries : facts.entries) absent(entries.service, entries.server);
    if (!subjects.empty()) return subjects;
    if (target.is_mark()) {
        return failure(fmt::format("there is no service `{}'", word), "`lbctl list' shows them");
    }
    subjects.push_back(explain_client(facts, word));
    return subjects;
}

nlohmann::ordered_json to_json(const std::vector<Subject>& subjects, std::string_view word) {
    using Json = nlohmann::ordered_json;
    Json json = {{"schema", "lbctl-why/1"}, {"target", word}, {"subjects", Json::array()}};
    for (const Subject& subject : subjects) {
        Json entry = {
            {"kind", subject.kind}, {"name", subject.name}, {"state", subject.state}, {"reasons", Json::array()}};
        for (const Reason& reason : subject.reasons) {
            Json one = {{"id", reason.id},
                        {"effect", to_string(reason.effect)},
                        {"sure", reason.is_sure},
                        {"text", reason.text},
                        {"evidence", Json::array()}};
            for (const Evidence& evidence : reason.evidence)
                one["evidence"].push_back({{"where", evidence.where}, {"says", evidence.says}});
            if (!reason.next.empty()) one["next"] = reason.next;
            entry["reasons"].push_back(std::move(one));
        }
        json["subjects"].push_back(std::move(entry));
    }
    return json;
}

}  // namespace lbctl::traffic
