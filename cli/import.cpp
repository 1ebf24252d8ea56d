#include <algorithm>
#include <memory>

#include "backend/script/ldirectord.h"
#include "backend/table/saved_table.h"
#include "cli/imported_table.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

struct ImportOptions {
    std::string file;
    std::string from;
};

/// Lines of saved text begin with a dash; a file of ldirectord has lines that begin with `virtual'.
bool is_ldirectord(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with('-')) return false;
        if (line.starts_with("virtual")) return true;
    }
    return false;
}

ExitStatus import_ldirectord(const Streams& streams, std::string_view text, const std::string& name) {
    const script::LdirectordImport imported = script::from_ldirectord(text, name);
    print(streams.out, "{}", imported.configuration);
    for (const std::string& loss : imported.losses) print(streams.err, "lbctl: {}\n", loss);
    if (imported.configuration.empty()) {
        return report_failure(streams, {fmt::format("{}: no service of ldirectord that can be carried over", name),
                                        "for saved text of ipvsadm say --from-format ipvsadm"});
    }
    return imported.losses.empty() ? ExitStatus::ok : ExitStatus::findings;
}

ExitStatus import_file(const Streams& streams, const ImportOptions& options) {
    source::Arena room;
    const auto text = source::read_file(options.file, room);
    if (!text) return report_failure(streams, text.error());
    const std::string name = input_name(options.file);
    if (options.from == "ldirectord" || (options.from.empty() && is_ldirectord(*text)))
        return import_ldirectord(streams, *text, name);
    const auto table = table::read_saved_text(*text, name);
    if (!table) return report_failure(streams, table.error());
    return print_keepalived(streams, *table);
}

}  // namespace

void add_import(Command program, Invocation& invocation) {
    auto options = std::make_shared<ImportOptions>();
    Command command = program.command("import", "ipvsadm-save text or ldirectord.cf as keepalived.conf");
    command.option("FILE", options->file, "what to read; - is standard input").required();
    command.option("--from-format", options->from, "what the file is, where its lines do not show it")
        .one_of({"ipvsadm", "ldirectord"});
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return import_file(streams, *options); };
    });
}

}  // namespace lbctl::cli
