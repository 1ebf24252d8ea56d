#include "backend/keepalived/command_line.h"

#include <algorithm>
#include <array>
#include <optional>

namespace lbctl::keepalived {

namespace {

/// The options that matter here, and those whose argument is a word of its own, which is not to be taken for an option.
struct Option {
    std::string_view name;
    char letter;
    bool takes_argument;
};
constexpr std::array<Option, 17> options = {{
    {"use-file", 'f', true},
    {"vrrp", 'P', false},
    {"check", 'C', false},
    {"all", '\0', false},
    {"log-facility", 'S', true},
    {"umask", 'u', true},
    {"pid", 'p', true},
    {"vrrp_pid", 'r', true},
    {"checkers_pid", 'c', true},
    {"bfd_pid", 'b', true},
    {"snmp-agent-socket", 'A', true},
    {"namespace", 's', true},
    {"config-id", 'i', true},
    {"config-test", '\0', false},
    {"signum", '\0', true},
    {"config-fd", '\0', true},
    {"", '\0', false},
}};

/// -g, -M and -t take the rest of their word, if there is any.
constexpr std::string_view with_optional_argument = "gMt";

void note(const Option& option, std::string_view argument, CommandLine& into) {
    if (option.letter == 'f') into.file = argument;
    if (option.letter == 'i') into.config_id = argument;
    if (option.letter == 's') into.net_namespace = argument;
    if (option.letter == 'P') into.checkers = false;
    if (option.letter == 'C') into.vrrp = false;
    if (option.name == "config-test") into.only_checks = true;
    if (option.name == "all") into.checkers = into.vrrp = true;
}

/// The option that a long name means: it may be cut, as long as it is that of one option.
const Option* find_long(std::string_view name) {
    const auto found = std::ranges::find_if(options, [&](const Option& option) {
        return option.name == name || (name.size() > 2 && option.name.starts_with(name));
    });
    return found == options.end() ? nullptr : &*found;
}

const Option* find_short(char letter) {
    const auto found = std::ranges::find(options, letter, &Option::letter);
    return found == options.end() ? nullptr : &*found;
}

}  // namespace

CommandLine read_command_line(std::string_view words) {
    CommandLine line;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find('\0'), words.size());
        line.words.emplace_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    for (std::size_t i = 1; i < line.words.size(); ++i) {
        std::string_view word = line.words[i];
        const auto next = [&]() -> std::string_view {
            return i + 1 < line.words.size() ? std::string_view(line.words[++i]) : std::string_view();
        };
        if (word == "--") break;
        if (word.starts_with("--")) {
            word.remove_prefix(2);
            const std::size_t sign = word.find('=');
            const Option* option = find_long(word.substr(0, sign));
            if (option == nullptr) continue;
            std::string_view argument;
            if (sign != std::string_view::npos) {
                argument = word.substr(sign + 1);
            } else if (option->takes_argument) {
                argument = next();
            }
            note(*option, argument, line);
            continue;
        }
        if (!word.starts_with('-')) continue;
        for (word.remove_prefix(1); !word.empty();) {
            const char letter = word.front();
            word.remove_prefix(1);
            if (letter == 't') line.only_checks = true;
            if (with_optional_argument.find(letter) != std::string_view::npos) break;
            const Option* option = letter == '\0' ? nullptr : find_short(letter);
            if (option == nullptr) continue;
            if (option->takes_argument) {
                note(*option, word.empty() ? next() : word, line);
                break;
            }
            note(*option, {}, line);
        }
    }
    return line;
}

}  // namespace lbctl::keepalived
