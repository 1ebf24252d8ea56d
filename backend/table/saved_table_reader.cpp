#include <fmt/format.h>

#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "backend/table/saved_table.h"
#include "backend/table/words.h"
#include "grammar/source/number.h"

namespace lbctl::table {

namespace {

/// One option of a line: its long name and the word that belongs to it.
struct Option {
    std::string_view name;
    std::string_view value;
};

struct OptionRule {
    char letter;  ///< '\0' without a short form
    std::string_view name;
    enum class Takes { nothing, word, perhaps_word } takes;
};

using Takes = OptionRule::Takes;
constexpr std::array option_rules = {
    OptionRule{'A', "add-service", Takes::nothing},   OptionRule{'a', "add-server", Takes::nothing},
    OptionRule{'C', "clear", Takes::nothing},         OptionRule{'t', "tcp-service", Takes::word},
    OptionRule{'u', "udp-service", Takes::word},      OptionRule{'\0', "sctp-service", Takes::word},
    OptionRule{'f', "fwmark-service", Takes::word},   OptionRule{'6', "ipv6", Takes::nothing},
    OptionRule{'s', "scheduler", Takes::word},        OptionRule{'p', "persistent", Takes::perhaps_word},
    OptionRule{'M', "netmask", Takes::word},          OptionRule{'\0', "pe", Takes::word},
    OptionRule{'o', "ops", Takes::nothing},           OptionRule{'b', "sched-flags", Takes::word},
    OptionRule{'r', "real-server", Takes::word},      OptionRule{'g', "gatewaying", Takes::nothing},
    OptionRule{'i', "ipip", Takes::nothing},          OptionRule{'m', "masquerading", Takes::nothing},
    OptionRule{'w', "weight", Takes::word},           OptionRule{'x', "u-threshold", Takes::word},
    OptionRule{'y', "l-threshold", Takes::word},      OptionRule{'\0', "tun-type", Takes::word},
    OptionRule{'\0', "tun-port", Takes::word},        OptionRule{'\0', "tun-nocsum", Takes::nothing},
    OptionRule{'\0', "tun-csum", Takes::nothing},     OptionRule{'\0', "tun-remcsum", Takes::nothing},
    OptionRule{'\0', "set", Takes::nothing},          OptionRule{'\0', "start-daemon", Takes::word},
    OptionRule{'\0', "mcast-interface", Takes::word}, OptionRule{'\0', "syncid", Takes::word},
    OptionRule{'\0', "sync-maxlen", Takes::word},     OptionRule{'\0', "mcast-group", Takes::word},
    OptionRule{'\0', "mcast-port", Takes::word},      OptionRule{'\0', "mcast-ttl", Takes::word},
    OptionRule{'n', "numeric", Takes::nothing},
};

template <class T>
std::optional<T> number(std::string_view text, std::int64_t least, std::int64_t most) {
    const auto value = source::whole_number<std::int64_t>(text);
    if (!value || *value < least || *value > most) return std::nullopt;
    return static_cast<T>(*value);
}

struct Endpoint {
    IpAddress address;
    std::optional<std::uint16_t> port;
};

/// "10.0.0.1:80", "10.0.0.1", "[fd00::1]:80", "fd00::1".
std::optional<Endpoint> read_endpoint(std::string_view text) {
    std::string_view host = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
        const auto end = text.find("]:");
        if (end == std::string_view::npos) return std::nullopt;
        host = text.substr(1, end - 1);
        port = text.substr(end + 2);
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    const auto address = IpAddress::parse(host);
    if (!address) return std::nullopt;
    Endpoint endpoint{*address, std::nullopt};
    if (!port) return endpoint;
    endpoint.port = number<std::uint16_t>(*port, 0, 65535);
    if (!endpoint.port) return std::nullopt;
    return endpoint;
}

/// Reads one line after the other into a table.
class Reader {
public:
    explicit Reader(std::string_view name) : name_(name) {}

    bool read(std::string_view line) {
        ++line_;
        words_.clear();
        for (std::size_t start = 0; (start = line.find_first_not_of(" \t\r", start)) != std::string_view::npos;) {
            const std::size_t end = std::min(line.find_first_of(" \t\r", start), line.size());
            words_.push_back(line.substr(start, end - start));
            start = end;
        }
        if (!words_.empty() && words_.front() == "ipvsadm") words_.erase(words_.begin());
        if (words_.empty() || words_.front().starts_with('#')) return true;
        return split_options() && read_command();
    }

    [[nodiscard]] tl::unexpected<Failure> problem() const {
        return failure(fmt::format("{}:{}: {}", name_, line_, message_),
                       "it must be the text of `ipvsadm --save --numeric' or `lbctl save'");
    }

    Table take() { return std::move(table_); }

    std::optional<ServiceKey> read_key_of(std::string_view text) {
        // A key is the middle of a line; as a line it lacks only its command.
        words_.clear();
        if (!read(fmt::format("-A {}", text)) || table_.services.size() != 1) return std::nullopt;
        return table_.services.front().key;
    }

private:
    bool fail(std::string message) {
        message_ = std::move(message);
        return false;
    }

    static const OptionRule* find_rule(std::string_view word, std::string_view& attached) {
        for (const OptionRule& rule : option_rules) {
            if (word.starts_with("--")) {
                const std::string_view name = word.substr(2, word.find('=') - 2);
                if (name != rule.name) continue;
                if (name.size() + 2 < word.size()) attached = word.substr(name.size() + 3);
                return &rule;
            }
            if (rule.letter == '\0' || word[1] != rule.letter) continue;
            attached = word.substr(2);
            return &rule;
        }
        return nullptr;
    }

    bool split_options() {
        options_.clear();
        loose_.clear();
        for (std::size_t i = 0; i < words_.size(); ++i) {
            std::string_view word = words_[i];
            if (word.size() < 2 || word[0] != '-') {
                loose_.push_back(word);
                continue;
            }
            for (;;) {
                std::string_view attached;
                const OptionRule* rule = find_rule(word, attached);
                if (rule == nullptr) return fail(fmt::format("`{}' does not belong to a saved table", word));
                if (rule->takes == Takes::nothing) {
                    options_.push_back({rule->name, {}});
                    if (attached.empty() || word.starts_with("--")) break;
                    word = bundles_.emplace_back(fmt::format("-{}", attached));  // bundled letters: -Anf
                    continue;
                }
                if (attached.starts_with('=')) attached.remove_prefix(1);
                const bool next_is_value =
                    i + 1 < words_.size() && (rule->takes == Takes::word || words_[i + 1][0] != '-');
                if (attached.empty() && next_is_value) attached = words_[++i];
                if (attached.empty() && rule->takes == Takes::word)
                    return fail(fmt::format("`{}' lacks its value", word));
                options_.push_back({rule->name, attached});
                break;
            }
        }
        return true;
    }

    [[nodiscard]] const Option* find(std::string_view name) const {
        for (const Option& option : options_) {
            if (option.name == name) return &option;
        }
        return nullptr;
    }

    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

    template <class T>
    bool read_number(std::string_view name, T& into, std::int64_t least, std::int64_t most) {
        const Option* option = find(name);
        if (option == nullptr) return true;
        const auto value = number<T>(option->value, least, most);
        if (!value)
            return fail(fmt::format("`{}' is not a number of {}-{} for --{}", option->value, least, most, name));
        into = *value;
        return true;
    }

    bool read_command() {
        if (has("set")) return read_timeouts();
        if (!loose_.empty()) return fail(fmt::format("`{}' is not an option", loose_.front()));
        if (has("add-service")) return read_service();
        if (has("add-server")) return read_destination();
        if (has("start-daemon")) return read_daemon();
        if (has("clear") && table_.services.empty()) return true;
        return fail("neither -A nor -a");
    }

    bool read_key(ServiceKey& key) {
        constexpr std::array protocols = {std::pair{"tcp-service", Protocol::tcp},
                                          std::pair{"udp-service", Protocol::udp},
                                          std::pair{"sctp-service", Protocol::sctp}};
        for (const auto& [name, protocol] : protocols) {
            const Option* option = find(name);
            if (option == nullptr) continue;
            const auto endpoint = read_endpoint(option->value);
            if (!endpoint) return fail(fmt::format("`{}' is not ADDRESS:PORT in numbers", option->value));
            key = AddressKey{protocol, endpoint->address, endpoint->port.value_or(0)};
            return true;
        }
        const Option* option = find("fwmark-service");
        if (option == nullptr) return fail("no service (-t, -u, --sctp-service or -f)");
        // ipvsadm saves marks above 2^31 as negative numbers.
        const auto mark = number<std::uint32_t>(option->value, -2147483648LL, 4294967295LL);
        if (!mark || *mark == 0) return fail(fmt::format("`{}' is not a mark of 1-4294967295", option->value));
        key = FwmarkKey{has("ipv6") ? Family::inet6 : Family::inet, *mark};
        return true;
    }

    bool read_netmask(Service& service) {
        const Family family = family_of(service.key);
        service.netmask = default_netmask(family);
        if (family == Family::inet6) return read_number("netmask", service.netmask, 1, 128);
        const Option* option = find("netmask");
        if (option == nullptr) return true;
        // inet_aton reads a bare number as the whole address, and so does ipvsadm.
        const auto plain = number<std::uint32_t>(option->value, 0, 255);
        const auto mask = IpAddress::parse(plain ? fmt::format("0.0.0.{}", *plain) : std::string(option->value));
        if (!mask || mask->family() != Family::inet) return fail(fmt::format("`{}' is not a netmask", option->value));
        std::memcpy(&service.netmask, mask->bytes().data(), sizeof service.netmask);
        return true;
    }

    bool read_flags(Service& service) {
        if (has("ops")) service.flags |= service_flag::one_packet;
        const Option* option = find("sched-flags");
        if (option == nullptr) return true;
        const bool hashing = service.scheduler == "sh" || service.scheduler == "mh";
        for (std::string_view rest = option->value; !rest.empty();) {
            const auto comma = rest.find(',');
            const std::string_view word = rest.substr(0, comma);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            if (word == "flag-1" || (hashing && word == service.scheduler + "-fallback")) {
                service.flags |= service_flag::scheduler_1;
            } else if (word == "flag-2" || (hashing && word == service.scheduler + "-port")) {
                service.flags |= service_flag::scheduler_2;
            } else if (word == "flag-3") {
                service.flags |= service_flag::scheduler_3;
            } else {
                return fail(fmt::format("`{}' is not a flag of scheduler {}", word, service.scheduler));
            }
        }
        return true;
    }

    bool read_service() {
        Service service;
        if (!read_key(service.key)) return false;
        if (const Option* option = find("scheduler")) service.scheduler = option->value.substr(0, 15);
        if (const Option* option = find("persistent")) {
            service.persistence = Persistence{360, {}};
            if (!option->value.empty() && !read_number("persistent", service.persistence->timeout, 0, longest_timeout))
                return false;
        }
        if (const Option* option = find("pe")) {
            if (!service.persistence) service.persistence.emplace();
            service.persistence->engine = option->value.substr(0, 16);
        }
        if (!read_netmask(service) || !read_flags(service)) return false;
        if (!index_.emplace(service.key, table_.services.size()).second) {
            return fail("service " + to_string(service.key) + " is there twice");
        }
        table_.services.push_back(std::move(service));
        return true;
    }

    bool read_destination() {
        ServiceKey key;
        if (!read_key(key)) return false;
        const auto found = index_.find(key);
        if (found == index_.end()) return fail("no -A line of service " + to_string(key) + " before");
        Service& service = table_.services[found->second];
        const Option* server = find("real-server");
        if (server == nullptr) return fail("no real server (-r)");
        const auto endpoint = read_endpoint(server->value);
        if (!endpoint) return fail(fmt::format("`{}' is not ADDRESS:PORT in numbers", server->value));
        const auto* address = std::get_if<AddressKey>(&key);
        const std::uint16_t service_port = address != nullptr ? address->port : 0;
        Destination destination;
        destination.key = {endpoint->address, endpoint->port.value_or(service_port)};
        destination.method = has("masquerading") ? ForwardingMethod::nat
                             : has("ipip")       ? ForwardingMethod::tunnel
                                                 : ForwardingMethod::direct_routing;
        if (!read_number("weight", destination.weight, -2147483648LL, 2147483647) ||
            !read_number("u-threshold", destination.upper_threshold, 0, 4294967295LL) ||
            !read_number("l-threshold", destination.lower_threshold, 0, 4294967295LL)) {
            return false;
        }
        if (destination.method == ForwardingMethod::tunnel && !read_tunnel(destination.tunnel)) return false;
        for (const Destination& other : service.destinations) {
            if (other.key == destination.key)
                return fail("destination " + to_string(destination.key) + " is there twice");
        }
        service.destinations.push_back(destination);
        return true;
    }

    bool read_tunnel(Tunnel& tunnel) {
        const Option* type = find("tun-type");
        if (type == nullptr || type->value == "ipip") return true;
        if (type->value == "gue") {
            tunnel.type = TunnelType::gue;
            if (!has("tun-port")) return fail("--tun-type gue lacks --tun-port");
            if (!read_number("tun-port", tunnel.port, 1, 65535)) return false;
        } else if (type->value == "gre") {
            tunnel.type = TunnelType::gre;
        } else {
            return fail(fmt::format("`{}' is not a tunnel type", type->value));
        }
        if (has("tun-csum")) tunnel.checksum = TunnelChecksum::checksum;
        if (has("tun-remcsum")) tunnel.checksum = TunnelChecksum::remote_checksum;
        return true;
    }

    bool read_timeouts() {
        if (loose_.size() != 3) return fail("--set wants three numbers");
        std::array<std::uint32_t*, 3> into = {&table_.timeouts.tcp, &table_.timeouts.tcp_fin, &table_.timeouts.udp};
        for (std::size_t i = 0; i < into.size(); ++i) {
            const auto value = number<std::uint32_t>(loose_[i], 0, longest_timeout);
            if (!value) return fail(fmt::format("`{}' is not a number of 0-{}", loose_[i], longest_timeout));
            *into.at(i) = *value;
        }
        return true;
    }

    bool read_daemon() {
        SyncDaemon daemon;
        const std::string_view state = find("start-daemon")->value;
        if (state != "master" && state != "backup")
            return fail(fmt::format("`{}' is neither master nor backup", state));
        daemon.state = state == "master" ? DaemonState::master : DaemonState::backup;
        const Option* interface = find("mcast-interface");
        daemon.interface = interface != nullptr ? interface->value : "eth0";
        if (const Option* group = find("mcast-group")) {
            daemon.group = IpAddress::parse(group->value);
            if (!daemon.group) return fail(fmt::format("`{}' is not an address", group->value));
        }
        if (!read_number("syncid", daemon.sync_id, 0, 255) ||
            !read_number("sync-maxlen", daemon.max_length, 1, 65507) ||
            !read_number("mcast-port", daemon.port, 1, 65535) || !read_number("mcast-ttl", daemon.ttl, 1, 255)) {
            return false;
        }
        table_.daemons.push_back(std::move(daemon));
        return true;
    }

    std::string name_;
    std::size_t line_ = 0;
    std::string message_;
    std::vector<std::string_view> words_;
    std::vector<Option> options_;
    std::vector<std::string_view> loose_;  ///< words that are no options
    std::deque<std::string> bundles_;      ///< letters that stood together, taken apart
    std::map<ServiceKey, std::size_t> index_;
    Table table_;
};

}  // namespace

Result<Table> read_saved_text(std::string_view text, std::string_view name) {
    Reader reader(name);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (!reader.read(text.substr(0, end))) return reader.problem();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return reader.take();
}

std::optional<ServiceKey> read_saved_key(std::string_view text) {
    return Reader("").read_key_of(text);
}

}  // namespace lbctl::table
