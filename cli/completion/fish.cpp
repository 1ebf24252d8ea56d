#include <fmt/format.h>

#include <algorithm>

#include "cli/completion/items.h"

namespace lbctl::cli::completion {

namespace {

/// What fish is to offer for a value, or nothing.
std::string offer(const Value& value) {
    if (value.kind != Value::Kind::words && value.kind != Value::Kind::asked) return {};
    const std::string words = value.kind == Value::Kind::words
                                  ? fmt::format("{}", fmt::join(value.words, " "))
                                  : fmt::format("(lbctl completion --values {} 2>/dev/null)", value.words.front());
    return value.is_list ? fmt::format("(__fish_append , {})", words) : words;
}

std::string value_code(const Item& option) {
    switch (option.value.kind) {
        case Value::Kind::none:
            return {};
        case Value::Kind::words:
        case Value::Kind::asked:
            return fmt::format(" -x -a '{}'", offer(option.value));
        case Value::Kind::file:
            return option.value_may_be_left_out ? " -F" : " -r -F";
        case Value::Kind::folder:
            return " -x -a '(__fish_complete_directories)'";
        case Value::Kind::unknown:
            return option.value_may_be_left_out ? "" : " -x";
    }
    return {};
}

std::string command_code(const Program::CommandItems& command) {
    const std::string condition =
        fmt::format("complete -c lbctl -n '__fish_seen_subcommand_from {}'", fmt::join(command.names, " "));
    std::string out;
    for (const std::string& name : command.names) {
        out += fmt::format("complete -c lbctl -n __fish_use_subcommand -f -a {} -d '{}'\n", name,
                           quoted(command.description));
    }
    const bool files = std::ranges::any_of(command.positionals, [](const Item& argument) {
        return argument.value.kind == Value::Kind::file || argument.value.kind == Value::Kind::folder;
    });
    for (const Item& argument : command.positionals) {
        if (const std::string words = offer(argument.value); !words.empty())
            out += fmt::format("{} -a '{}'\n", condition, words);
    }
    if (!files) out += condition + " -f\n";
    for (const Item& option : command.options) {
        std::string line = condition;
        for (const std::string& name : option.names)
            line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
        out += fmt::format("{}{} -d '{}'\n", line, value_code(option), quoted(option.description));
    }
    return out;
}

}  // namespace

std::string fish_script(const Program& program) {
    std::string out;
    for (const auto& command : program.commands) out += command_code(command);
    return out;
}

}  // namespace lbctl::cli::completion
