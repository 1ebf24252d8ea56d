#include "cli/render/status_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "cli/counted.h"
#include "cli/terminal.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

using keepalived::DifferenceClass;
using keepalived::InStep;
using keepalived::ServerState;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t columns = 80;

std::string time_text(keepalived::Moment moment) {
    return base::local_text(std::chrono::system_clock::to_time_t(moment));
}

/// Appends a line, and after it what explains it or, where there is no room, on lines of its own.
void add_line(std::string& text, const std::string& line, const std::string& reason, std::size_t indent) {
    const std::string shown = base::shown(reason);
    text += line;
    if (shown.empty()) {
        text += '\n';
        return;
    }
    if (line.size() + 2 + shown.size() <= columns) {
        text += "  " + shown + "\n";
        return;
    }
    text += '\n';
    std::string rest = shown;
    while (!rest.empty()) {
        std::size_t room = columns - indent;
        if (rest.size() > room) {
            const std::size_t blank = rest.rfind(' ', room);
            if (blank != std::string::npos && blank != 0) room = blank;
        }
        text += std::string(indent, ' ') + rest.substr(0, room) + "\n";
        rest.erase(0, std::min(room, rest.size()));
        rest.erase(0, std::min(rest.find_first_not_of(' '), rest.size()));
    }
}

/// A part of the difference that is nobody's work, in words.
struct Other {
    std::string object;
    std::string change;
    keepalived::Explanation why;
};

bool is_other(const keepalived::Explanation& why) {
    return why.what == DifferenceClass::drift || why.what == DifferenceClass::not_reloaded;
}

void add_destinations(const table::ServiceDifference& service, const std::vector<keepalived::Explanation>& why,
                      const std::string& name, std::vector<Other>& others) {
    for (std::size_t j = 0; j < service.destinations.size(); ++j) {
        if (!is_other(why[j])) continue;
        const table::DestinationDifference& change = service.destinations[j];
        const table::Destination& shown = change.after != nullptr ? *change.after : *change.before;
        std::string what = change.before == nullptr  ? "is not in the table"
                           : change.after == nullptr ? "is not in the file"
                                                     : to_string(table::changes(*change.before, *change.after));
        others.push_back({fmt::format("{} of {}", to_string(shown.key), name), std::move(what), why[j]});
    }
}

std::vector<Other> others_of(const StatusReport& report) {
    std::vector<Other> others;
    const table::Difference& difference = report.difference;
    const keepalived::Explanations& why = report.explanations;
    if (why.timeouts && is_other(*why.timeouts)) {
        others.push_back({"timeouts",
                          to_string(table::changes(*difference.timeouts_before, *difference.timeouts_after)),
                          *why.timeouts});
    }
    if (why.role) others.push_back({"sync daemon", "has another state than its instance", *why.role});
    for (std::size_t i = 0; i < difference.daemons.size(); ++i) {
        if (!is_other(why.daemons[i])) continue;
        const table::DaemonDifference& daemon = difference.daemons[i];
        others.push_back({fmt::format("sync daemon {}", lbctl::ipvsadm::saved_daemon(
                                                            daemon.after != nullptr ? *daemon.after : *daemon.before)),
                          daemon.after != nullptr ? "does not run" : "is not in the file", why.daemons[i]});
    }
    for (std::size_t i = 0; i < difference.services.size(); ++i) {
        const table::ServiceDifference& service = difference.services[i];
        const table::Service& shown = service.after != nullptr ? *service.after : *service.before;
        const std::string name = to_string(shown.key);
        const auto& own = why.services[i].service;
        if (service.before == nullptr || service.after == nullptr) {
            // Its servers are said with it.
            if (own && is_other(*own))
                others.push_back(
                    {name, service.before == nullptr ? "is not in the table" : "is not in the file", *own});
            continue;
        }
        if (own && is_other(*own))
            others.push_back({name, to_string(table::changes(*service.before, *service.after)), *own});
        add_destinations(service, why.services[i].destinations, name, others);
    }
    return others;
}

std::string step_text(const StatusReport& report) {
    const BesideKeepalived& beside = report.beside;
    switch (beside.in_step) {
        case InStep::yes:
            return "as keepalived has read it";
        case InStep::changed:
            return "changed, and keepalived has not read it again: " + change_text(beside.change);
        case InStep::other:
            return {};
        case InStep::unknown:
            break;
    }
    return "whether keepalived has read it as it is now cannot be seen";
}

void write_keepalived(const StatusReport& report, std::string& text) {
    const BesideKeepalived& beside = report.beside;
    if (!beside.daemon) {
        const std::string hidden = report.hidden();
        add_line(text, hidden.empty() ? "keepalived  none runs here" : "keepalived  could not be looked at:", hidden,
                 4);
        add_line(text, fmt::format("  held against {}", base::shown(report.file)), {}, 4);
        return;
    }
    const keepalived::Daemon& daemon = *beside.daemon;
    text += fmt::format("keepalived  {}, process {}{}",
                        daemon.release ? daemon.release->to_string() : "of an unknown release", daemon.process,
                        daemon.started ? ", since " + time_text(*daemon.started) : std::string());
    text += '\n';
    if (!beside.others.empty()) add_line(text, "  several run here", contest_text(beside), 4);
    if (!daemon.standstills.empty()) {
        const std::string remedy = keepalived::remedy(daemon.standstills);
        add_line(text, "  " + to_string(daemon.standstills),
                 "so it may check nothing and answer nothing" + (remedy.empty() ? "" : "; " + remedy), 4);
    }
    if (const auto reloaded = daemon.reloaded()) text += fmt::format("  reloaded {}\n", time_text(*reloaded));
    if (beside.in_step == InStep::other) {
        add_line(text, fmt::format("  runs with {}", base::shown(daemon.configuration)), {}, 4);
        add_line(text, fmt::format("  held against {}", base::shown(report.file)), {}, 4);
    } else {
        add_line(text, fmt::format("  {}", base::shown(daemon.configuration)), step_text(report), 4);
    }
}

void write_instances(const StatusReport& report, std::string& text) {
    if (report.beside.instances.empty()) return;
    text += '\n';
    for (const keepalived::Instance& instance : report.beside.instances) {
        const std::string state = std::string(to_string(instance.state)) + (instance.told ? "" : "?");
        const std::string priority = instance.priority_in_force
                                         ? fmt::format("priority {}", *instance.priority_in_force)
                                         : fmt::format("priority {} in the file", instance.priority);
        add_line(text,
                 fmt::format("{:<20} {:<8} {}, {}", base::shown(instance.name), state, base::shown(instance.interface),
                             priority),
                 (instance.since ? "since " + time_text(*instance.since) + "; " : std::string()) + instance.evidence,
                 4);
    }
}

void write_services(const StatusReport& report, std::string& text) {
    for (const keepalived::ServiceStatus& service : report.services) {
        std::string counts;
        for (const ServerState state : {ServerState::up, ServerState::down, ServerState::drained, ServerState::off,
                                        ServerState::sorry, ServerState::differs}) {
            const std::size_t count = service.count(state);
            const bool always = state == ServerState::up;
            if (count == 0 && !always) continue;
            counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, to_string(state));
        }
        text += '\n';
        add_line(text, fmt::format("{} {}", to_string(service.key), base::shown(service.scheduler)),
                 service.in_table
                     ? fmt::format("{}; {} active, {} inactive", counts, service.active(), service.inactive())
                     : std::string("is not in the table"),
                 4);
        if (!service.in_table) continue;
        for (const keepalived::ServerStatus& server : service.servers) {
            const bool inferred =
                !server.told && (server.state == ServerState::down || server.state == ServerState::sorry);
            const std::string state = std::string(to_string(server.state)) + (inferred ? "?" : "");
            std::string row = fmt::format("  {:<8} {:<24}", state, to_string(server.key));
            if (server.in_table) {
                row += fmt::format(" weight {}, {} active, {} inactive", server.weight, server.active, server.inactive);
            } else {
                row.resize(row.find_last_not_of(' ') + 1);
            }
            add_line(text, row, server.reason, 11);
        }
    }
}

}  // namespace

std::string StatusReport::hidden() const {
    if (beside.daemon) return {};
    if (beside.search.suspect)
        return fmt::format("lbctl may not look at process {}, which is called keepalived (that takes CAP_SYS_PTRACE)",
                           *beside.search.suspect);
    if (beside.search.unseen.empty()) return {};
    return beside.search.unseen + ", one of which may be keepalived (that takes CAP_SYS_PTRACE)";
}

bool StatusReport::is_well() const {
    if (!hidden().empty()) return false;
    if (keepalived::calls_for_action(explanations, beside.in_step) || !ask_failure.empty()) return false;
    if (beside.daemon && !beside.daemon->standstills.empty()) return false;
    if (beside.is_contested()) return false;
    if (std::ranges::any_of(beside.instances, [](const keepalived::Instance& instance) {
            return instance.state == keepalived::InstanceState::fault;
        }))
        return false;
    return std::ranges::none_of(services, [](const keepalived::ServiceStatus& service) {
        return !service.in_table || service.count(ServerState::down) != 0 || service.count(ServerState::differs) != 0;
    });
}

std::string status_text(const StatusReport& report, bool unicode) {
    std::string text;
    write_keepalived(report, text);
    write_instances(report, text);
    write_services(report, text);
    const std::vector<Other> others = others_of(report);
    if (!others.empty()) text += "\nother differences between the table and the file\n";
    for (const Other& other : others) {
        const std::string head = fmt::format("  {:<12}", to_string(other.why.what));
        add_line(text, fmt::format("{} {}", head, base::shown(other.object)),
                 with_arrows(other.change, unicode) +
                     (other.why.reason.empty() || other.why.what == DifferenceClass::not_reloaded
                          ? std::string()
                          : " (" + other.why.reason + ")"),
                 15);
    }
    if (report.foreign != 0)
        text += fmt::format("\n{} of others in the table, which the file does not name\n",
                            counted(report.foreign, "service"));
    if (!report.ask_failure.empty()) text += "\nkeepalived did not tell: " + base::shown(report.ask_failure) + "\n";
    const bool infers = std::ranges::any_of(report.beside.instances,
                                            [](const keepalived::Instance& instance) { return !instance.told; }) ||
                        std::ranges::any_of(report.services, [](const keepalived::ServiceStatus& service) {
                            return std::ranges::any_of(service.servers, [](const keepalived::ServerStatus& server) {
                                return !server.told && server.state == ServerState::down;
                            });
                        });
    if (infers && report.beside.daemon)
        text += "\n? is inferred from addresses and the table; `lbctl status --ask' asks keepalived\n";
    return text;
}

std::string status_json(const StatusReport& report) {
    const auto source = [](bool told) { return told ? "told" : "inferred"; };
    const auto moment = [](const std::optional<keepalived::Moment>& when) -> Json {
        if (!when) return nullptr;
        return base::utc_text(std::chrono::system_clock::to_time_t(*when));
    };
    Json json = {{"schema", "lbctl-status/1"}, {"time", base::utc_text(report.time)}, {"well", report.is_well()}};
    json["hidden"] = report.hidden().empty() ? Json(nullptr) : Json(report.hidden());
    json["keepalived"] = nullptr;
    if (report.beside.daemon) {
        const keepalived::Daemon& daemon = *report.beside.daemon;
        json["keepalived"] = {
            {"process", daemon.process},
            {"processes", daemon.processes},
            {"release", daemon.release ? Json(daemon.release->to_string()) : Json(nullptr)},
            {"program", daemon.program},
            {"options", std::vector<std::string>(daemon.command_line.words.begin() +
                                                     static_cast<std::ptrdiff_t>(!daemon.command_line.words.empty()),
                                                 daemon.command_line.words.end())},
            {"config_id", daemon.command_line.config_id},
            {"configuration", daemon.configuration},
            {"started", moment(daemon.started)},
            {"read", moment(daemon.read ? std::optional(daemon.read->when) : std::nullopt)},
            {"in_step", to_string(report.beside.in_step)},
            {"unit", daemon.unit},
            {"standstill", to_string(daemon.standstills)},
            {"others", Json::array()}};
        for (const OtherKeepalived& other : report.beside.others) {
            Json shared = Json::array();
            for (const table::ServiceKey& key : other.shared) shared.push_back(to_string(key));
            json["keepalived"]["others"].push_back({{"process", other.daemon.process},
                                                    {"configuration", other.daemon.configuration},
                                                    {"config_id", other.daemon.command_line.config_id},
                                                    {"shared", std::move(shared)}});
        }
        if (!report.ask_failure.empty()) json["keepalived"]["not_told"] = report.ask_failure;
    }
    json["file"] = report.file;
    json["instances"] = Json::array();
    for (const keepalived::Instance& instance : report.beside.instances) {
        json["instances"].push_back(
            {{"name", instance.name},
             {"state", to_string(instance.state)},
             {"source", source(instance.told)},
             {"interface", instance.interface},
             {"priority", instance.priority},
             {"priority_in_force", instance.priority_in_force ? Json(*instance.priority_in_force) : Json(nullptr)},
             {"addresses", instance.addresses},
             {"addresses_here", instance.addresses_here},
             {"since", moment(instance.since)},
             {"evidence", instance.evidence}});
    }
    json["services"] = Json::array();
    for (const keepalived::ServiceStatus& service : report.services) {
        Json entry = {{"service", to_string(service.key)},
                      {"scheduler", service.scheduler},
                      {"in_table", service.in_table},
                      {"up", service.count(ServerState::up)},
                      {"down", service.count(ServerState::down)},
                      {"drained", service.count(ServerState::drained)},
                      {"active", service.active()},
                      {"inactive", service.inactive()},
                      {"servers", Json::array()}};
        for (const keepalived::ServerStatus& server : service.servers) {
            entry["servers"].push_back({{"server", to_string(server.key)},
                                        {"state", to_string(server.state)},
                                        {"source", source(server.told)},
                                        {"reason", server.reason},
                                        {"drained", server.drained ? table::to_json(*server.drained) : Json(nullptr)},
                                        {"in_table", server.in_table},
                                        {"weight", server.weight},
                                        {"active", server.active},
                                        {"inactive", server.inactive},
                                        {"persistent", server.persistent}});
        }
        json["services"].push_back(std::move(entry));
    }
    json["differences"] = Json::array();
    for (const Other& other : others_of(report)) {
        json["differences"].push_back({{"object", other.object},
                                       {"change", other.change},
                                       {"class", to_string(other.why.what)},
                                       {"reason", other.why.reason}});
    }
    json["foreign"] = report.foreign;
    return base::json_text(json, 1) + "\n";
}

}  // namespace lbctl::cli
