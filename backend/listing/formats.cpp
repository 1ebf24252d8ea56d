#include "backend/listing/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "backend/table/names.h"
#include "backend/table/table_json.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"

namespace lbctl::listing {

namespace {

using Json = nlohmann::ordered_json;

template <class Numbers>
Json numbers_json(const Numbers& numbers) {
    return Json{{"connections", numbers.connections},
                {"in_packets", numbers.in_packets},
                {"out_packets", numbers.out_packets},
                {"in_bytes", numbers.in_bytes},
                {"out_bytes", numbers.out_bytes}};
}

void add_numbers(Json& object, ListingSubject subject, const table::Counters& counters, const table::Rates& rates) {
    if (subject != ListingSubject::rates) object["counters"] = numbers_json(counters);
    if (subject != ListingSubject::statistics) object["rates"] = numbers_json(rates);
}

std::string method_text(table::ForwardingMethod method) {
    switch (method) {
        case table::ForwardingMethod::nat:
            return "masquerading";
        case table::ForwardingMethod::local:
            return "local";
        case table::ForwardingMethod::tunnel:
            return "tunnel";
        case table::ForwardingMethod::direct_routing:
            return "route";
        case table::ForwardingMethod::bypass:
            return "bypass";
    }
    return std::to_string(static_cast<unsigned>(method));
}

std::string checksum_text(table::TunnelChecksum checksum) {
    if (checksum == table::TunnelChecksum::checksum) return "csum";
    return checksum == table::TunnelChecksum::remote_checksum ? "remcsum" : "nocsum";
}

std::string tunnel_text(table::TunnelType type) {
    if (type == table::TunnelType::ipip) return "ipip";
    return type == table::TunnelType::gue ? "gue" : "gre";
}

std::string protocol_text(table::Protocol protocol) {
    switch (protocol) {
        case table::Protocol::tcp:
        case table::Protocol::udp:
        case table::Protocol::sctp:
            return to_string(protocol);
    }
    return std::to_string(static_cast<unsigned>(protocol));
}

Json service_json(const table::LiveService& live, ListingSubject subject) {
    const table::Service& service = live.service;
    Json object = subject == ListingSubject::table ? table::settings_json(service) : table::to_json(service.key);
    add_numbers(object, subject, live.counters, live.rates);
    return object;
}

Json destination_json(const table::LiveDestination& live, ListingSubject subject) {
    const table::Destination& destination = live.destination;
    Json object = subject == ListingSubject::table ? table::to_json(destination) : table::to_json(destination.key);
    if (subject == ListingSubject::table) {
        object["active_connections"] = live.active_connections;
        object["inactive_connections"] = live.inactive_connections;
        object["persistent_connections"] = live.persistent_connections;
    }
    add_numbers(object, subject, live.counters, live.rates);
    return object;
}

Json place_json(const table::SourcePlace& place) {
    return Json{{"file", place.file()}, {"line", place.line}};
}

void add_label(Json& object, const ListingLabel* label) {
    if (label == nullptr) return;
    if (!label->virtualhost.empty()) object["virtualhost"] = label->virtualhost;
    if (!label->comment.empty()) object["comment"] = label->comment;
}

void add_drain(Json& object, const table::ServiceKey& service, const table::Destination& live,
               const table::DrainedServers& drained) {
    if (drained.empty() || live.weight != 0) return;
    const auto found = drained.find(table::drained_key(service, live.key));
    if (found != drained.end()) object["drained"] = table::to_json(found->second);
}

void add_notes(Json& object, const table::LiveService& live, const ListingNotes& notes) {
    const table::WantedService* wanted = notes.find(live.service.key);
    if (wanted == nullptr) return;
    object["configuration"] = place_json(wanted->place);
    object["configuration"]["name"] = wanted->name;
    add_label(object["configuration"], notes.label(wanted->place));
    std::vector<table::DestinationKey> present;
    for (const table::LiveDestination& destination : live.destinations) present.push_back(destination.destination.key);
    Json missing = Json::array();
    for (const auto& row : notes.missing(live.service.key, present)) {
        Json server = place_json(row.place);
        server.update(table::to_json(row.key));
        add_label(server, notes.label(row.place));
        missing.push_back(std::move(server));
    }
    object["missing_destinations"] = std::move(missing);
}

/// What the file says of a service.
std::string said_of(const ListingNotes& notes, const table::ServiceKey& service) {
    const table::WantedService* wanted = notes.find(service);
    if (wanted == nullptr) return "not in the file";
    const ListingLabel* label = notes.label(service);
    return label == nullptr ? wanted->name : wanted->name + ", " + to_string(*label);
}

/// What it says of a server.
std::string said_of(const ListingNotes& notes, const table::ServiceKey& service,
                    const table::DestinationKey& destination) {
    if (notes.find(service, destination) == nullptr) return "not in the file";
    const ListingLabel* label = notes.label(service, destination);
    return label == nullptr ? std::string() : to_string(*label);
}

/// A field of CSV that may hold anything, and nothing.
std::string csv_field(std::string_view text) {
    return text.empty() ? std::string() : csv_quoted(text);
}

/// Services that only the file has, of a whole table.
Json missing_json(const table::LiveTable& live, const ListingNotes& notes) {
    Json missing = Json::array();
    for (const table::WantedService& wanted : notes.services()) {
        const bool present = std::any_of(
            live.services.begin(), live.services.end(),
            [&wanted](const table::LiveService& service) { return service.service.key == wanted.service.key; });
        if (present) continue;
        Json service = place_json(wanted.place);
        service["name"] = wanted.name;
        service["service"] = to_string(wanted.service.key);
        add_label(service, notes.label(wanted.place));
        missing.push_back(std::move(service));
    }
    return missing;
}

std::string_view schema_of(ListingSubject subject) {
    switch (subject) {
        case ListingSubject::statistics:
            return "lbctl-stats/2";
        case ListingSubject::rates:
            return "lbctl-rate/2";
        case ListingSubject::table:
            break;
    }
    return "lbctl-list/2";
}

template <class Numbers>
std::string numbers_csv(const Numbers& numbers) {
    return fmt::format(",{},{},{},{},{}", numbers.connections, numbers.in_packets, numbers.out_packets,
                       numbers.in_bytes, numbers.out_bytes);
}

std::string service_csv(const table::LiveService& live) {
    if (const auto* address = std::get_if<table::AddressKey>(&live.service.key)) {
        return fmt::format("{},{}", protocol_text(address->protocol), with_port(address->address, address->port));
    }
    const auto& fwmark = std::get<table::FwmarkKey>(live.service.key);
    return fmt::format("FWM,{}{}", fwmark.mark, fwmark.family == Family::inet6 ? " IPv6" : "");
}

/// Flags, netmask and persistence engine; words that a table would part by commas are parted by blanks.
std::string service_details_csv(const table::Service& service) {
    std::string flags = service.flags == 0 ? std::string() : table::flags_text(service.scheduler, service.flags);
    std::replace(flags.begin(), flags.end(), ',', ' ');
    if (!service.persistence) return flags + ",,";
    const std::string netmask = service.persistence->timeout == 0
                                    ? std::string()
                                    : table::netmask_text(table::family_of(service.key), service.netmask);
    return fmt::format("{},{},{}", flags, netmask, base::shown(service.persistence->engine));
}

std::string tunnel_csv(const table::Destination& destination) {
    if (destination.method != table::ForwardingMethod::tunnel) return {};
    std::string text = tunnel_text(destination.tunnel.type);
    if (destination.tunnel.type == table::TunnelType::gue) text += fmt::format(" {}", destination.tunnel.port);
    if (destination.tunnel.type != table::TunnelType::ipip) text += " " + checksum_text(destination.tunnel.checksum);
    return text;
}

/// A metric of Prometheus: its kind, what it is, and a line for every service or server.
class Metric {
public:
    Metric(std::string& out, std::string_view name, std::string_view kind, std::string_view help)
        : out_(out), name_(name) {
        out_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name_, kind, help);
    }
    void add(std::string_view labels, std::uint64_t value) { out_ += fmt::format("{}{} {}\n", name_, labels, value); }

private:
    std::string& out_;
    std::string name_;
};

/// The text of a label's value between its quotes.
std::string label_text(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// `,name="virtual_server 10.0.8.9 80",virtualhost="www.example.com",comment="the shop"`: those that say something.
std::string info_labels(std::string_view name, const ListingLabel* label) {
    std::string text;
    const auto add = [&text](std::string_view key, std::string_view value) {
        if (!value.empty()) text += fmt::format(",{}=\"{}\"", key, label_text(base::shown(value)));
    };
    add("name", name);
    if (label != nullptr) add("virtualhost", label->virtualhost);
    if (label != nullptr) add("comment", label->comment);
    return text;
}

/// The labels of a service without braces, and of a server after them.
struct Labels {
    std::string service;
    std::vector<std::string> servers;
};

Labels labels_of(const table::LiveService& live) {
    Labels labels;
    if (const auto* address = std::get_if<table::AddressKey>(&live.service.key)) {
        labels.service = fmt::format(R"(local_address="{}",local_mark="",local_port="{}",proto="{}")",
                                     address->address.to_string(), address->port, protocol_text(address->protocol));
    } else {
        // A mark may have a service of each family; the second label keeps their lines apart, and is on one of them
        // only, so that all others have the labels of the node exporter and no more.
        const auto& fwmark = std::get<table::FwmarkKey>(live.service.key);
        labels.service = fmt::format(R"(local_address="",{}local_mark="{:08X}",local_port="0",proto="FWM")",
                                     fwmark.family == Family::inet6 ? R"(local_family="inet6",)" : "", fwmark.mark);
    }
    for (const table::LiveDestination* destination : listing_order(live.destinations, true)) {
        labels.servers.push_back(fmt::format(R"({{{},remote_address="{}",remote_port="{}"}})", labels.service,
                                             destination->destination.key.address.to_string(),
                                             destination->destination.key.port));
    }
    return labels;
}

/// Writes metrics over all services and servers of a table.
class PrometheusText {
public:
    explicit PrometheusText(const table::LiveTable& live) {
        for (const table::LiveService* service : listing_order(live.services, true)) {
            services_.push_back(service);
            labels_.push_back(labels_of(*service));
        }
    }

    template <class Value>
    void servers(std::string_view name, std::string_view kind, std::string_view help, Value value) {
        Metric metric(text, name, kind, help);
        for (std::size_t i = 0; i < services_.size(); ++i) {
            const auto destinations = listing_order(services_[i]->destinations, true);
            for (std::size_t k = 0; k < destinations.size(); ++k)
                metric.add(labels_[i].servers[k], value(*destinations[k]));
        }
    }

    template <class Value>
    void services(std::string_view name, std::string_view kind, std::string_view help, Value value) {
        Metric metric(text, name, kind, help);
        for (std::size_t i = 0; i < services_.size(); ++i) {
            metric.add("{" + labels_[i].service + "}", value(*services_[i]));
        }
    }

    /// What the file calls them, as labels of metrics that are always 1: dashboards join them to the others.
    void names(const ListingNotes& notes) {
        Metric services(text, "lbctl_ipvs_service_info", "gauge", "What the configuration calls the service.");
        for (std::size_t i = 0; i < services_.size(); ++i) {
            const table::ServiceKey& key = services_[i]->service.key;
            const table::WantedService* wanted = notes.find(key);
            services.add(fmt::format("{{{}{}}}", labels_[i].service,
                                     info_labels(wanted == nullptr ? "" : wanted->name, notes.label(key))),
                         1);
        }
        Metric servers(text, "lbctl_ipvs_backend_info", "gauge", "What the configuration calls the real server.");
        for (std::size_t i = 0; i < services_.size(); ++i) {
            const table::ServiceKey& key = services_[i]->service.key;
            const auto destinations = listing_order(services_[i]->destinations, true);
            for (std::size_t k = 0; k < destinations.size(); ++k) {
                const table::DestinationKey& destination = destinations[k]->destination.key;
                std::string labels = labels_[i].servers[k];
                labels.pop_back();
                const bool is_known = notes.find(key, destination) != nullptr;
                servers.add(labels + fmt::format(",in_configuration=\"{}\"", is_known ? 1 : 0) +
                                info_labels("", notes.label(key, destination)) + "}",
                            1);
            }
        }
    }

    std::string text;

private:
    std::vector<const table::LiveService*> services_;
    std::vector<Labels> labels_;
};

/// The five numbers that the kernel counts, in the words of metrics.
struct Counted {
    std::string_view name;
    std::string_view help;
    std::uint64_t table::Counters::*counter;
    std::uint64_t table::Rates::*rate;
};

constexpr std::array<Counted, 5> counted{{
    {"connections", "connections", &table::Counters::connections, &table::Rates::connections},
    {"incoming_packets", "incoming packets", &table::Counters::in_packets, &table::Rates::in_packets},
    {"outgoing_packets", "outgoing packets", &table::Counters::out_packets, &table::Rates::out_packets},
    {"incoming_bytes", "incoming bytes", &table::Counters::in_bytes, &table::Rates::in_bytes},
    {"outgoing_bytes", "outgoing bytes", &table::Counters::out_bytes, &table::Rates::out_bytes},
}};

}  // namespace

std::string listing_json(const table::LiveTable& live, ListingSubject subject, const ListingNotes* notes,
                         ListingScope scope, const table::DrainedServers& drained, std::string_view time) {
    Json document{{"schema", schema_of(subject)}};
    if (!time.empty()) document["time"] = time;
    if (subject == ListingSubject::table) {
        document["ipvs_version"] = fmt::format("{}.{}.{}", live.info.version >> 16 & 0xff,
                                               live.info.version >> 8 & 0xff, live.info.version & 0xff);
        document["connection_table_size"] = live.info.connection_table_size;
    }
    Json services = Json::array();
    for (const table::LiveService* service : listing_order(live.services, true)) {
        Json object = service_json(*service, subject);
        Json destinations = Json::array();
        for (const table::LiveDestination* live_destination : listing_order(service->destinations, true)) {
            const table::DestinationKey& key = live_destination->destination.key;
            Json destination = destination_json(*live_destination, subject);
            add_drain(destination, service->service.key, live_destination->destination, drained);
            if (notes != nullptr) {
                add_label(destination, notes->label(service->service.key, key));
                if (const table::Destination* wanted = notes->find(service->service.key, key))
                    destination["configured_weight"] = wanted->weight;
                if (!notes->knows(service->service.key, key)) destination["in_configuration"] = false;
            }
            destinations.push_back(std::move(destination));
        }
        object["destinations"] = std::move(destinations);
        if (notes != nullptr) add_notes(object, *service, *notes);
        services.push_back(std::move(object));
    }
    document["services"] = std::move(services);
    if (notes != nullptr && scope == ListingScope::everything) document["missing"] = missing_json(live, *notes);
    return base::json_text(document, 2) + "\n";
}

std::string timeouts_json(const table::Timeouts& timeouts) {
    const Json json{
        {"schema", "lbctl-timeouts/1"}, {"tcp", timeouts.tcp}, {"tcp_fin", timeouts.tcp_fin}, {"udp", timeouts.udp}};
    return base::json_text(json, 2) + "\n";
}

std::string daemons_json(const std::vector<table::SyncDaemon>& daemons) {
    Json rows = Json::array();
    for (const table::SyncDaemon& daemon : daemons) {
        Json row{{"state", to_string(daemon.state)}, {"interface", daemon.interface}, {"sync_id", daemon.sync_id}};
        row["max_length"] = daemon.max_length;
        if (daemon.group) row["group"] = daemon.group->to_string();
        row["port"] = daemon.port;
        row["ttl"] = daemon.ttl;
        rows.push_back(std::move(row));
    }
    return base::json_text(Json{{"schema", "lbctl-daemons/1"}, {"daemons", rows}}, 2) + "\n";
}

std::string csv_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

std::string listing_csv(const table::LiveTable& live, ListingSubject subject, const ListingNotes* notes) {
    constexpr std::string_view numbers = ",connections,in_packets,out_packets,in_bytes,out_bytes";
    // Ends a row.
    const auto say = [notes](const auto&... named) {
        return notes == nullptr ? std::string("\n") : "," + csv_field(base::shown(said_of(*notes, named...))) + "\n";
    };
    std::string text = "protocol,service,real_server";
    text += subject == ListingSubject::table
                ? ",scheduler,persistence,method,weight,active_connections,inactive_connections,persistent_connections,"
                  "flags,netmask,engine,upper_threshold,lower_threshold,tunnel"
                : numbers;
    text += notes == nullptr ? "\n" : ",configuration\n";
    for (const table::LiveService* service : listing_order(live.services, true)) {
        const std::string name = service_csv(*service);
        const auto& persistence = service->service.persistence;
        switch (subject) {
            case ListingSubject::table:
                text +=
                    fmt::format("{},,{},{},,,,,,{},,,", name, base::shown(service->service.scheduler),
                                persistence && persistence->timeout != 0 ? std::to_string(persistence->timeout) : "",
                                service_details_csv(service->service));
                break;
            case ListingSubject::statistics:
                text += name + "," + numbers_csv(service->counters);
                break;
            case ListingSubject::rates:
                text += name + "," + numbers_csv(service->rates);
                break;
        }
        text += say(service->service.key);
        for (const table::LiveDestination* live_destination : listing_order(service->destinations, true)) {
            const table::Destination& destination = live_destination->destination;
            text += name + "," + with_port(destination.key.address, destination.key.port);
            switch (subject) {
                case ListingSubject::table:
                    text +=
                        fmt::format(",,,{},{},{},{},{},,,,{},{},{}", method_text(destination.method),
                                    destination.weight, live_destination->active_connections,
                                    live_destination->inactive_connections, live_destination->persistent_connections,
                                    destination.upper_threshold, destination.lower_threshold, tunnel_csv(destination));
                    break;
                case ListingSubject::statistics:
                    text += numbers_csv(live_destination->counters);
                    break;
                case ListingSubject::rates:
                    text += numbers_csv(live_destination->rates);
                    break;
            }
            text += say(service->service.key, destination.key);
        }
    }
    return text;
}

std::string listing_prometheus(const table::LiveTable& live, ListingSubject subject,
                               const std::optional<table::Counters>& totals, const ListingNotes* notes) {
    PrometheusText out(live);
    if (notes != nullptr) out.names(*notes);
    if (subject == ListingSubject::rates) {
        for (const Counted& what : counted) {
            out.services(fmt::format("node_ipvs_service_{}_per_second", what.name), "gauge",
                         fmt::format("Average {} per second of the service, as the kernel estimates it.", what.help),
                         [&](const table::LiveService& service) { return service.rates.*what.rate; });
            out.servers(fmt::format("node_ipvs_backend_{}_per_second", what.name), "gauge",
                        fmt::format("Average {} per second of the real server, as the kernel estimates it.", what.help),
                        [&](const table::LiveDestination& destination) { return destination.rates.*what.rate; });
        }
        return out.text;
    }
    out.servers("node_ipvs_backend_connections_active", "gauge", "Active connections of the real server.",
                [](const table::LiveDestination& destination) { return destination.active_connections; });
    out.servers("node_ipvs_backend_connections_inactive", "gauge", "Inactive connections of the real server.",
                [](const table::LiveDestination& destination) { return destination.inactive_connections; });
    out.servers("node_ipvs_backend_weight", "gauge", "Weight of the real server.",
                [](const table::LiveDestination& destination) { return destination.destination.weight; });
    if (totals) {
        for (const Counted& what : counted) {
            Metric(out.text, fmt::format("node_ipvs_{}_total", what.name), "counter",
                   fmt::format("All {} of IPVS.", what.help))
                .add("", (*totals).*what.counter);
        }
    }
    if (subject == ListingSubject::table) return out.text;
    for (const Counted& what : counted) {
        out.services(fmt::format("node_ipvs_service_{}_total", what.name), "counter",
                     fmt::format("All {} of the service.", what.help),
                     [&](const table::LiveService& service) { return service.counters.*what.counter; });
        out.servers(fmt::format("node_ipvs_backend_{}_total", what.name), "counter",
                    fmt::format("All {} of the real server.", what.help),
                    [&](const table::LiveDestination& destination) { return destination.counters.*what.counter; });
    }
    return out.text;
}

}  // namespace lbctl::listing
