#include <fmt/format.h>

#include "cli/completion/items.h"

namespace lbctl::cli::completion {

namespace {

/// What zsh is told of a value: ":FORMAT:(text json)".
std::string value_code(const Item& item) {
    const bool positional = !item.names.front().starts_with('-');
    std::string name = quoted(positional ? item.names.front() : item.value_name);
    if (name.empty()) name = "word";
    const std::string head = (item.value_may_be_left_out && !positional ? "::" : ":") + name;
    const Value& value = item.value;
    switch (value.kind) {
        case Value::Kind::none:
            return {};
        case Value::Kind::words:
            return value.is_list ? fmt::format("{}:_sequence compadd - {}", head, fmt::join(value.words, " "))
                                 : fmt::format("{}:({})", head, fmt::join(value.words, " "));
        case Value::Kind::asked:
            return value.is_list ? fmt::format("{}:_sequence _lbctl_ask {} -", head, value.words.front())
                                 : fmt::format("{}: _lbctl_ask {}", head, value.words.front());
        case Value::Kind::file:
            return head + ":_files";
        case Value::Kind::folder:
            return head + ":_files -/";
        case Value::Kind::unknown:
            return head + ": ";
    }
    return {};
}

std::string option_code(const Item& option) {
    std::string out;
    // The names of one option exclude one another, unless it may be given several times.
    const std::string before = option.several ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    for (const std::string& name : option.names) {
        const bool joined = option.takes_value() && name.starts_with("--");
        out += fmt::format(" \\\n                '{}{}{}[{}]{}'", before, name, joined ? "=" : "",
                           quoted(option.description), value_code(option));
    }
    return out;
}

constexpr std::string_view begin = R"zsh(#compdef lbctl

# Words that lbctl knows, and words of the live table.
_lbctl_ask() {
    local kind=$1
    shift
    local -a words=(${(f)"$(lbctl completion --values $kind 2>/dev/null)"})
    compadd "$@" -a words
}

_lbctl() {
    local -a commands=(
)zsh";

}  // namespace

std::string zsh_script(const Program& program) {
    std::string out(begin);
    for (const auto& command : program.commands) {
        for (const std::string& name : command.names)
            out += fmt::format("        '{}:{}'\n", name, quoted(command.description));
    }
    out +=
        "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n"
        "    shift words\n    ((CURRENT--))\n    case $words[1] in\n";
    for (const auto& command : program.commands) {
        out += fmt::format("        {})\n            _arguments -s", fmt::join(command.names, "|"));
        for (const Item& option : command.options) out += option_code(option);
        std::size_t place = 1;
        for (const Item& argument : command.positionals) {
            const std::string which = argument.several ? std::string("*") : std::to_string(place++);
            out += fmt::format(" \\\n                '{}{}{}'", which, argument.several || argument.required ? "" : ":",
                               value_code(argument));
        }
        out += "\n            ;;\n";
    }
    out += "    esac\n}\n\n_lbctl \"$@\"\n";
    return out;
}

}  // namespace lbctl::cli::completion
