#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/print.h"

namespace lbctl::cli {

namespace {

struct Described {
    std::string name;
    std::string description;
};

std::vector<Described> commands_of(const Command& program) {
    std::vector<Described> commands;
    for (const Command& command : program.commands()) commands.push_back({command.name(), command.description()});
    return commands;
}

std::vector<Described> options_of(const Command& command) {
    std::vector<Described> options;
    for (const Option& option : command.options()) {
        for (const std::string& name : option.long_names()) options.push_back({"--" + name, option.description()});
    }
    return options;
}

std::string names(const std::vector<Described>& items) {
    std::string text;
    for (const Described& item : items) text += (text.empty() ? "" : " ") + item.name;
    return text;
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

std::string bash(const Command& program) {
    std::string out = "_lbctl() {\n    local word=${COMP_WORDS[COMP_CWORD]} options=\n    case ${COMP_WORDS[1]-} in\n";
    for (const Command& command : program.commands()) {
        out += fmt::format("        {}) options='{}' ;;\n", command.name(), names(options_of(command)));
    }
    out += fmt::format(
        "    esac\n    if ((COMP_CWORD == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W '{} --help --version' "
        "-- \"$word\")\n",
        names(commands_of(program)));
    out +=
        "    elif [[ $word == -* ]]; then\n        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
        "    else\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    fi\n}\ncomplete -o filenames -F "
        "_lbctl lbctl\n";
    return out;
}

std::string zsh(const Command& program) {
    std::string out = "#compdef lbctl\n\n_lbctl() {\n    local -a commands=(\n";
    for (const Described& command : commands_of(program))
        out += fmt::format("        '{}:{}'\n", command.name, quoted(command.description));
    out +=
        "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n    case "
        "$words[2] in\n";
    for (const Command& command : program.commands()) {
        out += fmt::format("        {})\n            _arguments '2::' ", command.name());
        for (const Described& option : options_of(command))
            out += fmt::format("'{}[{}]' ", option.name, quoted(option.description));
        out += "'*:file:_files'\n            ;;\n";
    }
    out += "        *) _files ;;\n    esac\n}\n\n_lbctl \"$@\"\n";
    return out;
}

std::string fish(const Command& program) {
    std::string out;
    for (const Command& command : program.commands()) {
        out += fmt::format("complete -c lbctl -n __fish_use_subcommand -f -a {} -d '{}'\n", command.name(),
                           quoted(command.description()));
        for (const Described& option : options_of(command)) {
            out += fmt::format("complete -c lbctl -n '__fish_seen_subcommand_from {}' -l {} -d '{}'\n", command.name(),
                               option.name.substr(2), quoted(option.description));
        }
    }
    return out;
}

}  // namespace

void add_completion(Command program, Invocation& invocation) {
    Command command = program.command("completion", "print the completions for a shell");
    auto shell = std::make_shared<std::string>();
    command.option("SHELL", *shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"}).type_name("");
    command.on_chosen([program, &invocation, shell] {
        const std::string text = *shell == "bash" ? bash(program) : *shell == "zsh" ? zsh(program) : fish(program);
        invocation.run = [text](const Streams& streams) {
            print(streams.out, "{}", text);
            return ExitStatus::ok;
        };
    });
}

}  // namespace lbctl::cli
