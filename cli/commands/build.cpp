#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/ast/configuration_text.h"
#include "grammar/base/arena.h"
#include "grammar/base/json_text.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

ExitStatus build(const std::string& file, const Streams& streams) {
    base::Arena room;
    const auto text = source::read_file(file, room);
    if (!text) return report_failure(streams, text.error());
    const auto json = base::read_json(*text);
    if (!json)
        return report_failure(streams, {fmt::format("{} is no JSON: {}", input_name(file), json.error().message),
                                        "lbctl dump writes what this reads"});
    const auto configuration = ast::configuration_text(*json);
    if (!configuration) return report_failure(streams, configuration.error());
    print_text(streams.out, *configuration);
    return ExitStatus::ok;
}

void add_build(Command program, Invocation& invocation) {
    Command command = program.command("build", "keepalived.conf from the JSON that dump prints");
    auto file = std::make_shared<std::string>("-");
    command.option("FILE", *file, "the JSON; - is standard input").type_name("");
    command.on_chosen(
        [&invocation, file] { invocation.run = [file](const Streams& streams) { return build(*file, streams); }; });
}

}  // namespace

extern const Registration build_command{
    .name = "build", .heading = Heading::configurations, .rights = Rights::files, .add = add_build};

}  // namespace lbctl::cli
