#include "backend/keepalived/told.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "grammar/base/ascii.h"
#include "grammar/base/json_text.h"
#include "grammar/base/number.h"
#include "grammar/keywords/argument_pattern.h"
#include "grammar/source/sources.h"

namespace lbctl::keepalived {

namespace {

using Json = nlohmann::ordered_json;

/// "   RIP = 10.0.0.1, RPORT = 80, WEIGHT = 1": the name of the first value, and all values by name.
struct Values {
    std::string_view first;
    std::map<std::string_view, std::string_view> by_name;

    [[nodiscard]] std::string_view of(std::string_view name) const {
        const auto found = by_name.find(name);
        return found == by_name.end() ? std::string_view() : found->second;
    }
};

Values values_of(std::string_view line) {
    Values values;
    constexpr std::string_view sign = " = ";
    while (!line.empty()) {
        const std::size_t equals = line.find(sign);
        if (equals == std::string_view::npos) break;
        const std::string_view name = base::trimmed(line.substr(0, equals));
        line.remove_prefix(equals + sign.size());
        const std::size_t end = std::min(line.find(", "), line.size());
        values.by_name.emplace(name, base::trimmed(line.substr(0, end)));
        if (values.first.empty()) values.first = name;
        line.remove_prefix(std::min(end + 2, line.size()));
    }
    return values;
}

/// Seconds since 1970; nothing for 0, which stands for never, and for times after the year 9999.
std::optional<Moment> moment_from(std::int64_t seconds) {
    constexpr std::int64_t latest = 253402300799;
    if (seconds <= 0 || seconds > latest) return std::nullopt;
    return Moment(std::chrono::seconds(seconds));
}

/// "1796053135.703321 (Mon Nov 30 15:38:55.703321 2026)"; the first releases of 2.0 write no fraction.
std::optional<Moment> moment_from(std::string_view text) {
    const auto seconds = base::whole_number<std::int64_t>(text.substr(0, text.find_first_not_of("0123456789")));
    return seconds ? moment_from(*seconds) : std::nullopt;
}

constexpr std::array<std::pair<std::string_view, table::Protocol>, 3> protocols = {{
    {"TCP", table::Protocol::tcp},
    {"UDP", table::Protocol::udp},
    {"SCTP", table::Protocol::sctp},
}};

std::optional<table::Protocol> protocol_from(std::string_view word) {
    const auto* found = std::ranges::find(protocols, word, &std::pair<std::string_view, table::Protocol>::first);
    return found == protocols.end() ? std::nullopt : std::optional(found->second);
}

/// An entry of a virtual_server_group.
struct GroupEntry {
    std::optional<std::uint32_t> mark;
    std::optional<Family> family;  ///< of the mark, where the file says it
    IpAddress first;
    IpAddress last;
    std::uint16_t port = 0;
};

struct Group {
    std::vector<GroupEntry> entries;
    /// With nftables_ipvs: the mark that stands for its addresses, for each protocol.
    std::map<table::Protocol, std::uint32_t> marks;
};

/// An address or a range, of which releases before 2.2.4 write only the last number of the end.
std::optional<GroupEntry> address_entry(std::string_view addresses, std::string_view port) {
    const auto range = keywords::AddressRange::parse(addresses);
    const auto number = base::whole_number<std::uint16_t>(port);
    if (!range || !number) return std::nullopt;
    GroupEntry entry;
    entry.first = range->first;
    entry.last = range->last;
    entry.port = *number;
    return entry;
}

/// "7", "7 IPv4", "7 IPv6".
std::optional<GroupEntry> mark_entry(std::string_view text) {
    GroupEntry entry;
    const std::size_t blank = std::min(text.find(' '), text.size());
    entry.mark = base::whole_number<std::uint32_t>(text.substr(0, blank));
    if (!entry.mark) return std::nullopt;
    const std::string_view family = base::trimmed(text.substr(blank));
    if (family == "IPv4") entry.family = Family::inet;
    if (family == "IPv6") entry.family = Family::inet6;
    return entry;
}

/// "  Fwmark TCP: 1000 UDP: 0 SCTP: 0".
void take_marks(std::string_view line, Group& group) {
    for (const auto& [word, protocol] : protocols) {
        const std::string label = fmt::format(" {}: ", word);
        const std::size_t at = line.find(label);
        if (at == std::string_view::npos) continue;
        const std::string_view rest = line.substr(at + label.size());
        const auto mark = base::whole_number<std::uint32_t>(rest.substr(0, rest.find(' ')));
        if (mark && *mark != 0) group.marks[protocol] = *mark;
    }
}

/// What is said of a virtual server before its servers.
struct ServiceHead {
    std::optional<IpAddress> address;
    std::uint16_t port = 0;
    std::optional<std::uint32_t> mark;
    std::string group;
    std::optional<Family> family;
    std::optional<table::Protocol> protocol;
};

/// The text of the checkers, line by line.
class ServiceReader {
public:
    void take(std::string_view line) {
        if (line.find("------<") != std::string_view::npos) {
            begin(line);
            return;
        }
        const Values values = values_of(line);
        switch (part_) {
            case Part::group:
                take_group(values, line);
                break;
            case Part::service:
                take_service(values);
                break;
            case Part::server:
                take_server(values);
                break;
            case Part::other:
                break;
        }
    }

    std::vector<ToldService> finish() {
        end_service();
        return std::move(services_);
    }

private:
    enum class Part { other, group, service, server };

    void begin(std::string_view line) {
        if (line.find("< Real server >") != std::string_view::npos) {
            // One of nothing that is known is passed over.
            part_ = part_ == Part::service || part_ == Part::server ? Part::server : Part::other;
            has_address_ = false;
            return;
        }
        end_service();
        part_ = Part::other;
        if (line.find("< Virtual server group >") != std::string_view::npos) {
            part_ = Part::group;
            group_ = nullptr;
        } else if (line.find("< Virtual server >") != std::string_view::npos) {
            part_ = Part::service;
            head_.emplace();
            services_.emplace_back();
        }
    }

    void take_group(const Values& values, std::string_view line) {
        if (values.first == "Virtual Server Group") {
            group_ = &groups_[std::string(values.of(values.first))];
        } else if (group_ == nullptr) {
            return;
        } else if (values.first == "VIP" || values.first == "VIP Range") {
            if (const auto entry = address_entry(values.of(values.first), values.of("VPORT")))
                group_->entries.push_back(*entry);
        } else if (values.first == "FWMARK") {
            if (const auto entry = mark_entry(values.of(values.first))) group_->entries.push_back(*entry);
        } else if (base::trimmed(line).starts_with("Fwmark ")) {
            take_marks(line, *group_);
        }
    }

    void take_service(const Values& values) {
        const std::string_view value = values.of(values.first);
        if (values.first == "VS VIP") {
            head_->address = IpAddress::parse(value);
            const auto port = base::whole_number<std::uint16_t>(values.of("VPORT"));
            if (!port) head_->address.reset();
            head_->port = port.value_or(0);
        } else if (values.first == "VS FWMARK") {
            head_->mark = base::whole_number<std::uint32_t>(value);
        } else if (values.first == "VS GROUP") {
            // "[web]:0"
            const std::size_t end = value.rfind("]:");
            if (value.starts_with('[') && end != std::string_view::npos) head_->group = value.substr(1, end - 1);
        } else if (values.first == "protocol") {
            head_->protocol = protocol_from(value);
        } else if (values.first == "Address family") {
            if (value == "inet") head_->family = Family::inet;
            if (value == "inet6") head_->family = Family::inet6;
        }
    }

    void take_server(const Values& values) {
        std::vector<ToldServer>& servers = services_.back().servers;
        const std::string_view value = values.of(values.first);
        if (values.first == "RIP") {
            const auto address = IpAddress::parse(value);
            const auto port = base::whole_number<std::uint16_t>(values.of("RPORT"));
            has_address_ = address && port;
            if (has_address_) servers.push_back({*address, *port, std::nullopt, 0});
        } else if (!has_address_) {
            return;
        } else if (values.first == "alive") {
            servers.back().alive = value == "1";
        } else if (values.first == "num failed checkers") {
            servers.back().failed_checks = base::whole_number<std::uint32_t>(value).value_or(0);
        }
    }

    /// All of a virtual server was read: the services that it stands for.
    void end_service() {
        if (!head_) return;
        std::vector<ToldRange>& ranges = services_.back().ranges;
        // Where the file has none, keepalived takes UDP.
        const table::Protocol protocol = head_->protocol.value_or(table::Protocol::udp);
        const auto add_mark = [&ranges](std::uint32_t mark, std::optional<Family> family) {
            for (const Family each : {Family::inet, Family::inet6}) {
                if (!family || *family == each) ranges.push_back({table::FwmarkKey{each, mark}, {}});
            }
        };
        if (head_->address) {
            ranges.push_back({table::AddressKey{protocol, *head_->address, head_->port}, *head_->address});
        } else if (head_->mark) {
            add_mark(*head_->mark, head_->family.value_or(Family::inet));
        } else if (const auto found = groups_.find(head_->group); found != groups_.end()) {
            const Group& group = found->second;
            if (const auto mark = group.marks.find(protocol); mark != group.marks.end()) {
                add_mark(mark->second, std::nullopt);
            } else {
                for (const GroupEntry& entry : group.entries) {
                    if (entry.mark) {
                        add_mark(*entry.mark, entry.family ? entry.family : head_->family);
                    } else {
                        ranges.push_back({table::AddressKey{protocol, entry.first, entry.port}, entry.last});
                    }
                }
            }
        }
        head_.reset();
    }

    std::map<std::string, Group, std::less<>> groups_;
    std::vector<ToldService> services_;
    Part part_ = Part::other;
    Group* group_ = nullptr;
    std::optional<ServiceHead> head_;
    bool has_address_ = false;  ///< the real server that is read has one
};

/// Finds what was told of a service by the ranges, which do not overlap: keepalived refuses a service that it has
/// twice.
class ToldIndex {
public:
    explicit ToldIndex(const std::vector<ToldService>& told) {
        for (const ToldService& service : told) {
            for (const ToldRange& range : service.ranges)
                by_first_.emplace(place_of(range.first), Found{&range, &service});
        }
    }

    [[nodiscard]] const ToldService* find(const table::ServiceKey& key) const {
        auto found = by_first_.upper_bound(place_of(key));
        if (found == by_first_.begin()) return nullptr;
        const auto& [range, service] = std::prev(found)->second;
        if (range->first == key) return service;
        const auto* wanted = std::get_if<table::AddressKey>(&key);
        const auto* first = std::get_if<table::AddressKey>(&range->first);
        if (wanted == nullptr || first == nullptr || wanted->protocol != first->protocol || wanted->port != first->port)
            return nullptr;
        return wanted->address <= range->last ? service : nullptr;
    }

private:
    /// Services of one range stand beside each other in this order, and none of another between them.
    using Place = std::tuple<int, std::uint32_t, std::uint32_t, IpAddress>;
    struct Found {
        const ToldRange* range;
        const ToldService* service;
    };

    static Place place_of(const table::ServiceKey& key) {
        if (const auto* mark = std::get_if<table::FwmarkKey>(&key))
            return {1, static_cast<std::uint32_t>(mark->family), mark->mark, {}};
        const auto& address = std::get<table::AddressKey>(key);
        return {0, static_cast<std::uint32_t>(address.protocol), address.port, address.address};
    }

    std::map<Place, Found> by_first_;
};

void take_told(const ToldServer& told, ServerStatus& server) {
    if (!told.alive) return;
    server.told = true;
    const bool serves = server.in_table && server.weight != 0;
    if (!*told.alive && serves) {
        server.state = ServerState::down;
        server.reason = "keepalived holds it down, and it takes connections all the same";
    } else if (!*told.alive) {
        server.state = ServerState::down;
        if (told.failed_checks > 1) server.reason = fmt::format("{} of its checks fail", told.failed_checks);
    } else if (server.state == ServerState::down) {
        server.state = ServerState::differs;
        server.reason = "keepalived takes it for up, and it takes no connections";
    }
}

/// As vrrp.h numbers the states of the JSON; the others are not to be seen while it runs.
InstanceState state_from_number(std::int64_t number) {
    switch (number) {
        case 1:
            return InstanceState::backup;
        case 2:
            return InstanceState::master;
        case 3:
            return InstanceState::fault;
        default:
            return InstanceState::unknown;
    }
}

template <class Number>
std::optional<Number> number_in(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number()) return std::nullopt;
    const auto value = found->get<double>();
    if (!(value >= static_cast<double>(std::numeric_limits<std::int32_t>::min()) && value < 1e15)) return std::nullopt;
    return static_cast<Number>(value);
}

}  // namespace

std::vector<ToldService> read_told_services(std::string_view text) {
    ServiceReader reader;
    while (!text.empty()) reader.take(source::take_line(text));
    return reader.finish();
}

std::vector<ToldInstance> read_told_instances(std::string_view text) {
    std::vector<ToldInstance> instances;
    bool inside = false;
    while (!text.empty()) {
        const std::string_view line = source::take_line(text);
        constexpr std::string_view head = " VRRP Instance = ";
        if (line.starts_with(head)) {
            instances.push_back(
                {std::string(line.substr(head.size())), InstanceState::unknown, std::nullopt, std::nullopt});
            inside = true;
            continue;
        }
        // Another object begins.
        if (line.find("------<") != std::string_view::npos) inside = false;
        if (!inside) continue;
        const Values values = values_of(line);
        ToldInstance& instance = instances.back();
        if (values.first == "State" && instance.state == InstanceState::unknown)
            instance.state = instance_state_from(values.of("State"));
        if (values.first == "Last transition") instance.since = moment_from(values.of(values.first));
        if (values.first == "Effective priority") instance.priority = base::whole_number<int>(values.of(values.first));
    }
    return instances;
}

Result<std::vector<ToldInstance>> read_told_instances_json(std::string_view text) {
    const auto json = base::read_json(text);
    if (!json) return tl::make_unexpected(json.error());
    const Json* list = &*json;
    if (json->is_object()) {
        const auto found = json->find("vrrp");
        if (found != json->end()) list = &*found;
    }
    if (!list->is_array()) return failure("it has no list of instances");
    std::vector<ToldInstance> instances;
    for (const Json& each : *list) {
        if (!each.is_object()) continue;
        const auto data = each.find("data");
        if (data == each.end() || !data->is_object()) continue;
        const auto name = data->find("iname");
        if (name == data->end() || !name->is_string()) continue;
        ToldInstance instance{name->get<std::string>(), InstanceState::unknown, std::nullopt, std::nullopt};
        if (const auto state = number_in<std::int64_t>(*data, "state")) instance.state = state_from_number(*state);
        if (const auto since = number_in<std::int64_t>(*data, "last_transition")) instance.since = moment_from(*since);
        instance.priority = number_in<int>(*data, "effective_priority");
        instances.push_back(std::move(instance));
    }
    return instances;
}

void take_told(const std::vector<ToldService>& told, std::vector<ServiceStatus>& services) {
    const ToldIndex index(told);
    for (ServiceStatus& service : services) {
        const ToldService* found = index.find(service.key);
        if (found == nullptr) continue;
        for (ServerStatus& server : service.servers) {
            const auto same = std::ranges::find_if(found->servers, [&server](const ToldServer& each) {
                // A port that is not written is that of the service.
                return each.address == server.key.address && (each.port == server.key.port || each.port == 0);
            });
            if (same != found->servers.end() && server.state != ServerState::sorry) take_told(*same, server);
        }
    }
}

void take_told(const std::vector<ToldInstance>& told, std::vector<Instance>& instances) {
    for (Instance& instance : instances) {
        const auto same = std::ranges::find(told, instance.name, &ToldInstance::name);
        if (same == told.end() || same->state == InstanceState::unknown) continue;
        instance.state = same->state;
        instance.priority_in_force = same->priority;
        instance.since = same->since;
        instance.told = true;
    }
}

}  // namespace lbctl::keepalived
