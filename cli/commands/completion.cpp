#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/completion/items.h"
#include "cli/completion/values.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

struct Options {
    std::string shell;
    std::string values;
};

std::string script_for(const std::string& shell, const Command& program) {
    const completion::Program items = completion::items_of(program);
    if (shell == "bash") return completion::bash_script(items);
    return shell == "zsh" ? completion::zsh_script(items) : completion::fish_script(items);
}

ExitStatus print_values(const std::string& kind, const Streams& streams) {
    const auto words = completion::values_of(kind);
    if (!words) return report_failure(streams, words.error());
    for (const std::string& word : *words) print(streams.out, "{}\n", word);
    return ExitStatus::ok;
}

void add_completion(Command program, Invocation& invocation) {
    Command command = program.command("completion", "print the completions for a shell");
    auto options = std::make_shared<Options>();
    const Option shell = command.option("SHELL", options->shell, "the shell").one_of({"bash", "zsh", "fish"});
    command.option("--values", options->values, "print the words of a kind instead, one a line, as the scripts ask")
        .one_of(completion::value_kinds())
        .type_name("KIND")
        .excludes(shell);
    command.on_chosen([program, &invocation, options] {
        const std::string text = options->shell.empty() ? "" : script_for(options->shell, program);
        invocation.run = [options, text](const Streams& streams) {
            if (!options->values.empty()) return print_values(options->values, streams);
            if (text.empty())
                return report_failure(streams, {"completion needs a SHELL", "give one of bash, zsh, fish"});
            print_text(streams.out, text);
            return ExitStatus::ok;
        };
    });
}

}  // namespace

extern const Registration completion_command{.name = "completion",
                                             .heading = Heading::others,
                                             .rights = Rights::any_table,
                                             .add = add_completion,
                                             .tells_of_all = true};

}  // namespace lbctl::cli
