#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backend/doctor/machine.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shortened.h"

// The schema "lbctl-machine/1". A reader of it trusts nothing: what is not of the kind that is expected is refused with
// its place, and names of devices are names.
namespace lbctl::doctor {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema = "lbctl-machine/1";

/// Why a text is no machine, and where.
struct Wrong {
    std::string why;
};

/// A member of an object; all that it gives is checked. Throws Wrong, which machine_from_json() catches.
class Member {
public:
    Member(const Json& object, std::string place) : json_(object), place_(std::move(place)) {}

    [[nodiscard]] Member at(const char* name) const {
        if (!json_.is_object()) wrong("no object");
        const auto found = json_.find(name);
        if (found == json_.end()) throw Wrong{fmt::format("{} has no `{}'", place_, name)};
        return {*found, fmt::format("{}.{}", place_, name)};
    }
    [[nodiscard]] bool holds(const char* name) const { return json_.is_object() && json_.contains(name); }

    [[nodiscard]] std::string text() const {
        if (!json_.is_string()) wrong("no text");
        return json_.get<std::string>();
    }
    [[nodiscard]] bool truth() const {
        if (!json_.is_boolean()) wrong("neither true nor false");
        return json_.get<bool>();
    }
    template <class Number>
    [[nodiscard]] Number number(std::uint64_t most = std::numeric_limits<Number>::max()) const {
        if (!json_.is_number_unsigned()) wrong("no number from 0 on");
        const auto value = json_.get<std::uint64_t>();
        if (value > most) wrong("too large");
        return static_cast<Number>(value);
    }
    [[nodiscard]] double seconds() const {
        if (!json_.is_number()) wrong("no number");
        const double value = json_.get<double>();
        if (!(value >= 0 && value <= 1e6)) wrong("no time");
        return value;
    }
    [[nodiscard]] IpAddress address() const {
        const auto read = IpAddress::parse(text());
        if (!read) wrong("no address");
        return *read;
    }
    [[nodiscard]] std::string device() const {
        constexpr std::size_t longest = 15;
        std::string name = text();
        const bool good =
            !name.empty() && name.size() <= longest && name != "." && name != ".." &&
            std::ranges::all_of(name, [](unsigned char each) { return each > ' ' && each != '/' && each != 0x7f; });
        if (!good) wrong("no name of a device");
        return name;
    }
    [[nodiscard]] bool is_null() const { return json_.is_null(); }

    /// Each element of a list.
    template <class Take>
    void each(Take take) const {
        if (!json_.is_array()) wrong("no list");
        for (std::size_t i = 0; i < json_.size(); ++i) take(Member(json_[i], fmt::format("{}[{}]", place_, i)));
    }
    template <class Take>
    void each_member(Take take) const {
        if (!json_.is_object()) wrong("no object");
        for (const auto& [name, value] : json_.items()) take(name, Member(value, fmt::format("{}.{}", place_, name)));
    }

    [[noreturn]] void wrong(std::string_view why) const { throw Wrong{fmt::format("{} is {}", place_, why)}; }

private:
    const Json& json_;
    std::string place_;
};

std::string_view name_of(table::Protocol protocol) {
    return protocol == table::Protocol::tcp ? "tcp" : protocol == table::Protocol::udp ? "udp" : "sctp";
}

table::Protocol protocol_of(const Member& member) {
    for (const table::Protocol each : {table::Protocol::tcp, table::Protocol::udp, table::Protocol::sctp}) {
        if (member.text() == name_of(each)) return each;
    }
    member.wrong("no protocol");
}

FirewallTool tool_of(const Member& member) {
    for (const FirewallTool each : {FirewallTool::nft, FirewallTool::iptables, FirewallTool::ip6tables}) {
        if (member.text() == to_string(each)) return each;
    }
    member.wrong("no firewall");
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json heard_json(const Heard& heard) {
    Json adverts = Json::array();
    for (const Adverts& each : heard.adverts) {
        adverts.push_back({{"device", each.device},
                           {"source", each.source.to_string()},
                           {"version", each.version},
                           {"router_id", each.router_id},
                           {"priority", each.priority},
                           {"count", each.count},
                           {"first_ms", each.first},
                           {"last_ms", each.last}});
    }
    return {{"seconds", heard.seconds}, {"adverts", std::move(adverts)}};
}

Heard heard_from(const Member& from) {
    Heard heard;
    heard.seconds = from.at("seconds").seconds();
    from.at("adverts").each([&](const Member& each) {
        heard.adverts.push_back({each.at("device").device(), each.at("source").address(),
                                 each.at("version").number<std::uint8_t>(), each.at("router_id").number<std::uint8_t>(),
                                 each.at("priority").number<std::uint8_t>(), each.at("count").number<std::uint32_t>(),
                                 each.at("first_ms").number<std::uint32_t>(),
                                 each.at("last_ms").number<std::uint32_t>()});
    });
    return heard;
}

Chain chain_from(const Member& from) {
    Chain chain{tool_of(from.at("tool")),
                from.at("family").text(),
                from.at("table").text(),
                from.at("name").text(),
                from.at("hook").text(),
                from.at("policy").text(),
                {}};
    from.at("rules").each([&](const Member& rule) { chain.rules.push_back(rule.text()); });
    return chain;
}

void read_network(const Member& from, Machine& machine) {
    constexpr std::uint64_t longest_prefix = 128;
    from.at("links").each([&](const Member& each) {
        machine.links.push_back({each.at("name").device(), each.at("mtu").number<std::uint32_t>(),
                                 each.at("hardware").number<std::uint16_t>(), each.at("up").truth(),
                                 each.at("running").truth(), each.at("loopback").truth()});
    });
    from.at("addresses").each([&](const Member& each) {
        machine.addresses.push_back(
            {each.at("address").address(), each.at("prefix").number<int>(longest_prefix), each.at("device").device()});
    });
    from.at("routes").each([&](const Member& each) {
        Route& route = machine.routes.emplace_back();
        route.destination = each.at("destination").address();
        route.prefix = each.at("prefix").number<int>(longest_prefix);
        if (const Member gateway = each.at("gateway"); !gateway.is_null()) route.gateway = gateway.address();
        route.device = each.at("device").device();
        route.metric = each.at("metric").number<std::uint32_t>();
    });
    from.at("listeners").each([&](const Member& each) {
        machine.listeners.push_back({protocol_of(each.at("protocol")), each.at("address").address(),
                                     each.at("port").number<std::uint16_t>(), each.at("program").text(),
                                     each.at("process").number<std::uint32_t>(), each.at("unit").text()});
    });
}

Machine machine_from(const Member& from) {
    if (!from.holds("schema") || from.at("schema").text() != schema)
        throw Wrong{fmt::format("it does not say that it is of the schema {}", schema)};
    Machine machine;
    machine.name = from.at("name").text();
    machine.kernel = from.at("kernel").text();
    machine.user = from.at("user").number<std::uint32_t>();
    machine.capabilities = from.at("capabilities").number<std::uint64_t>();
    machine.initial_user_namespace = from.at("initial_user_namespace").truth();
    from.at("settings").each_member([&](const std::string& path, const Member& value) {
        machine.settings.emplace(path, value.text());
    });
    from.at("modules").each([&](const Member& each) { machine.modules.insert(each.text()); });
    const Member installed = from.at("installed_modules");
    machine.knows_installed_modules = !installed.is_null();
    if (machine.knows_installed_modules)
        installed.each([&](const Member& each) { machine.installed_modules.insert(each.text()); });
    const Member ipvs = from.at("ipvs");
    constexpr std::uint64_t most_bits = 63;
    if (const Member bits = ipvs.at("conn_tab_bits"); !bits.is_null())
        machine.ipvs.table_bits = bits.number<std::uint32_t>(most_bits);
    if (const Member count = ipvs.at("connections"); !count.is_null())
        machine.ipvs.connections = count.number<std::uint64_t>();
    if (const Member buckets = ipvs.at("buckets"); !buckets.is_null())
        machine.ipvs.buckets = buckets.number<std::uint64_t>();
    read_network(from, machine);
    from.at("firewall").each([&](const Member& each) { machine.firewall.push_back(chain_from(each)); });
    machine.prefers_nft = from.at("prefers_nft").truth();
    if (const Member heard = from.at("vrrp"); !heard.is_null()) machine.heard = heard_from(heard);
    from.at("unread").each([&](const Member& each) {
        machine.unread.push_back({each.at("topic").text(), each.at("what").text(), each.at("why").text()});
    });
    return machine;
}

}  // namespace

std::string machine_json(const Machine& machine) {
    Json json = Json::object();
    json["schema"] = schema;
    json["name"] = machine.name;
    json["kernel"] = machine.kernel;
    json["user"] = machine.user;
    json["capabilities"] = machine.capabilities;
    json["initial_user_namespace"] = machine.initial_user_namespace;
    json["modules"] = machine.modules;
    json["installed_modules"] = machine.knows_installed_modules ? Json(machine.installed_modules) : Json(nullptr);
    json["ipvs"] = {{"conn_tab_bits", or_null(machine.ipvs.table_bits)},
                    {"connections", or_null(machine.ipvs.connections)},
                    {"buckets", or_null(machine.ipvs.buckets)}};
    json["links"] = Json::array();
    for (const Link& each : machine.links) {
        json["links"].push_back({{"name", each.name},
                                 {"mtu", each.mtu},
                                 {"hardware", each.hardware},
                                 {"up", each.up},
                                 {"running", each.running},
                                 {"loopback", each.loopback}});
    }
    json["addresses"] = Json::array();
    for (const LocalAddress& each : machine.addresses) {
        json["addresses"].push_back(
            {{"address", each.address.to_string()}, {"prefix", each.prefix}, {"device", each.device}});
    }
    json["routes"] = Json::array();
    for (const Route& each : machine.routes) {
        json["routes"].push_back({{"destination", each.destination.to_string()},
                                  {"prefix", each.prefix},
                                  {"gateway", each.gateway ? Json(each.gateway->to_string()) : Json(nullptr)},
                                  {"device", each.device},
                                  {"metric", each.metric}});
    }
    json["listeners"] = Json::array();
    for (const Listener& each : machine.listeners) {
        json["listeners"].push_back({{"protocol", name_of(each.protocol)},
                                     {"address", each.address.to_string()},
                                     {"port", each.port},
                                     {"program", each.program},
                                     {"process", each.process},
                                     {"unit", each.unit}});
    }
    json["firewall"] = Json::array();
    for (const Chain& each : machine.firewall) {
        json["firewall"].push_back({{"tool", to_string(each.tool)},
                                    {"family", each.family},
                                    {"table", each.table},
                                    {"name", each.name},
                                    {"hook", each.hook},
                                    {"policy", each.policy},
                                    {"rules", each.rules}});
    }
    json["prefers_nft"] = machine.prefers_nft;
    json["vrrp"] = machine.heard ? heard_json(*machine.heard) : Json(nullptr);
    json["unread"] = Json::array();
    for (const Unread& each : machine.unread)
        json["unread"].push_back({{"topic", each.topic}, {"what", each.what}, {"why", each.why}});
    json["settings"] = machine.settings;
    return base::json_text(json, 1) + "\n";
}

Result<Machine> machine_from_json(std::string_view text) {
    const auto wrong = [](std::string_view why) {
        return failure(fmt::format("not a collected machine ({}): {}", schema, why),
                       "make one with `lbctl doctor --collect'");
    };
    if (text.size() > most_machine_bytes)
        return wrong(fmt::format("it has more than {} MiB", most_machine_bytes >> 20U));
    const auto json = base::read_json(text);
    if (!json) return wrong(json.error().message);
    try {
        return machine_from(Member(*json, "the machine"));
    } catch (const Wrong& fault) {
        return wrong(base::shortened(fault.why));
    }
}

}  // namespace lbctl::doctor
