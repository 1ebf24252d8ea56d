#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/print.h"

namespace lbctl::cli {

namespace {

/// What can be said of a value before it is written.
enum class ValueKind { none, words, list_of_words, file, other };

ValueKind kind_of(const Option& option) {
    if (!option.takes_value()) return ValueKind::none;
    if (!option.words().empty()) return option.takes_several() ? ValueKind::list_of_words : ValueKind::words;
    const std::string name = option.is_positional() ? option.names().front() : option.value_name();
    return name == "FILE" || name == "OTHER" ? ValueKind::file : ValueKind::other;
}

/// The options of a command that --help shows, or its positional arguments.
std::vector<Option> shown(const Command& command, bool positional) {
    std::vector<Option> options;
    for (const Option& option : command.all_options()) {
        if (!option.is_hidden() && option.is_positional() == positional) options.push_back(option);
    }
    return options;
}

std::vector<std::string> names_of(const std::vector<Option>& options) {
    std::vector<std::string> names;
    for (const Option& option : options) {
        for (const std::string& name : option.names()) names.push_back(name);
    }
    return names;
}

/// A description within single quotes of a shell, and within the brackets of zsh.
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

/// What bash puts into `kind' and `words' for a value.
std::string bash_value(const Option& option) {
    switch (kind_of(option)) {
        case ValueKind::words:
            return fmt::format("kind=words words='{}'", fmt::join(option.words(), " "));
        case ValueKind::list_of_words:
            return fmt::format("kind=list words='{}'", fmt::join(option.words(), " "));
        case ValueKind::file:
            return "kind=files";
        default:
            return "kind=none";
    }
}

std::string bash_command(const Command& command) {
    const auto options = shown(command, false);
    std::vector<Option> with_value;
    std::ranges::copy_if(options, std::back_inserter(with_value),
                         [](const Option& option) { return option.takes_value() && !option.value_may_be_left_out(); });
    std::string out = fmt::format("        {})\n            options='{}'\n", fmt::join(command.names(), "|"),
                                  fmt::join(names_of(options), " "));
    if (!with_value.empty()) {
        out += fmt::format("            takes=' {} '\n", fmt::join(names_of(with_value), " "));
    }
    std::string cases;
    for (const Option& option : options) {
        if (option.takes_value())
            cases += fmt::format("                {}) {} ;;\n", fmt::join(option.names(), "|"), bash_value(option));
    }
    if (!cases.empty()) out += fmt::format("            case $before in\n{}            esac\n", cases);
    std::size_t place = 0;
    std::string arguments;
    for (const Option& option : shown(command, true)) {
        const std::string which = option.takes_several() ? std::string("*") : std::to_string(place++);
        arguments += fmt::format("                {}) argument=\"{}\" ;;\n", which, bash_value(option));
    }
    if (!arguments.empty()) {
        out += fmt::format("            _lbctl_place\n            case $place in\n{}            esac\n", arguments);
    }
    return out + "            ;;\n";
}

constexpr std::string_view bash_begin =
    R"(# Counts the arguments before the word that is completed; _lbctl has the variables.
_lbctl_place() {
    local i skip=
    place=0
    for ((i = 2; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == = ]]; then
            skip=yes
        elif [[ -n $skip ]]; then
            skip=
        elif [[ $takes == *" ${COMP_WORDS[i]} "* ]]; then
            skip=yes
        elif [[ ${COMP_WORDS[i]} != -?* ]]; then
            ((place += 1))
        fi
    done
}

_lbctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local options= takes=' ' kind= words= argument= place= front=
    # bash makes three words of --format=json.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]] && ((COMP_CWORD > 2)); then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
)";

constexpr std::string_view bash_end = R"(    esac
    if [[ -z $kind && $word == -* ]]; then
        kind=words words=$options
    elif [[ -z $kind ]]; then
        eval "$argument"
    fi
    if [[ $kind == list && $word == *,* ]]; then
        front=${word%,*},
        word=${word##*,}
    fi
    case $kind in
        words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
        list) mapfile -t COMPREPLY < <(compgen -P "$front" -W "$words" -- "$word") ;;
        files) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        *) COMPREPLY=() ;;
    esac
}
complete -o filenames -F _lbctl lbctl
)";

std::string bash(const Command& program) {
    std::vector<std::string> first;
    for (const Command& command : program.commands()) {
        for (const std::string& name : command.names()) first.push_back(name);
    }
    for (const std::string& name : names_of(shown(program, false))) first.push_back(name);
    std::string out(bash_begin);
    out += fmt::format(
        "    if ((COMP_CWORD == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n"
        "        return\n    fi\n    case ${{COMP_WORDS[1]-}} in\n",
        fmt::join(first, " "));
    for (const Command& command : program.commands()) out += bash_command(command);
    return out + std::string(bash_end);
}

/// What zsh is told of a value: ":FORMAT:(text json)".
std::string zsh_value(const Option& option) {
    std::string name = quoted(option.is_positional() ? option.names().front() : option.value_name());
    if (name.empty()) name = "word";
    const std::string head = (option.value_may_be_left_out() && !option.is_positional() ? "::" : ":") + name;
    switch (kind_of(option)) {
        case ValueKind::none:
            return {};
        case ValueKind::words:
            return fmt::format("{}:({})", head, fmt::join(option.words(), " "));
        case ValueKind::list_of_words:
            return fmt::format("{}:_sequence compadd - {}", head, fmt::join(option.words(), " "));
        case ValueKind::file:
            return fmt::format("{}:_files", head);
        case ValueKind::other:
            return fmt::format("{}: ", head);
    }
    return {};
}

std::string zsh_option(const Option& option) {
    std::string out;
    const auto names = option.names();
    // The names of one option exclude one another, unless it may be given several times.
    const std::string before = option.takes_several() ? "*" : fmt::format("({})", fmt::join(names, " "));
    for (const std::string& name : names) {
        const bool joined = option.takes_value() && name.starts_with("--");
        out += fmt::format(" \\\n                '{}{}{}[{}]{}'", before, name, joined ? "=" : "",
                           quoted(option.description()), zsh_value(option));
    }
    return out;
}

std::string zsh(const Command& program) {
    std::string out = "#compdef lbctl\n\n_lbctl() {\n    local -a commands=(\n";
    for (const Command& command : program.commands()) {
        for (const std::string& name : command.names())
            out += fmt::format("        '{}:{}'\n", name, quoted(command.description()));
    }
    out +=
        "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n"
        "    shift words\n    ((CURRENT--))\n    case $words[1] in\n";
    for (const Command& command : program.commands()) {
        out += fmt::format("        {})\n            _arguments -s", fmt::join(command.names(), "|"));
        for (const Option& option : shown(command, false)) out += zsh_option(option);
        std::size_t place = 1;
        for (const Option& option : shown(command, true)) {
            const std::string which = option.takes_several() ? std::string("*") : std::to_string(place++);
            out += fmt::format(" \\\n                '{}{}{}'", which,
                               option.takes_several() || option.is_required() ? "" : ":", zsh_value(option));
        }
        out += "\n            ;;\n";
    }
    out += "    esac\n}\n\n_lbctl \"$@\"\n";
    return out;
}

std::string fish_value(const Option& option) {
    switch (kind_of(option)) {
        case ValueKind::none:
            return {};
        case ValueKind::words:
            return fmt::format(" -x -a '{}'", fmt::join(option.words(), " "));
        case ValueKind::list_of_words:
            return fmt::format(" -x -a '(__fish_append , {})'", fmt::join(option.words(), " "));
        case ValueKind::file:
            return option.value_may_be_left_out() ? " -F" : " -r -F";
        case ValueKind::other:
            return option.value_may_be_left_out() ? "" : " -x";
    }
    return {};
}

std::string fish_command(const Command& command) {
    const std::string names = fmt::format("{}", fmt::join(command.names(), " "));
    const std::string condition = fmt::format("complete -c lbctl -n '__fish_seen_subcommand_from {}'", names);
    std::string out;
    for (const std::string& name : command.names()) {
        out += fmt::format("complete -c lbctl -n __fish_use_subcommand -f -a {} -d '{}'\n", name,
                           quoted(command.description()));
    }
    bool files = false;
    for (const Option& option : shown(command, true)) {
        files = files || kind_of(option) == ValueKind::file;
        if (kind_of(option) == ValueKind::words)
            out += fmt::format("{} -a '{}'\n", condition, fmt::join(option.words(), " "));
    }
    if (!files) out += condition + " -f\n";
    for (const Option& option : shown(command, false)) {
        std::string line = condition;
        for (const std::string& name : option.names())
            line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
        out += fmt::format("{}{} -d '{}'\n", line, fish_value(option), quoted(option.description()));
    }
    return out;
}

std::string fish(const Command& program) {
    std::string out;
    for (const Command& command : program.commands()) out += fish_command(command);
    return out;
}

void add_completion(Command program, Invocation& invocation) {
    Command command = program.command("completion", "print the completions for a shell");
    auto shell = std::make_shared<std::string>();
    command.option("SHELL", *shell, "the shell").required().one_of({"bash", "zsh", "fish"});
    command.on_chosen([program, &invocation, shell] {
        const std::string text = *shell == "bash" ? bash(program) : *shell == "zsh" ? zsh(program) : fish(program);
        invocation.run = [text](const Streams& streams) {
            print_text(streams.out, text);
            return ExitStatus::ok;
        };
    });
}

}  // namespace

extern const Registration completion_command{
    .name = "completion", .heading = Heading::others, .add = add_completion, .tells_of_all = true};

}  // namespace lbctl::cli
