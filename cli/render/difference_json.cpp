#include <nlohmann/json.hpp>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "backend/table/table_json.h"
#include "cli/render/difference_text.h"
#include "grammar/base/json_text.h"

namespace lbctl::cli {

using Json = nlohmann::ordered_json;

namespace {

template <class Change>
std::string_view change_word(const Change& change) {
    if (change.before == nullptr) return "add";
    return change.after == nullptr ? "remove" : "edit";
}

Json fields_json(const std::vector<table::FieldChange>& fields) {
    Json json = Json::array();
    for (const table::FieldChange& field : fields) {
        json.push_back({{"field", field.field}, {"before", field.before}, {"after", field.after}});
    }
    return json;
}

void add_place(Json& json, const table::SourcePlace& place) {
    if (place.line == 0) return;
    json["file"] = place.file();
    json["line"] = place.line;
}

void add_class(Json& json, const std::optional<keepalived::Explanation>& explanation) {
    if (!explanation) return;
    json["class"] = to_string(explanation->what);
    json["reason"] = explanation->reason;
}

Json service_json(const DifferenceView& view, std::size_t number) {
    const table::ServiceDifference& service = view.difference.services[number];
    const auto* why = view.explanations == nullptr ? nullptr : &view.explanations->services[number];
    const table::Service& shown = service.after != nullptr ? *service.after : *service.before;
    const table::WantedService* service_wanted =
        service.after != nullptr ? &view.after.services[service.after_index] : nullptr;
    Json json = {{"change", change_word(service)}, {"service", to_string(shown.key)}};
    if (why != nullptr) add_class(json, why->service);
    if (service_wanted != nullptr) add_place(json, service_wanted->place);
    json["fields"] =
        service.edited ? fields_json(changes(*service.before, *service.after, view.ignored)) : Json::array();
    json["destinations"] = Json::array();
    for (std::size_t i = 0; i < service.destinations.size(); ++i) {
        const table::DestinationDifference& change = service.destinations[i];
        const table::Destination& destination = change.after != nullptr ? *change.after : *change.before;
        Json entry = {{"change", change_word(change)}, {"destination", to_string(destination.key)}};
        if (why != nullptr) add_class(entry, why->destinations[i]);
        if (service_wanted != nullptr && change.after != nullptr)
            add_place(entry, service_wanted->place_of(*change.after));
        if (change.before != nullptr && change.after != nullptr) {
            entry["fields"] = fields_json(changes(*change.before, *change.after, view.ignored));
        } else {
            entry["values"] = table::to_json(destination);
        }
        json["destinations"].push_back(std::move(entry));
    }
    return json;
}

}  // namespace

std::string difference_json(const DifferenceView& view) {
    Json json = {{"schema", "lbctl-diff/1"},
                 {"before", view.before_name},
                 {"after", view.after_name},
                 {"different", !view.difference.empty()},
                 {"services", Json::array()}};
    for (std::size_t i = 0; i < view.difference.services.size(); ++i) json["services"].push_back(service_json(view, i));
    json["timeouts"] = Json::array();
    if (view.difference.timeouts_after) {
        json["timeouts"] = fields_json(changes(*view.difference.timeouts_before, *view.difference.timeouts_after));
        if (view.explanations != nullptr && view.explanations->timeouts)
            json["timeouts_class"] = to_string(view.explanations->timeouts->what);
    }
    json["daemons"] = Json::array();
    for (std::size_t i = 0; i < view.difference.daemons.size(); ++i) {
        const table::DaemonDifference& daemon = view.difference.daemons[i];
        Json entry = {{"change", change_word(daemon)}, {"before", nullptr}, {"after", nullptr}};
        if (daemon.before != nullptr) entry["before"] = table::to_json(*daemon.before);
        if (daemon.after != nullptr) entry["after"] = table::to_json(*daemon.after);
        if (view.explanations != nullptr) add_class(entry, view.explanations->daemons[i]);
        json["daemons"].push_back(std::move(entry));
    }
    if (view.explanations != nullptr && view.explanations->role) {
        Json entry = {{"change", "edit"}, {"before", nullptr}, {"after", nullptr}};
        add_class(entry, view.explanations->role);
        json["daemons"].push_back(std::move(entry));
    }
    if (view.daemon != nullptr) {
        json["keepalived"] = {{"process", view.daemon->process},
                              {"in_step", to_string(view.in_step)},
                              {"standstill", to_string(view.daemon->standstills)}};
    }
    json["foreign"] = Json::array();
    for (const table::Service* service : view.foreign) json["foreign"].push_back(to_string(service->key));
    return base::json_text(json, 1) + "\n";
}

}  // namespace lbctl::cli
