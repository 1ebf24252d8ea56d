#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "backend/script/emitter.h"
#include "cli/command.h"
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
    for (const script::Emitter& emitter : script::emitters) {
        if (emitter.kind != options.kind) continue;
        fmt::print(streams.out, "{}", emitter.emit(*wanted, name_of(options.source)));
        return ExitStatus::ok;
    }
    return ExitStatus::failed;
}

}  // namespace

void add_emit(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("emit", "a script that makes the live table what a configuration asks for");
    std::set<std::string> kinds;
    std::string help;
    for (const script::Emitter& emitter : script::emitters) {
        kinds.emplace(emitter.kind);
        help += fmt::format("{}{}: {}", help.empty() ? "" : "; ", emitter.kind, emitter.what);
    }
    command->add_option("KIND", options->kind, help)->required()->check(CLI::IsMember(kinds));
    add_wanted_source(*command, options->source);
    command->callback([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace lbctl::cli
