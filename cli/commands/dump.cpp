#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/table_json.h"
#include "cli/command.h"
#include "cli/configuration.h"
#include "cli/print.h"
#include "cli/render/findings_text.h"
#include "cli/report_failure.h"
#include "grammar/ast/configuration_schema.h"
#include "grammar/ast/node_json.h"
#include "grammar/base/json_text.h"

namespace lbctl::cli {

namespace {

struct DumpArguments {
    ConfigurationOptions configuration;
    std::string file = default_configuration;
    bool table = false;
    bool positions = false;
    bool show_secrets = false;
    bool schema = false;
    std::string format = "json";
};

ExitStatus dump_table(const DumpArguments& arguments, const Streams& streams) {
    const auto wanted = load_wanted(arguments.configuration, arguments.file, streams);
    if (!wanted) return report_failure(streams, wanted.error());
    const table::Table table = table::table_of(*wanted);
    if (arguments.format == "save") {
        print_text(streams.out, lbctl::ipvsadm::to_saved_text(table, lbctl::ipvsadm::SavedForm::complete));
    } else {
        print_text(streams.out, base::json_text(table::to_json(table), 2) + "\n");
    }
    return ExitStatus::ok;
}

ExitStatus dump(const DumpArguments& arguments, const Streams& streams) {
    if (arguments.schema) {
        print_text(streams.out, base::json_text(ast::configuration_schema(), 2) + "\n");
        return ExitStatus::ok;
    }
    if (arguments.table) return dump_table(arguments, streams);
    if (arguments.format == "save") {
        return report_failure(streams, {"only a table can be dumped as ipvsadm-save text", "add --table"});
    }
    const auto options = analysis_options(arguments.configuration.analysis);
    if (!options) return report_failure(streams, options.error());
    auto analysis = validate::analyse_file(arguments.file, *options);
    if (!analysis) return report_failure(streams, analysis.error());
    const bool keep_going = arguments.configuration.keep_going;
    if (analysis->has_errors() && !keep_going) {
        print_text(streams.err, findings_text(analysis->sources, analysis->findings, streams.colour_err));
        return report_failure(streams, {fmt::format("{} has errors, so nothing was done with it", arguments.file),
                                        "mend them, or dump what keepalived takes of it with --keep-going"});
    }
    if (auto whole = refuse_template(*analysis, arguments.file); !whole) return report_failure(streams, whole.error());
    if (keep_going && !analysis->findings.empty()) take_as_daemon(*analysis, *options, streams);
    const ast::JsonOptions json_options{arguments.positions, arguments.show_secrets, &analysis->sources,
                                        options->target};
    print_text(streams.out, base::json_text(ast::to_json(analysis->root, json_options), 2) + "\n");
    return ExitStatus::ok;
}

void add_dump(Command program, Invocation& invocation) {
    Command command = program.command("dump", "a configuration as JSON, or the IPVS table that it asks for");
    auto arguments = std::make_shared<DumpArguments>();
    add_configuration_options(command, arguments->configuration);
    command.flag("--table", arguments->table, "the table that keepalived would make of it");
    command.option("--format", arguments->format, "json, or with --table save (ipvsadm-save text)")
        .one_of({"json", "save"});
    command.flag("--positions", arguments->positions, "add file, line and column to every statement");
    command.flag("--show-secrets", arguments->show_secrets, "print passwords and keys");
    command.flag("--schema", arguments->schema, "print the JSON Schema of such JSON, and read nothing");
    command.option("FILE", arguments->file, "the configuration; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        invocation.run = [arguments](const Streams& streams) { return dump(*arguments, streams); };
    });
}

}  // namespace

extern const Registration dump_command{
    .name = "dump", .heading = Heading::configurations, .rights = Rights::files, .add = add_dump};

}  // namespace lbctl::cli
