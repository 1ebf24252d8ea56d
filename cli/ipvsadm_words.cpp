#include "cli/ipvsadm_words.h"

#include <algorithm>
#include <array>

namespace lbctl::cli::ipvsadm {

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

constexpr std::array spellings{
    Spelling{"add-service", 'A', Key::add_service, Argument::none, Command::add_service},
    Spelling{"edit-service", 'E', Key::edit_service, Argument::none, Command::edit_service},
    Spelling{"delete-service", 'D', Key::delete_service, Argument::none, Command::delete_service},
    Spelling{"clear", 'C', Key::clear, Argument::none, Command::clear},
    Spelling{"list", 'L', Key::list, Argument::none, Command::list},
    Spelling{"list", 'l', Key::list, Argument::none, Command::list},
    Spelling{"zero", 'Z', Key::zero, Argument::none, Command::zero},
    Spelling{"add-server", 'a', Key::add_server, Argument::none, Command::add_server},
    Spelling{"edit-server", 'e', Key::edit_server, Argument::none, Command::edit_server},
    Spelling{"delete-server", 'd', Key::delete_server, Argument::none, Command::delete_server},
    Spelling{"set", '\0', Key::set_timeouts, Argument::none, Command::set_timeouts},
    Spelling{"help", 'h', Key::help, Argument::none, Command::help},
    Spelling{"version", 'v', Key::version, Argument::none, Command::version},
    Spelling{"restore", 'R', Key::restore, Argument::none, Command::restore},
    Spelling{"save", 'S', Key::save, Argument::none, Command::save},
    Spelling{"start-daemon", '\0', Key::start_daemon, Argument::required, Command::start_daemon},
    Spelling{"stop-daemon", '\0', Key::stop_daemon, Argument::required, Command::stop_daemon},
    Spelling{"tcp-service", 't', Key::tcp, Argument::required, {}},
    Spelling{"udp-service", 'u', Key::udp, Argument::required, {}},
    Spelling{"sctp-service", '\0', Key::sctp, Argument::required, {}},
    Spelling{"fwmark-service", 'f', Key::fwmark, Argument::required, {}},
    Spelling{"ipv6", '6', Key::ipv6, Argument::none, {}},
    Spelling{"scheduler", 's', Key::scheduler, Argument::required, {}},
    Spelling{"persistent", 'p', Key::persistent, Argument::optional, {}},
    Spelling{"netmask", 'M', Key::netmask, Argument::required, {}},
    Spelling{"real-server", 'r', Key::real_server, Argument::required, {}},
    Spelling{"masquerading", 'm', Key::masquerading, Argument::none, {}},
    Spelling{"ipip", 'i', Key::ipip, Argument::none, {}},
    Spelling{"gatewaying", 'g', Key::gatewaying, Argument::none, {}},
    Spelling{"weight", 'w', Key::weight, Argument::required, {}},
    Spelling{"u-threshold", 'x', Key::upper_threshold, Argument::required, {}},
    Spelling{"l-threshold", 'y', Key::lower_threshold, Argument::required, {}},
    Spelling{"numeric", 'n', Key::numeric, Argument::none, {}},
    Spelling{"connection", 'c', Key::connection, Argument::none, {}},
    Spelling{"mcast-interface", '\0', Key::mcast_interface, Argument::required, {}},
    Spelling{"mcast-group", '\0', Key::mcast_group, Argument::required, {}},
    Spelling{"mcast-port", '\0', Key::mcast_port, Argument::required, {}},
    Spelling{"mcast-ttl", '\0', Key::mcast_ttl, Argument::required, {}},
    Spelling{"sync-maxlen", '\0', Key::sync_max_length, Argument::required, {}},
    Spelling{"syncid", '\0', Key::sync_id, Argument::required, {}},
    Spelling{"timeout", '\0', Key::timeout, Argument::none, {}},
    Spelling{"daemon", '\0', Key::daemon, Argument::none, {}},
    Spelling{"stats", '\0', Key::stats, Argument::none, {}},
    Spelling{"rate", '\0', Key::rate, Argument::none, {}},
    Spelling{"thresholds", '\0', Key::thresholds, Argument::none, {}},
    Spelling{"persistent-conn", '\0', Key::persistent_conn, Argument::none, {}},
    Spelling{"tun-info", '\0', Key::tunnel_info, Argument::none, {}},
    Spelling{"nosort", '\0', Key::nosort, Argument::none, {}},
    Spelling{"sort", '\0', Key::sort, Argument::none, {}},
    Spelling{"exact", 'X', Key::exact, Argument::none, {}},
    Spelling{"ops", 'o', Key::one_packet, Argument::none, {}},
    Spelling{"pe", '\0', Key::engine, Argument::required, {}},
    Spelling{"sched-flags", 'b', Key::scheduler_flags, Argument::required, {}},
    Spelling{"tun-type", '\0', Key::tunnel_type, Argument::required, {}},
    Spelling{"tun-port", '\0', Key::tunnel_port, Argument::required, {}},
    Spelling{"tun-nocsum", '\0', Key::tunnel_no_checksum, Argument::none, {}},
    Spelling{"tun-csum", '\0', Key::tunnel_checksum, Argument::none, {}},
    Spelling{"tun-remcsum", '\0', Key::tunnel_remote_checksum, Argument::none, {}},
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

std::string_view WordReader::last_word() const {
    return next_ == 0 ? std::string_view() : std::string_view(words_[next_ - 1]);
}

WordReader::Trouble WordReader::take_value(const Spelling& spelling, ReadOption& option,
                                           std::optional<std::string> attached) {
    option = {&spelling, {}};
    if (spelling.argument == Argument::none) return attached ? Trouble::unwanted_argument : Trouble::none;
    if (attached) {
        option.value = std::move(attached);
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
        const std::string& word = words_[next_++];
        if (only_arguments_ || word.size() < 2 || word.front() != '-') {
            arguments_.push_back(word);
            continue;
        }
        if (word == "--") {
            only_arguments_ = true;
            continue;
        }
        if (word[1] != '-') {
            bundle_ = std::string_view(word).substr(1);
            break;
        }
        const std::string_view text = std::string_view(word).substr(2);
        const std::size_t equals = text.find('=');
        const Spelling* spelling = find_long(text.substr(0, equals));
        if (spelling == nullptr) return Trouble::unknown;
        std::optional<std::string> attached;
        if (equals != std::string_view::npos) attached = std::string(text.substr(equals + 1));
        return take_value(*spelling, option, std::move(attached));
    }
    const Spelling* spelling = find_short(bundle_.front());
    if (spelling == nullptr) return Trouble::unknown;
    bundle_.remove_prefix(1);
    if (spelling->argument == Argument::none || bundle_.empty()) return take_value(*spelling, option, {});
    if (bundle_.front() == '=') bundle_.remove_prefix(1);
    std::string attached(bundle_);
    bundle_ = {};
    return take_value(*spelling, option, std::move(attached));
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

}  // namespace lbctl::cli::ipvsadm
