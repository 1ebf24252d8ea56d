#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/emit/emitter.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"

namespace lbctl::cli {

namespace {

struct Options {
    std::string kind;
    WantedSource source;
};

ExitStatus run(const Options& options, const Streams& streams) {
    const auto wanted = read_wanted(options.source, streams);
    if (!wanted) return report_failure(streams, wanted.error());
    const emit::Emitter* const emitter = emit::find_emitter(options.kind);
    if (emitter == nullptr) return report_failure(streams, {"there is no emitter of that kind", {}});
    print_text(streams.out, emitter->emit(*wanted, name_of(options.source)));
    return ExitStatus::ok;
}

void add_emit(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("emit", "a script that makes the live table what a configuration asks for");
    std::vector<std::string> kinds;
    std::string help;
    for (const emit::Emitter* emitter : emit::emitters()) {
        kinds.emplace_back(emitter->kind);
        help += fmt::format("{}{}: {}", help.empty() ? "" : "; ", emitter->kind, emitter->what);
    }
    command.option("KIND", options->kind, help).required().one_of(std::move(kinds));
    add_wanted_source(command, options->source);
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration emit_command{.name = "emit", .heading = Heading::others, .add = add_emit};

}  // namespace lbctl::cli
