#include "backend/table/table_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "backend/table/names.h"
#include "grammar/base/json_text.h"
#include "grammar/keywords/scheduler_flag.h"

namespace lbctl::table {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array protocol_names = {std::pair{Protocol::tcp, "tcp"}, std::pair{Protocol::udp, "udp"},
                                       std::pair{Protocol::sctp, "sctp"}};
constexpr std::array methods = {ForwardingMethod::nat, ForwardingMethod::local, ForwardingMethod::tunnel,
                                ForwardingMethod::direct_routing, ForwardingMethod::bypass};
constexpr std::array tunnel_types = {std::pair{TunnelType::ipip, "ipip"}, std::pair{TunnelType::gue, "gue"},
                                     std::pair{TunnelType::gre, "gre"}};
constexpr std::array checksums = {std::pair{TunnelChecksum::none, "nocsum"},
                                  std::pair{TunnelChecksum::checksum, "csum"},
                                  std::pair{TunnelChecksum::remote_checksum, "remcsum"}};

/// The name of a value, or its number where it has none.
template <class Value, std::size_t N>
Json name_of(const std::array<std::pair<Value, const char*>, N>& names, Value value) {
    for (const auto& [candidate, name] : names) {
        if (candidate == value) return name;
    }
    return static_cast<unsigned>(value);
}

/// Reading throws Json::exception from the library and this one from here; both end in
/// table_from_json().
struct WrongMember {
    std::string name;
};

template <class Value, std::size_t N>
Value value_of(const std::array<std::pair<Value, const char*>, N>& names, const Json& json, const char* member) {
    const Json& value = json.at(member);
    if (value.is_number_unsigned()) {
        if (value.get<std::uint64_t>() > std::numeric_limits<std::underlying_type_t<Value>>::max())
            throw WrongMember{member};
        return static_cast<Value>(value.get<std::uint64_t>());
    }
    for (const auto& [candidate, name] : names) {
        if (value == name) return candidate;
    }
    throw WrongMember{member};
}

template <class T>
T number_of(const Json& json, const char* member, T otherwise) {
    const auto found = json.find(member);
    if (found == json.end()) return otherwise;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > std::numeric_limits<T>::max()) {
        throw WrongMember{member};
    }
    return found->get<T>();
}

IpAddress address_of(const Json& json, const char* member) {
    const auto address = IpAddress::parse(json.at(member).get<std::string>());
    if (!address) throw WrongMember{member};
    return *address;
}

ServiceKey read_key(const Json& json) {
    if (!json.contains("fwmark")) {
        return AddressKey{value_of(protocol_names, json, "protocol"), address_of(json, "address"),
                          number_of<std::uint16_t>(json, "port", 0)};
    }
    const std::string family = json.value("family", "inet");
    if (family != "inet" && family != "inet6") throw WrongMember{"family"};
    return FwmarkKey{family == "inet" ? Family::inet : Family::inet6, number_of<std::uint32_t>(json, "fwmark", 0)};
}

Destination read_destination(const Json& json) {
    Destination destination;
    destination.key = {address_of(json, "address"), number_of<std::uint16_t>(json, "port", 0)};
    const std::string method = json.value("method", "NAT");
    const auto* const found = std::find_if(methods.begin(), methods.end(), [&method](ForwardingMethod candidate) {
        return to_string(candidate) == method;
    });
    if (found == methods.end()) throw WrongMember{"method"};
    destination.method = *found;
    destination.weight = number_of<std::uint32_t>(json, "weight", 1);
    destination.upper_threshold = number_of<std::uint32_t>(json, "upper_threshold", 0);
    destination.lower_threshold = number_of<std::uint32_t>(json, "lower_threshold", 0);
    if (const auto tunnel = json.find("tunnel"); tunnel != json.end()) {
        destination.tunnel.type = value_of(tunnel_types, *tunnel, "type");
        destination.tunnel.port = number_of<std::uint16_t>(*tunnel, "port", 0);
        destination.tunnel.checksum = value_of(checksums, *tunnel, "checksum");
    }
    return destination;
}

std::uint32_t read_netmask(const Json& json, Family family) {
    const auto member = json.find("netmask");
    if (member == json.end()) return default_netmask(family);
    if (family == Family::inet6) {
        const auto length = number_of<std::uint32_t>(json, "netmask", 128);
        if (length < 1 || length > 128) throw WrongMember{"netmask"};
        return length;
    }
    const auto mask = IpAddress::parse(member->get<std::string>());
    if (!mask || mask->family() != Family::inet) throw WrongMember{"netmask"};
    std::uint32_t netmask = 0;
    std::memcpy(&netmask, mask->bytes().data(), sizeof netmask);
    return netmask;
}

std::uint32_t read_flag(const std::string& word, std::string_view scheduler) {
    if (word == "ops") return service_flag::one_packet;
    const keywords::SchedulerFlag* flag = keywords::find_scheduler_flag(word);
    if (flag == nullptr || !flag->goes_with(scheduler)) throw WrongMember{"flags"};
    return flag->bit;
}

Service read_service(const Json& json) {
    Service service;
    service.key = read_key(json);
    service.scheduler = json.value("scheduler", "wlc");
    for (const Json& flag : json.value("flags", Json::array()))
        service.flags |= read_flag(flag.get<std::string>(), service.scheduler);
    service.netmask = read_netmask(json, family_of(service.key));
    if (const auto persistence = json.find("persistence"); persistence != json.end() && !persistence->is_null()) {
        service.persistence =
            Persistence{number_of<std::uint32_t>(*persistence, "timeout", 0), persistence->value("engine", "")};
    }
    for (const Json& destination : json.at("destinations"))
        service.destinations.push_back(read_destination(destination));
    return service;
}

SyncDaemon read_daemon(const Json& json) {
    SyncDaemon daemon;
    const std::string state = json.at("state").get<std::string>();
    if (state != "master" && state != "backup") throw WrongMember{"state"};
    daemon.state = state == "master" ? DaemonState::master : DaemonState::backup;
    daemon.interface = json.at("interface").get<std::string>();
    daemon.sync_id = number_of<std::uint32_t>(json, "sync_id", 0);
    daemon.max_length = number_of<std::uint16_t>(json, "max_length", 0);
    if (json.contains("group") && !json.at("group").is_null()) daemon.group = address_of(json, "group");
    daemon.port = number_of<std::uint16_t>(json, "port", 0);
    daemon.ttl = number_of<std::uint8_t>(json, "ttl", 0);
    return daemon;
}

Table read_table(const Json& json) {
    // The first version had other words for flags of sh and mh, which are read still.
    const Json& schema = json.at("schema");
    if (schema != "lbctl-table/2" && schema != "lbctl-table/1") throw WrongMember{"schema"};
    Table table;
    for (const Json& service : json.at("services")) table.services.push_back(read_service(service));
    if (const auto timeouts = json.find("timeouts"); timeouts != json.end()) {
        table.timeouts = {number_of<std::uint32_t>(*timeouts, "tcp", 0),
                          number_of<std::uint32_t>(*timeouts, "tcp_fin", 0),
                          number_of<std::uint32_t>(*timeouts, "udp", 0)};
    }
    for (const Json& daemon : json.value("daemons", Json::array())) table.daemons.push_back(read_daemon(daemon));
    return table;
}

}  // namespace

Json to_json(const ServiceKey& key) {
    if (const auto* fwmark = std::get_if<FwmarkKey>(&key)) {
        return {{"fwmark", fwmark->mark}, {"family", lbctl::to_string(fwmark->family)}};
    }
    const auto& address = std::get<AddressKey>(key);
    return {{"protocol", name_of(protocol_names, address.protocol)},
            {"address", address.address.to_string()},
            {"port", address.port},
            {"family", lbctl::to_string(address.address.family())}};
}

Json to_json(const DestinationKey& key) {
    return {{"address", key.address.to_string()}, {"port", key.port}};
}

Json to_json(const Destination& destination) {
    Json json = to_json(destination.key);
    json["method"] = to_string(destination.method);
    json["weight"] = destination.weight;
    json["upper_threshold"] = destination.upper_threshold;
    json["lower_threshold"] = destination.lower_threshold;
    if (destination.method == ForwardingMethod::tunnel) {
        json["tunnel"] = {{"type", name_of(tunnel_types, destination.tunnel.type)},
                          {"port", destination.tunnel.port},
                          {"checksum", name_of(checksums, destination.tunnel.checksum)}};
    }
    return json;
}

Json settings_json(const Service& service) {
    Json json = to_json(service.key);
    json["scheduler"] = service.scheduler;
    json["flags"] = flag_words(service.scheduler, service.flags);
    const Family family = family_of(service.key);
    if (family == Family::inet6) {
        json["netmask"] = service.netmask;
    } else {
        json["netmask"] = netmask_text(family, service.netmask);
    }
    json["persistence"] = nullptr;
    if (service.persistence) {
        json["persistence"] = {{"timeout", service.persistence->timeout}, {"engine", service.persistence->engine}};
    }
    return json;
}

Json to_json(const Service& service) {
    Json json = settings_json(service);
    json["destinations"] = Json::array();
    for (const Destination& destination : service.destinations) json["destinations"].push_back(to_json(destination));
    return json;
}

Json to_json(const Timeouts& timeouts) {
    return {{"tcp", timeouts.tcp}, {"tcp_fin", timeouts.tcp_fin}, {"udp", timeouts.udp}};
}

Json to_json(const SyncDaemon& daemon) {
    Json json = {{"state", to_string(daemon.state)},
                 {"interface", daemon.interface},
                 {"sync_id", daemon.sync_id},
                 {"max_length", daemon.max_length},
                 {"group", nullptr},
                 {"port", daemon.port},
                 {"ttl", daemon.ttl}};
    if (daemon.group) json["group"] = daemon.group->to_string();
    return json;
}

Json to_json(const Table& table) {
    Json json = {{"schema", "lbctl-table/2"}, {"services", Json::array()}};
    for (const Service& service : table.services) json["services"].push_back(to_json(service));
    json["timeouts"] = to_json(table.timeouts);
    json["daemons"] = Json::array();
    for (const SyncDaemon& daemon : table.daemons) json["daemons"].push_back(to_json(daemon));
    return json;
}

Result<Table> table_from_json(const Json& json) {
    // The library's exceptions and our own end here.
    try {
        return read_table(json);
    } catch (const WrongMember& wrong) {
        return failure("the table is not lbctl-table/2: wrong value of `" + wrong.name + "'");
    } catch (const Json::exception& error) {
        return failure(fmt::format("the table is not lbctl-table/2: {}", base::json_fault(error.what())));
    }
}

}  // namespace lbctl::table
