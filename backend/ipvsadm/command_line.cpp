#include "backend/ipvsadm/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "backend/ipvsadm/address.h"
#include "grammar/base/shortened.h"
#include "grammar/keywords/scheduler_flag.h"

namespace lbctl::ipvsadm {

namespace {

constexpr std::uint32_t default_persistence = 360;
constexpr std::size_t longest_scheduler = 15;
constexpr std::size_t longest_engine = 16;
constexpr std::size_t longest_interface = 15;

struct Range {
    long least;
    long most;
};

/// The numbers that ipvsadm takes, and those that it may print.
struct Ranges {
    Range mark;
    Range persistence;
    Range threshold;
};
constexpr long most_signed = std::numeric_limits<std::int32_t>::max();
constexpr long most_unsigned = std::numeric_limits<std::uint32_t>::max();
constexpr Ranges taken{{1, most_unsigned}, {1, table::longest_timeout}, {0, most_signed}};
constexpr Ranges printed{{-most_signed - 1, most_unsigned}, {0, table::longest_timeout}, {0, most_unsigned}};

Refusal refuse(std::string message) {
    return {std::move(message), status_bad_line};
}

bool makes_a_table(Command command) {
    constexpr std::array all{Command::add_service, Command::add_server, Command::set_timeouts, Command::start_daemon,
                             Command::clear};
    return std::find(all.begin(), all.end(), command) != all.end();
}

/// Reads one command line. After the first refusal nothing counts any more.
class LineReader {
public:
    LineReader(std::span<const std::string_view> words, Origin origin, std::string_view program)
        : reader_(words), origin_(origin), program_(program) {
        line_.destination.method = table::ForwardingMethod::direct_routing;
        line_.service.scheduler.clear();
    }

    tl::expected<Line, Refusal> read() {
        read_command();
        while (!refusal_ && read_option()) {
        }
        if (!refusal_) read_arguments();
        if (!refusal_) check_options();
        if (!refusal_) complete();
        if (refusal_) return tl::make_unexpected(*std::move(refusal_));
        return std::move(line_);
    }

private:
    void refuse_line(std::string message) {
        if (!refusal_) refusal_ = refuse(std::move(message));
    }

    /// A word of the line in a message: where it is not ipvsadm's own, a long one is cut.
    [[nodiscard]] std::string quoted(std::string_view word) const {
        return is_saved() ? base::shortened(word) : std::string(word);
    }

    /// For messages of ipvsadm that do not say which word they are about.
    void refuse_value(std::string_view value, std::string_view message) {
        refuse_line(is_saved() ? fmt::format("{} (`{}')", message, quoted(value)) : std::string(message));
    }

    void refuse_address(std::string_view value, std::string_view message) {
        if (is_saved())
            return refuse_line(fmt::format("`{}' is not ADDRESS:PORT, with the address in numbers", quoted(value)));
        refuse_line(std::string(message));
    }

    void try_help() {
        if (is_saved())
            return refuse_line(fmt::format("`{}' does not begin a line of a saved table", quoted(reader_.last_word())));
        refusal_ = Refusal{fmt::format("Try `{0} -h' or '{0} --help' for more information.", program_), status_refused};
    }

    void read_command() {
        ReadOption option;
        if (reader_.next(option) != WordReader::Trouble::none || option.spelling->command() == nullptr)
            return try_help();
        line_.command = *option.spelling->command();
        if (line_.command == Command::restore && origin_ != Origin::arguments) return try_help();
        if (is_saved() && !makes_a_table(line_.command)) return try_help();
        if (option.value) read_daemon_state(*option.value);
    }

    void read_daemon_state(std::string_view word) {
        if (word == "master") {
            line_.daemon.state = table::DaemonState::master;
        } else if (word == "backup") {
            line_.daemon.state = table::DaemonState::backup;
        } else {
            refuse_value(word, line_.command == Command::start_daemon ? "illegal start-daemon parameter specified"
                                                                      : "illegal start_daemon specified");
        }
    }

    /// False at the end of the options.
    bool read_option() {
        // Help and version do not look further.
        if (line_.command == Command::help || line_.command == Command::version) return false;
        ReadOption option;
        const auto trouble = reader_.next(option);
        if (trouble == WordReader::Trouble::finished) return false;
        if (trouble != WordReader::Trouble::none) {
            refusal_ =
                Refusal{fmt::format("{}: {}", quoted(reader_.last_word()), trouble_text(trouble)), status_refused};
        } else if (option.spelling->command() != nullptr) {
            refuse_line(fmt::format("invalid option `{}'", quoted(reader_.last_word())));
        } else {
            take(*option.spelling, option.value);
        }
        return true;
    }

    bool mark(Option option) {
        if (line_.has(option)) refuse_line(fmt::format("multiple '{}' options specified", option_name(option)));
        line_.options.set(static_cast<std::size_t>(option));
        return !refusal_;
    }

    void take(const Spelling& spelling, std::optional<std::string_view> value);
    void take_family(Family family);
    void take_service(table::Protocol protocol, std::string_view value);
    void take_fwmark(std::string_view value);
    void take_netmask(std::string_view value);
    void take_real_server(std::string_view value);
    void take_group(std::string_view value);
    void take_tunnel_type(std::string_view value);
    std::uint32_t number(std::string_view value, Range range, std::string_view message);
    std::uint32_t timeout(std::string_view value, Range range);

    void read_arguments();
    /// Refuses an option that breaks its rule. `exclusive` is the first that was given of those that exclude each
    /// other; `subject` is what the rule belongs to ("'list' command").
    void hold_to_rule(Option option, Rule rule, std::string_view subject, std::optional<Option>& exclusive);
    void check_options();
    void complete();
    void complete_service();
    void complete_destination();
    void check_tunnel();
    std::uint32_t scheduler_flags();

    [[nodiscard]] bool is_saved() const { return origin_ == Origin::saved_table; }
    [[nodiscard]] Names names() const { return is_saved() ? Names::refused : Names::looked_up; }
    [[nodiscard]] const Ranges& ranges() const { return is_saved() ? printed : taken; }
    [[nodiscard]] bool is_fwmark() const { return mark_ != 0; }
    [[nodiscard]] table::ServiceKey key() const {
        if (is_fwmark()) return table::FwmarkKey{family_, mark_};
        return table::AddressKey{protocol_, address_, port_};
    }

    WordReader reader_;
    Origin origin_;
    std::string_view program_;
    Line line_;
    std::optional<Refusal> refusal_;

    // The service as far as it was read; options look at it in the order they come.
    Family family_ = Family::inet;
    table::Protocol protocol_ = table::Protocol::tcp;
    IpAddress address_;
    std::uint16_t port_ = 0;
    bool port_given_ = false;
    bool server_port_given_ = false;
    std::uint32_t mark_ = 0;
    std::uint32_t netmask_ = 0xffffffff;
    bool persistent_ = false;
    std::uint32_t persistence_timeout_ = 0;
    std::string_view engine_;
    std::string_view scheduler_flags_;
};

std::uint32_t LineReader::number(std::string_view value, Range range, std::string_view message) {
    const auto read = read_number(value, range.least, range.most);
    if (!read) refuse_value(value, message);
    return static_cast<std::uint32_t>(read.value_or(0));
}

std::uint32_t LineReader::timeout(std::string_view value, Range range) {
    const auto read = read_number(value, range.least, range.most);
    if (!read) refuse_line(fmt::format("invalid timeout value `{}' specified", quoted(value)));
    return static_cast<std::uint32_t>(read.value_or(0));
}

void LineReader::take_family(Family family) {
    // The empty line is ipvsadm's.
    if (!is_fwmark()) return refuse_line(is_saved() ? "-6 used before -f" : "-6 used before -f\n");
    family_ = family;
    netmask_ = table::default_netmask(family);
}

void LineReader::take_service(table::Protocol protocol, std::string_view value) {
    protocol_ = protocol;
    const auto read = read_host_and_port(value, protocol_, names());
    if (!read) return refuse_address(value, "illegal virtual server address[:port] specified");
    address_ = read->address;
    family_ = address_.family();
    port_ = read->port.value_or(0);
    port_given_ = read->port.has_value();
    if (family_ == Family::inet6) netmask_ = table::default_netmask(Family::inet6);
}

void LineReader::take_fwmark(std::string_view value) {
    const auto read = read_number(value, ranges().mark.least, ranges().mark.most);
    if (read.value_or(0) == 0) return refuse_line(fmt::format("invalid fwmark value `{}' specified", quoted(value)));
    mark_ = static_cast<std::uint32_t>(*read);
    family_ = Family::inet;
}

void LineReader::take_netmask(std::string_view value) {
    if (family_ == Family::inet6) {
        netmask_ =
            number(value.substr(0, value.find_first_not_of("0123456789")), {1, 128}, "illegal ipv6 netmask specified");
        return;
    }
    const auto mask = read_ipv4(value, names());
    if (!mask) return refuse_value(value, "illegal virtual server persistent mask specified");
    std::memcpy(&netmask_, mask->bytes().data(), sizeof netmask_);
}

void LineReader::take_real_server(std::string_view value) {
    const auto read = read_host_and_port(value, protocol_, names());
    if (!read) return refuse_address(value, "illegal real server address[:port] specified");
    // Without a port, it is that of the service, if the service came before.
    line_.destination.key = {read->address, read->port.value_or(port_)};
    server_port_given_ = read->port.has_value();
}

void LineReader::take_group(std::string_view value) {
    const bool inet6 = value.find(':') != std::string_view::npos;
    const auto group = IpAddress::parse(value);
    const std::uint8_t first = group ? group->bytes()[0] : 0;
    const bool multicast = inet6 ? first == 0xff : first >> 4 == 0xe;
    if (!multicast)
        return refuse_line(fmt::format("invalid {} mcast-group `{}'", inet6 ? "IPv6" : "IPv4", quoted(value)));
    line_.daemon.group = group;
}

void LineReader::take_tunnel_type(std::string_view value) {
    if (value == "ipip") {
        line_.destination.tunnel.type = table::TunnelType::ipip;
    } else if (value == "gue") {
        line_.destination.tunnel.type = table::TunnelType::gue;
    } else if (value == "gre") {
        line_.destination.tunnel.type = table::TunnelType::gre;
    } else {
        refuse_value(value, "illegal tunnel type specified");
    }
}

void LineReader::take(const Spelling& spelling, std::optional<std::string_view> value) {
    if (const auto* family = std::get_if<Family>(&spelling.choice)) return take_family(*family);
    const Option* option = spelling.option();
    if (option == nullptr || !mark(*option)) return;
    const std::string_view word = value.value_or("");
    table::Destination& destination = line_.destination;
    switch (*option) {
        case Option::service:
            if (const auto* protocol = std::get_if<table::Protocol>(&spelling.choice))
                return take_service(*protocol, word);
            return take_fwmark(word);
        case Option::scheduler:
            line_.service.scheduler = word.substr(0, longest_scheduler);
            return;
        case Option::persistent:
            persistent_ = true;
            persistence_timeout_ = value ? timeout(word, ranges().persistence) : default_persistence;
            return;
        case Option::netmask:
            return take_netmask(word);
        case Option::real_server:
            return take_real_server(word);
        case Option::forwarding_method:
            destination.method = std::get<table::ForwardingMethod>(spelling.choice);
            return;
        case Option::weight:
            destination.weight = number(word, {0, most_signed}, "illegal weight specified");
            return;
        case Option::upper_threshold:
            destination.upper_threshold = number(word, ranges().threshold, "illegal u_threshold specified");
            return;
        case Option::lower_threshold:
            destination.lower_threshold = number(word, ranges().threshold, "illegal l_threshold specified");
            return;
        case Option::mcast_interface:
            line_.daemon.interface = word.substr(0, longest_interface);
            return;
        case Option::mcast_group:
            return take_group(word);
        case Option::mcast_port:
            line_.daemon.port = static_cast<std::uint16_t>(number(word, {1, 65535}, "illegal mcast-port specified"));
            return;
        case Option::mcast_ttl:
            line_.daemon.ttl = static_cast<std::uint8_t>(number(word, {1, 255}, "illegal mcast-ttl specified"));
            return;
        case Option::sync_max_length:
            line_.daemon.max_length =
                static_cast<std::uint16_t>(number(word, {1, 65507}, "illegal sync-maxlen specified"));
            return;
        case Option::sync_id:
            line_.daemon.sync_id = number(word, {0, 255}, "illegal syncid specified");
            return;
        case Option::one_packet:
            line_.service.flags |= table::service_flag::one_packet;
            return;
        case Option::engine:
            engine_ = word.substr(0, longest_engine);
            return;
        case Option::scheduler_flags:
            scheduler_flags_ = word;
            return;
        case Option::tunnel_type:
            return take_tunnel_type(word);
        case Option::tunnel_port:
            destination.tunnel.port =
                static_cast<std::uint16_t>(number(word, {1, 65535}, "illegal tunnel port specified"));
            return;
        case Option::tunnel_no_checksum:
            destination.tunnel.checksum = table::TunnelChecksum::none;
            return;
        case Option::tunnel_checksum:
            destination.tunnel.checksum = table::TunnelChecksum::checksum;
            return;
        case Option::tunnel_remote_checksum:
            destination.tunnel.checksum = table::TunnelChecksum::remote_checksum;
            return;
        default:  // it is enough that it was given
            return;
    }
}

void LineReader::read_arguments() {
    if (line_.command == Command::help || line_.command == Command::version) return;
    const std::vector<std::string_view>& arguments = reader_.arguments();
    std::size_t expected = 0;
    if (line_.command == Command::set_timeouts) {
        expected = 3;
        if (arguments.size() < expected) return refuse_line("--set option requires 3 timeout values");
        constexpr Range any{0, table::longest_timeout};
        line_.timeouts.tcp = timeout(arguments[0], any);
        line_.timeouts.tcp_fin = timeout(arguments[1], any);
        line_.timeouts.udp = timeout(arguments[2], any);
    }
    if (arguments.size() <= expected) return;
    // Listings show some options without their dashes, and saved text is written from them by hand.
    const bool lacks_dashes = origin_ == Origin::saved_table && is_long_option(arguments[expected]);
    refuse_line(fmt::format("unexpected argument {}{}", quoted(arguments[expected]),
                            lacks_dashes ? fmt::format(": the option is written --{}", arguments[expected]) : ""));
}

void LineReader::hold_to_rule(Option option, Rule rule, std::string_view subject, std::optional<Option>& exclusive) {
    if (!line_.has(option)) {
        if (rule == Rule::required)
            refuse_line(fmt::format("You need to supply the '{}' option for the {}", option_name(option), subject));
    } else if (rule == Rule::forbidden) {
        refuse_line(fmt::format("Illegal '{}' option with the {}", option_name(option), subject));
    } else if (rule == Rule::one_of && exclusive) {
        refuse_line(fmt::format("The option '{}' conflicts with the '{}' option in the {}", option_name(option),
                                option_name(*exclusive), subject));
    } else if (rule == Rule::one_of) {
        exclusive = option;
    }
}

void LineReader::check_options() {
    if (follow_rules(line_.command, line_.options)) return;
    const std::string subject = fmt::format("'{}' command", command_name(line_.command));
    std::optional<Option> exclusive;
    for (std::size_t i = 0; i < option_count && !refusal_; ++i) {
        const auto option = static_cast<Option>(i);
        hold_to_rule(option, rule_for(line_.command, option), subject, exclusive);
    }
}

std::uint32_t LineReader::scheduler_flags() {
    std::uint32_t flags = 0;
    std::string_view rest = scheduler_flags_;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (word.empty()) continue;
        const keywords::SchedulerFlag* flag = keywords::find_scheduler_flag(word);
        if (flag == nullptr) {
            refuse_line(fmt::format("invalid scheduler flag `{}'", quoted(word)));
            return 0;
        }
        if (!flag->goes_with(line_.service.scheduler)) {
            refuse_line(fmt::format("incompatible scheduler flag `{}'", word));
            return 0;
        }
        flags |= flag->bit;
    }
    return flags;
}

void LineReader::complete_service() {
    if (!is_fwmark() && port_ == 0 && !persistent_ && !(is_saved() && port_given_))
        return refuse_line("Zero port specified for non-persistent service");
    const bool one_packet = line_.has(Option::one_packet);
    if (one_packet && !is_fwmark() && protocol_ != table::Protocol::udp && !is_saved()) {
        return refuse_line("One-Packet Scheduling is only for UDP virtual services");
    }
    if (line_.service.scheduler.empty()) line_.service.scheduler = "wlc";
    line_.service.flags |= scheduler_flags();
    if (persistent_ || !engine_.empty())
        line_.service.persistence = table::Persistence{persistence_timeout_, std::string(engine_)};
    line_.service.netmask = netmask_;
}

void LineReader::check_tunnel() {
    constexpr std::array checked{Option::tunnel_port, Option::tunnel_no_checksum, Option::tunnel_checksum,
                                 Option::tunnel_remote_checksum};
    struct TunnelRow {
        std::string_view name;
        std::array<Rule, 4> rules;
    };
    using enum Rule;
    constexpr std::array<TunnelRow, 3> rows{{{"ipip", {forbidden, forbidden, forbidden, forbidden}},
                                             {"gue", {required, one_of, one_of, one_of}},
                                             {"gre", {forbidden, one_of, one_of, forbidden}}}};
    const TunnelRow& row = rows.at(static_cast<std::size_t>(line_.destination.tunnel.type));
    const std::string subject = fmt::format("'{}' tunnel type", row.name);
    std::optional<Option> exclusive;
    for (std::size_t i = 0; i < checked.size() && !refusal_; ++i)
        hold_to_rule(checked[i], row.rules[i], subject, exclusive);
}

void LineReader::complete_destination() {
    table::Destination& destination = line_.destination;
    const bool tunnel = destination.method == table::ForwardingMethod::tunnel;
    // Without masquerading, packets keep their port.
    const bool as_written = is_saved() && server_port_given_;
    if (!is_fwmark() && destination.method != table::ForwardingMethod::nat && !as_written) destination.key.port = port_;
    if (destination.key.address.family() != family_ && !tunnel) {
        return refuse_line("Different address family is allowed only for tunneling servers");
    }
    constexpr std::array tunnel_options{Option::tunnel_type, Option::tunnel_port, Option::tunnel_no_checksum,
                                        Option::tunnel_checksum, Option::tunnel_remote_checksum};
    const bool any =
        std::any_of(tunnel_options.begin(), tunnel_options.end(), [this](Option option) { return line_.has(option); });
    if (!tunnel && any) return refuse_line("Tunnel options conflict with forward method");
    if (tunnel) check_tunnel();
}

void LineReader::complete() {
    line_.service.key = key();
    switch (line_.command) {
        case Command::add_service:
        case Command::edit_service:
            return complete_service();
        case Command::add_server:
        case Command::edit_server:
            return complete_destination();
        case Command::start_daemon:
            if (line_.daemon.interface.empty()) line_.daemon.interface = "eth0";
            return;
        case Command::list: {
            const bool other_table = line_.has(Option::timeout) || line_.has(Option::daemon);
            const bool counters = line_.has(Option::stats) || line_.has(Option::rate) || line_.has(Option::thresholds);
            if (((other_table || line_.has(Option::connection)) && counters) ||
                (other_table && line_.has(Option::persistent_conn))) {
                refuse_line("options conflicts in the list command");
            }
            return;
        }
        default:
            return;
    }
}

}  // namespace

tl::expected<Line, Refusal> read_line(std::span<const std::string_view> words, Origin origin,
                                      std::string_view program) {
    return LineReader(words, origin, program).read();
}

}  // namespace lbctl::ipvsadm
