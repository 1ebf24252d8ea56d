#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace lbctl::cli {

namespace {

struct Described {
    std::string name;
    std::string description;
};

std::vector<Described> commands_of(const CLI::App& app) {
    std::vector<Described> commands;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        commands.push_back({command->get_name(), command->get_description()});
    }
    return commands;
}

std::vector<Described> options_of(const CLI::App& command) {
    std::vector<Described> options;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames())
            options.push_back({"--" + name, option->get_description()});
    }
    return options;
}

std::string names(const std::vector<Described>& items) {
    std::string text;
    for (const Described& item : items) text += (text.empty() ? "" : " ") + item.name;
    return text;
}

/// A description within single quotes of a shell, and within the brackets of zsh.
std::string quoted(std::string text) {
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

template <class... Arguments>
void add(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

std::string bash(const CLI::App& app) {
    std::string out = "_lbctl() {\n    local word=${COMP_WORDS[COMP_CWORD]} options=\n    case ${COMP_WORDS[1]-} in\n";
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        add(out, "        {}) options='{}' ;;\n", command->get_name(), names(options_of(*command)));
    }
    add(out,
        "    esac\n    if ((COMP_CWORD == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W '{} --help --version' "
        "-- \"$word\")\n",
        names(commands_of(app)));
    out +=
        "    elif [[ $word == -* ]]; then\n        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
        "    else\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n    fi\n}\ncomplete -o filenames -F "
        "_lbctl lbctl\n";
    return out;
}

std::string zsh(const CLI::App& app) {
    std::string out = "#compdef lbctl\n\n_lbctl() {\n    local -a commands=(\n";
    for (const Described& command : commands_of(app))
        add(out, "        '{}:{}'\n", command.name, quoted(command.description));
    out +=
        "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n    case "
        "$words[2] in\n";
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        add(out, "        {})\n            _arguments '2::' ", command->get_name());
        for (const Described& option : options_of(*command))
            add(out, "'{}[{}]' ", option.name, quoted(option.description));
        out += "'*:file:_files'\n            ;;\n";
    }
    out += "        *) _files ;;\n    esac\n}\n\n_lbctl \"$@\"\n";
    return out;
}

std::string fish(const CLI::App& app) {
    std::string out;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        add(out, "complete -c lbctl -n __fish_use_subcommand -f -a {} -d '{}'\n", command->get_name(),
            quoted(command->get_description()));
        for (const Described& option : options_of(*command)) {
            add(out, "complete -c lbctl -n '__fish_seen_subcommand_from {}' -l {} -d '{}'\n", command->get_name(),
                option.name.substr(2), quoted(option.description));
        }
    }
    return out;
}

}  // namespace

void add_completion(CLI::App& app, Invocation& invocation) {
    auto* command = app.add_subcommand("completion", "print the completions for a shell");
    auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("");
    command->callback([&app, &invocation, shell] {
        const std::string text = *shell == "bash" ? bash(app) : *shell == "zsh" ? zsh(app) : fish(app);
        invocation.run = [text](const Streams& streams) {
            fmt::print(streams.out, "{}", text);
            return ExitStatus::ok;
        };
    });
}

}  // namespace lbctl::cli
