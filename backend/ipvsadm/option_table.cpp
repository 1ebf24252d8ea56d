#include "backend/ipvsadm/option_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace lbctl::ipvsadm {

namespace {

constexpr std::array<std::string_view, 16> command_names{
    "add-service", "edit-service", "delete-service", "flush",   "list", "add-server", "delete-server", "edit-server",
    "set",         "start-daemon", "stop-daemon",    "restore", "save", "zero",       "help",          "version"};

/// An option's name and one character a command: '+' required, ' ' allowed, '1' one of, 'x' forbidden. The columns are
/// -A -E -D -C -L -a -d -e --set --start-daemon --stop-daemon -R -S -Z.
struct OptionRow {
    std::string_view name;
    std::string_view rules;
};

constexpr std::array<OptionRow, option_count> option_rows{{
    {"numeric", "xxxx xxxxxxx x"},
    {"connection", "xxxx1xxxxxxxxx"},
    {"service-address", "+++x1+++xxxxx "},
    {"scheduler", "  xxxxxxxxxxxx"},
    {"persistent", "  xxxxxxxxxxxx"},
    {"netmask", "  xxxxxxxxxxxx"},
    {"real-server", "xxxxx+++xxxxxx"},
    {"forwarding-method", "xxxxx x xxxxxx"},
    {"weight", "xxxxx x xxxxxx"},
    {"u-threshold", "xxxxx x xxxxxx"},
    {"l-threshold", "xxxxx x xxxxxx"},
    {"mcast-interface", "xxxxxxxxx xxxx"},
    {"timeout", "xxxx1xxxxxxxxx"},
    {"daemon", "xxxx1xxxxxxxxx"},
    {"stats", "xxxx xxxxxxxxx"},
    {"rate", "xxxx xxxxxxxxx"},
    {"thresholds", "xxxx xxxxxxxxx"},
    {"persistent-conn", "xxxx xxxxxxxxx"},
    {"nosort", "xxxx xxxxxxxxx"},
    {"syncid", "xxxx xxxx  xxx"},
    {"exact", "xxxx xxxxxxxxx"},
    {"ops", "  xxxxxxxxxxxx"},
    {"pe", "  xxxxxxxxxxxx"},
    {"sched-flags", "  xxxxxxxxxxxx"},
    {"mcast-group", "xxxxxxxxx xxxx"},
    {"mcast-port", "xxxxxxxxx xxxx"},
    {"mcast-ttl", "xxxxxxxxx xxxx"},
    {"sync-maxlen", "xxxxxxxxx xxxx"},
    {"tun-info", "xxxx xxxxxxxxx"},
    {"tun-type", "xxxxx x xxxxxx"},
    {"tun-port", "xxxxx x xxxxxx"},
    {"tun-nocsum", "xxxxx x xxxxxx"},
    {"tun-csum", "xxxxx x xxxxxx"},
    {"tun-remcsum", "xxxxx x xxxxxx"},
}};

/// The columns of option_rows, one bit an option. --help and --version have none: they do not look at options.
struct Column {
    unsigned long long forbidden = 0;
    unsigned long long required = 0;
    unsigned long long one_of = 0;
};

constexpr auto columns = [] {
    std::array<Column, option_rows.front().rules.size()> all{};
    for (std::size_t row = 0; row < option_rows.size(); ++row) {
        for (std::size_t column = 0; column < all.size(); ++column) {
            const char rule = option_rows[row].rules[column];
            const auto bit = 1ULL << row;
            if (rule == 'x') all[column].forbidden |= bit;
            if (rule == '+') all[column].required |= bit;
            if (rule == '1') all[column].one_of |= bit;
        }
    }
    return all;
}();

constexpr std::array spellings{
    Spelling{"add-service", 'A', Argument::none, Command::add_service},
    Spelling{"edit-service", 'E', Argument::none, Command::edit_service},
    Spelling{"delete-service", 'D', Argument::none, Command::delete_service},
    Spelling{"clear", 'C', Argument::none, Command::clear},
    Spelling{"list", 'L', Argument::none, Command::list},
    Spelling{"list", 'l', Argument::none, Command::list},
    Spelling{"zero", 'Z', Argument::none, Command::zero},
    Spelling{"add-server", 'a', Argument::none, Command::add_server},
    Spelling{"edit-server", 'e', Argument::none, Command::edit_server},
    Spelling{"delete-server", 'd', Argument::none, Command::delete_server},
    Spelling{"set", '\0', Argument::none, Command::set_timeouts},
    Spelling{"help", 'h', Argument::none, Command::help},
    Spelling{"version", 'v', Argument::none, Command::version},
    Spelling{"restore", 'R', Argument::none, Command::restore},
    Spelling{"save", 'S', Argument::none, Command::save},
    Spelling{"start-daemon", '\0', Argument::required, Command::start_daemon},
    Spelling{"stop-daemon", '\0', Argument::required, Command::stop_daemon},
    Spelling{"tcp-service", 't', Argument::required, Option::service, table::Protocol::tcp},
    Spelling{"udp-service", 'u', Argument::required, Option::service, table::Protocol::udp},
    Spelling{"sctp-service", '\0', Argument::required, Option::service, table::Protocol::sctp},
    Spelling{"fwmark-service", 'f', Argument::required, Option::service},
    Spelling{"ipv6", '6', Argument::none, {}, Family::inet6},
    Spelling{"scheduler", 's', Argument::required, Option::scheduler},
    Spelling{"persistent", 'p', Argument::optional, Option::persistent},
    Spelling{"netmask", 'M', Argument::required, Option::netmask},
    Spelling{"real-server", 'r', Argument::required, Option::real_server},
    Spelling{"masquerading", 'm', Argument::none, Option::forwarding_method, table::ForwardingMethod::nat},
    Spelling{"ipip", 'i', Argument::none, Option::forwarding_method, table::ForwardingMethod::tunnel},
    Spelling{"gatewaying", 'g', Argument::none, Option::forwarding_method, table::ForwardingMethod::direct_routing},
    Spelling{"weight", 'w', Argument::required, Option::weight},
    Spelling{"u-threshold", 'x', Argument::required, Option::upper_threshold},
    Spelling{"l-threshold", 'y', Argument::required, Option::lower_threshold},
    Spelling{"numeric", 'n', Argument::none, Option::numeric},
    Spelling{"connection", 'c', Argument::none, Option::connection},
    Spelling{"mcast-interface", '\0', Argument::required, Option::mcast_interface},
    Spelling{"mcast-group", '\0', Argument::required, Option::mcast_group},
    Spelling{"mcast-port", '\0', Argument::required, Option::mcast_port},
    Spelling{"mcast-ttl", '\0', Argument::required, Option::mcast_ttl},
    Spelling{"sync-maxlen", '\0', Argument::required, Option::sync_max_length},
    Spelling{"syncid", '\0', Argument::required, Option::sync_id},
    Spelling{"timeout", '\0', Argument::none, Option::timeout},
    Spelling{"daemon", '\0', Argument::none, Option::daemon},
    Spelling{"stats", '\0', Argument::none, Option::stats},
    Spelling{"rate", '\0', Argument::none, Option::rate},
    Spelling{"thresholds", '\0', Argument::none, Option::thresholds},
    Spelling{"persistent-conn", '\0', Argument::none, Option::persistent_conn},
    Spelling{"tun-info", '\0', Argument::none, Option::tunnel_info},
    Spelling{"nosort", '\0', Argument::none, Option::nosort},
    Spelling{"sort", '\0', Argument::none, {}},
    Spelling{"exact", 'X', Argument::none, Option::exact},
    Spelling{"ops", 'o', Argument::none, Option::one_packet},
    Spelling{"pe", '\0', Argument::required, Option::engine},
    Spelling{"sched-flags", 'b', Argument::required, Option::scheduler_flags},
    Spelling{"tun-type", '\0', Argument::required, Option::tunnel_type},
    Spelling{"tun-port", '\0', Argument::required, Option::tunnel_port},
    Spelling{"tun-nocsum", '\0', Argument::none, Option::tunnel_no_checksum},
    Spelling{"tun-csum", '\0', Argument::none, Option::tunnel_checksum},
    Spelling{"tun-remcsum", '\0', Argument::none, Option::tunnel_remote_checksum},
};

const Spelling* find_long(std::string_view name) {
    const auto* found = std::find_if(spellings.begin(), spellings.end(),
                                     [name](const Spelling& spelling) { return spelling.long_name == name; });
    return found == spellings.end() ? nullptr : found;
}

const Spelling* find_short(char name) {
    const auto* found = std::find_if(spellings.begin(), spellings.end(), [name](const Spelling& spelling) {
        return spelling.short_name != '\0' && spelling.short_name == name;
    });
    return found == spellings.end() ? nullptr : found;
}

}  // namespace

std::span<const Spelling> all_spellings() {
    return spellings;
}

bool is_long_option(std::string_view name) {
    return find_long(name) != nullptr;
}

std::string_view command_name(Command command) {
    return command_names.at(static_cast<std::size_t>(command));
}

std::string_view option_name(Option option) {
    return option_rows.at(static_cast<std::size_t>(option)).name;
}

Rule rule_for(Command command, Option option) {
    const std::string_view rules = option_rows.at(static_cast<std::size_t>(option)).rules;
    const auto column = static_cast<std::size_t>(command);
    if (column >= rules.size()) return Rule::allowed;
    switch (rules[column]) {
        case '+':
            return Rule::required;
        case '1':
            return Rule::one_of;
        case ' ':
            return Rule::allowed;
        default:
            return Rule::forbidden;
    }
}

bool follow_rules(Command command, const Options& options) {
    const auto index = static_cast<std::size_t>(command);
    if (index >= columns.size()) return true;
    const Column& column = columns[index];
    const auto given = options.to_ullong();
    return (given & column.forbidden) == 0 && (~given & column.required) == 0 &&
           std::popcount(given & column.one_of) <= 1;
}

void split_line(std::string_view line, std::vector<std::string_view>& words) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    words.clear();
    for (const auto* at = line.begin(); (at = std::find_if_not(at, line.end(), is_space)) != line.end();) {
        const auto* const end = std::find_if(at, line.end(), is_space);
        const std::string_view word(at, static_cast<std::size_t>(end - at));
        if (word != "ipvsadm") words.push_back(word);
        at = end;
    }
}

std::string_view WordReader::last_word() const {
    return next_ == 0 ? std::string_view() : words_[next_ - 1];
}

WordReader::Trouble WordReader::take_value(const Spelling& spelling, ReadOption& option,
                                           std::optional<std::string_view> attached) {
    option = {&spelling, {}};
    if (spelling.argument == Argument::none) return attached ? Trouble::unwanted_argument : Trouble::none;
    if (attached) {
        option.value = attached;
        return Trouble::none;
    }
    if (next_ == words_.size()) return spelling.argument == Argument::optional ? Trouble::none : Trouble::no_argument;
    // A value may begin with a dash, unless it can be left out.
    if (spelling.argument == Argument::optional && words_[next_].starts_with('-')) return Trouble::none;
    option.value = words_[next_++];
    return Trouble::none;
}

WordReader::Trouble WordReader::next(ReadOption& option) {
    while (bundle_.empty()) {
        if (next_ == words_.size()) return Trouble::finished;
        const std::string_view word = words_[next_++];
        if (only_arguments_ || word.size() < 2 || word.front() != '-') {
            arguments_.push_back(word);
            continue;
        }
        if (word == "--") {
            only_arguments_ = true;
            continue;
        }
        if (word[1] != '-') {
            bundle_ = word.substr(1);
            break;
        }
        const std::string_view text = word.substr(2);
        const std::size_t equals = text.find('=');
        const Spelling* spelling = find_long(text.substr(0, equals));
        if (spelling == nullptr) return Trouble::unknown;
        std::optional<std::string_view> attached;
        if (equals != std::string_view::npos) attached = text.substr(equals + 1);
        return take_value(*spelling, option, attached);
    }
    const Spelling* spelling = find_short(bundle_.front());
    if (spelling == nullptr) return Trouble::unknown;
    bundle_.remove_prefix(1);
    if (spelling->argument == Argument::none || bundle_.empty()) return take_value(*spelling, option, {});
    if (bundle_.front() == '=') bundle_.remove_prefix(1);
    return take_value(*spelling, option, std::exchange(bundle_, {}));
}

std::string_view trouble_text(WordReader::Trouble trouble) {
    switch (trouble) {
        case WordReader::Trouble::unknown:
            return "unknown option";
        case WordReader::Trouble::no_argument:
            return "missing argument";
        case WordReader::Trouble::unwanted_argument:
            return "option does not take an argument";
        default:
            return "";
    }
}

}  // namespace lbctl::ipvsadm
