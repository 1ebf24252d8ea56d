#include "cli/completion/items.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include "backend/ipvsadm/option_table.h"

namespace lbctl::cli::completion {

namespace {

using lbctl::ipvsadm::Argument;
using lbctl::ipvsadm::Spelling;
using IpvsadmOption = lbctl::ipvsadm::Option;

/// The kind of words that an option takes, by its name, or by what it calls its value.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> asked_for{{
    {"--tcp-service", "tcp-services"},
    {"--udp-service", "udp-services"},
    {"--sctp-service", "sctp-services"},
    {"--fwmark-service", "fwmarks"},
    {"SERVICE", "services"},
    {"SERVICE,...", "services"},
    {"SERVER", "servers"},
    {"SERVER,...", "servers"},
    {"RULE,...", "rules"},
    {"RULE=LEVEL", "rules"},
    {"RELEASE", "releases"},
    {"FORMAT=FILE", "formats"},
    {"NAME|PATH", "namespaces"},
}};

/// Words that ipvsadm takes and that no table of lbctl has.
constexpr std::array<std::pair<IpvsadmOption, std::string_view>, 3> ipvsadm_words{{
    {IpvsadmOption::tunnel_type, "ipip gue gre"},
    {IpvsadmOption::engine, "sip"},
    {IpvsadmOption::scheduler_flags, "flag-1 flag-2 flag-3 sh-fallback sh-port mh-fallback mh-port"},
}};

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string kind_asked_for(const std::vector<std::string>& names, std::string_view value_name) {
    for (const auto& [name, kind] : asked_for) {
        if (name == value_name || std::ranges::find(names, name) != names.end()) return std::string(kind);
    }
    return {};
}

Value value_of(const Option& option, const std::string& command) {
    Value value;
    if (!option.takes_value()) return value;
    value.is_list = option.takes_several() && !option.is_positional();
    const std::string name = option.is_positional() ? option.names().front() : option.value_name();
    value.words = option.words();
    if (!value.words.empty()) {
        value.kind = Value::Kind::words;
    } else if (const std::string kind = kind_asked_for(option.names(), name); !kind.empty()) {
        value.kind = Value::Kind::asked;
        value.words = {kind};
    } else if (command == "explain" && name == "WORD") {
        value.kind = Value::Kind::asked;
        value.words = {"subjects"};
    } else if (name == "FILE" || name == "OTHER") {
        value.kind = Value::Kind::file;
    } else {
        value.kind = name == "FOLDER" ? Value::Kind::folder : Value::Kind::unknown;
    }
    return value;
}

std::vector<Item> items(const Command& command, bool positional) {
    std::vector<Item> items;
    for (const Option& option : command.all_options()) {
        if (option.is_hidden() || option.is_positional() != positional) continue;
        Item& item = items.emplace_back();
        item.names = option.names();
        item.description = option.description();
        item.value_name = option.takes_value() && !positional ? option.value_name() : "";
        item.value = value_of(option, command.name());
        item.value_may_be_left_out = option.value_may_be_left_out();
        item.several = option.takes_several();
        item.required = option.is_required();
    }
    return items;
}

Value value_of(const Spelling& spelling) {
    if (spelling.argument == Argument::none) return {};
    const auto asked = [](std::string_view kind) { return Value{Value::Kind::asked, {std::string(kind)}, false}; };
    if (spelling.command() != nullptr) return {Value::Kind::words, {"master", "backup"}, false};
    const IpvsadmOption* const option = spelling.option();
    if (option == nullptr) return {Value::Kind::unknown, {}, false};
    if (*option == IpvsadmOption::scheduler) return asked("schedulers");
    if (*option == IpvsadmOption::real_server) return asked("servers");
    if (*option == IpvsadmOption::service) return asked(kind_asked_for({"--" + std::string(spelling.long_name)}, ""));
    const auto words = std::ranges::find(ipvsadm_words, *option, &decltype(ipvsadm_words)::value_type::first);
    if (words == ipvsadm_words.end()) return {Value::Kind::unknown, {}, false};
    return {Value::Kind::words, split(words->second), *option == IpvsadmOption::scheduler_flags};
}

std::vector<Item> ipvsadm_items() {
    std::vector<Item> items;
    for (const Spelling& spelling : lbctl::ipvsadm::all_spellings()) {
        const std::string long_name = "--" + std::string(spelling.long_name);
        // -L and -l are one.
        const auto same = std::ranges::find_if(items, [&](const Item& item) { return item.names.back() == long_name; });
        const bool is_new = same == items.end();
        Item& item = is_new ? items.emplace_back() : *same;
        if (spelling.short_name != '\0') {
            const std::string short_name{'-', spelling.short_name};
            item.names.insert(item.names.begin(), short_name);
        }
        if (!is_new) continue;
        item.names.push_back(long_name);
        item.description = spelling.long_name;
        item.value = value_of(spelling);
        item.value_may_be_left_out = spelling.argument == Argument::optional;
    }
    return items;
}

}  // namespace

Program items_of(const Command& program) {
    Program all;
    all.options = items(program, false);
    for (const Command& command : program.commands()) {
        const bool is_ipvsadm = command.name() == "ipvsadm";
        all.commands.push_back({command.names(), command.description(),
                                is_ipvsadm ? ipvsadm_items() : items(command, false), items(command, true)});
    }
    return all;
}

std::vector<std::string> names_of(const std::vector<Item>& items) {
    std::vector<std::string> names;
    for (const Item& item : items) names.insert(names.end(), item.names.begin(), item.names.end());
    return names;
}

std::string quoted(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\'')
            safe += "'\\''";
        else if (c == '[' || c == ']' || c == ':')
            safe += ' ';
        else
            safe += c;
    }
    return safe;
}

}  // namespace lbctl::cli::completion
