#include "cli/plan_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <variant>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/table_json.h"
#include "grammar/base/json_text.h"
#include "grammar/base/replace_file.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

using Json = nlohmann::ordered_json;

namespace {

/// Of a plan, and of a step that removes something.
constexpr const char* active_member = "active_connections";

Json place_json(const table::SourcePlace& place) {
    return {{"file", place.file()}, {"line", place.line}};
}

table::SourcePlace place_from(const Json& json) {
    return {std::make_shared<const std::string>(json.at("file").get<std::string>()),
            json.at("line").get<std::uint32_t>()};
}

Json wanted_to_json(const table::Wanted& wanted) {
    Json services = Json::array();
    for (const table::WantedService& service_wanted : wanted.services) {
        Json service = table::to_json(service_wanted.service);
        service["name"] = service_wanted.name;
        service["place"] = place_json(service_wanted.place);
        service["destination_places"] = Json::array();
        for (std::size_t i = 0; i < service_wanted.destination_places.size(); ++i) {
            service["destination_places"].push_back(place_json(service_wanted.destination_places[i]));
        }
        services.push_back(std::move(service));
    }
    Json daemons = nullptr;
    if (wanted.daemons) {
        daemons = Json::array();
        for (const table::SyncDaemon& daemon : *wanted.daemons) daemons.push_back(table::to_json(daemon));
    }
    return {{"services", std::move(services)},
            {"timeouts", table::to_json(wanted.timeouts)},
            {"daemons", std::move(daemons)},
            {"flush", wanted.flush},
            {"net_namespace_ipvs", wanted.net_namespace_ipvs}};
}

/// All that a request sets; "" for one that only takes away.
std::string made_by(const table::Request& request) {
    constexpr auto form = lbctl::ipvsadm::SavedForm::complete;
    struct {
        std::string operator()(const table::AddService& add) const {
            return lbctl::ipvsadm::saved_service(add.service, form);
        }
        std::string operator()(const table::SetService& set) const {
            return lbctl::ipvsadm::saved_service(set.service, form);
        }
        std::string operator()(const table::AddDestination& add) const {
            return lbctl::ipvsadm::saved_destination(add.service, add.destination, form);
        }
        std::string operator()(const table::SetDestination& set) const {
            return lbctl::ipvsadm::saved_destination(set.service, set.destination, form);
        }
        std::string operator()(const table::StartDaemon& start) const {
            return lbctl::ipvsadm::saved_daemon(start.daemon);
        }
        std::string operator()(const table::SetTimeouts& set) const {
            return fmt::format("{} {} {}", set.timeouts.tcp, set.timeouts.tcp_fin, set.timeouts.udp);
        }
        std::string operator()(const table::DeleteService&) const { return {}; }
        std::string operator()(const table::DeleteDestination&) const { return {}; }
        std::string operator()(const table::StopDaemon&) const { return {}; }
        std::string operator()(const table::Flush&) const { return {}; }
        std::string operator()(const table::Zero&) const { return {}; }
    } in_words;
    return std::visit(in_words, request);
}

/// `active` is null where nothing is to be counted.
Json steps_of(const table::Plan& plan, const ActiveConnections* active) {
    Json steps = Json::array();
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const table::Request request = plan.request(i);
        Json step = {{"action", table::to_string(table::permission_for(plan.kind(i)))}, {"step", to_string(request)}};
        if (std::string made = made_by(request); !made.empty()) step["makes"] = std::move(made);
        step["reason"] = plan.reason(i);
        if (active != nullptr && plan.kind(i) >= table::StepKind::remove_destination)
            step[active_member] = cut_by(plan, i, *active);
        if (const table::SourcePlace place = plan.place(i); place.line != 0) {
            step["file"] = place.file();
            step["line"] = place.line;
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

Result<table::Wanted> wanted_from_json(const Json& json) {
    // The services, timeouts and daemons have the shape of a table, so its reader reads them.
    Json shape = {{"schema", "lbctl-table/2"}, {"services", json.at("services")}, {"timeouts", json.at("timeouts")}};
    const bool managed = !json.at("daemons").is_null();
    if (managed) shape["daemons"] = json.at("daemons");
    auto read = table::table_from_json(shape);
    if (!read) return tl::make_unexpected(read.error());
    table::Wanted wanted;
    wanted.timeouts = read->timeouts;
    if (managed) wanted.daemons = std::move(read->daemons);
    wanted.flush = json.at("flush").get<bool>();
    wanted.net_namespace_ipvs = json.at("net_namespace_ipvs").get<std::string>();
    for (std::size_t i = 0; i < read->services.size(); ++i) {
        const Json& from = json.at("services").at(i);
        table::WantedService& service_wanted = wanted.services.emplace_back();
        service_wanted.service = std::move(read->services[i]);
        service_wanted.name = from.at("name").get<std::string>();
        service_wanted.place = place_from(from.at("place"));
        for (const Json& place : from.at("destination_places"))
            service_wanted.destination_places.push_back(place_from(place));
    }
    return wanted;
}

}  // namespace

ActiveConnections active_connections(const table::LiveTable& live) {
    ActiveConnections active;
    for (const table::LiveService& service : live.services) {
        for (const table::LiveDestination& row : service.destinations) {
            if (row.active_connections != 0)
                active.emplace(std::pair(service.service.key, row.destination.key), row.active_connections);
        }
    }
    return active;
}

std::uint64_t cut_by(const table::Plan& plan, std::size_t step, const ActiveConnections& active) {
    std::uint64_t connections = 0;
    if (active.empty()) return connections;
    for (const auto& destination : plan.going(step)) {
        if (const auto found = active.find(destination); found != active.end()) connections += found->second;
    }
    return connections;
}

std::string plan_json(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                      const table::PlanOptions& options, const std::string& net_namespace,
                      const ActiveConnections& active) {
    std::uint64_t cut = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) cut += cut_by(plan, i, active);
    Json keys = Json::array();
    for (const table::ServiceKey& key : owned) keys.push_back(lbctl::ipvsadm::saved_key(key));
    const Json file = {
        {"schema", "lbctl-plan/1"},
        {"live", table::digest(plan.live())},
        {"namespace", net_namespace},
        {"options", {{"prune", options.prune}, {"keep_weights", options.keep_weights}, {"drain", options.drain}}},
        {"owned", std::move(keys)},
        {"wanted", wanted_to_json(plan.wanted())},
        {active_member, cut},
        {"steps", steps_of(plan, &active)}};
    return base::json_text(file, 1) + "\n";
}

std::string steps_json(const table::Plan& plan) {
    return base::json_text(steps_of(plan, nullptr), -1);
}

std::string done_json(const table::Plan& plan) {
    const Json done = {{"schema", "lbctl-apply/1"}, {"steps", steps_of(plan, nullptr)}};
    return base::json_text(done, 1) + "\n";
}

Result<void> write_plan_file(const std::string& file, const std::string& text) {
    if (file != "-") return base::replace_file(file, text);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        return failure(fmt::format("cannot write the plan: {}", std::strerror(errno)));
    return {};
}

Result<SavedPlan> read_plan_file(const std::string& file) {
    base::Arena room;
    const auto text = source::read_file(file, room);
    if (!text) return tl::make_unexpected(text.error());
    const auto wrong = [&file](std::string_view why) {
        return failure(fmt::format("{} is not a plan (lbctl-plan/1): {}", file, why),
                       "make one with `lbctl apply --out'");
    };
    const auto read = base::read_json(*text);
    if (!read) return wrong(read.error().message);
    try {
        const Json& json = *read;
        if (json.value("schema", "") != "lbctl-plan/1") return wrong("wrong or no schema");
        SavedPlan plan;
        plan.net_namespace = json.at("namespace").get<std::string>();
        plan.live_digest = json.at("live").get<std::string>();
        const Json& options = json.at("options");
        plan.options.prune = options.at("prune").get<bool>();
        plan.options.keep_weights = options.at("keep_weights").get<bool>();
        plan.options.drain = options.at("drain").get<bool>();
        for (const Json& word : json.at("owned")) {
            if (const auto key = lbctl::ipvsadm::read_saved_key(word.get<std::string>())) plan.owned.insert(*key);
        }
        auto wanted = wanted_from_json(json.at("wanted"));
        if (!wanted) return wrong(wanted.error().message);
        plan.wanted = std::move(*wanted);
        Json steps = json.at("steps");
        for (Json& step : steps) step.erase(active_member);
        plan.steps = base::json_text(steps, -1);
        return plan;
    } catch (const Json::exception& error) {
        return wrong(base::json_fault(error.what()));
    }
}

}  // namespace lbctl::cli
