#include <algorithm>
#include <memory>
#include <optional>

#include "backend/import/ldirectord.h"
#include "backend/ipvsadm/saved_table.h"
#include "cli/commands/imported_table.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/keywords/keyword.h"
#include "grammar/source/files.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

namespace {

struct ImportOptions {
    std::string file;
    std::string from;
};

/// "virtual=..." or "virtual6 = ...".
bool begins_service(std::string_view line) {
    constexpr std::string_view word = "virtual";
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    if (line.starts_with('6')) line.remove_prefix(1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line.starts_with('=');
}

/// Lines of saved text begin with a dash; a file of ldirectord has lines that begin with `virtual'.
bool is_ldirectord(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with('-')) return false;
        if (begins_service(line)) return true;
    }
    return false;
}

/// The first word of the first line that has one and is no comment of any kind of file.
std::string_view first_word(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\v\f";
    while (!text.empty()) {
        std::string_view line = source::take_line(text);
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (!line.empty() && line.front() != '#' && line.front() != '!')
            return line.substr(0, line.find_first_of(" \t\r\v\f={"));
    }
    return {};
}

/// What a file is that import cannot read, and what to do with it; nothing for what may be one of its kinds.
std::optional<Failure> other_kind(std::string_view text, const std::string& name) {
    constexpr std::size_t looked_at = 4096;
    if (text.substr(0, looked_at).find('\0') != std::string_view::npos)
        return Failure{fmt::format("{}: this is no text: it holds NUL bytes", name),
                       "import reads the text of `ipvsadm --save --numeric', and ldirectord.cf"};
    const std::string_view word = first_word(text);
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos)
        return Failure{fmt::format("{} is empty: there is nothing to import", name),
                       "did the command fail that was to write it?"};
    if (text[begin] == '{' || text[begin] == '[')
        return Failure{fmt::format("{}: this is JSON", name),
                       "`lbctl build' makes keepalived.conf of what `lbctl dump' printed"};
    const bool is_listing = text.substr(begin).starts_with("IP Virtual Server version") || word == "Prot";
    if (is_listing)
        return Failure{fmt::format("{}: this is a listing of the table", name),
                       "a listing is for people; write the table with `ipvsadm --save --numeric' or `lbctl save'"};
    const bool is_keyword = keywords::find_keyword(keywords::top_context, word) != nullptr;
    if (is_keyword || word == "include" || word.starts_with('$') || word.starts_with('@'))
        return Failure{
            fmt::format("{}: this is a keepalived.conf: import makes one of the files of other programs", name),
            "`lbctl lint' checks it, `lbctl fmt' lays it out, `lbctl dump' reads it"};
    return std::nullopt;
}

ExitStatus import_ldirectord(const Streams& streams, std::string_view text, const std::string& name) {
    const auto imported = imports::from_ldirectord(text, name);
    if (!imported) return report_failure(streams, imported.error());
    print_text(streams.out, imported->configuration);
    for (const std::string& loss : imported->losses) print(streams.err, "lbctl: {}\n", loss);
    if (imported->configuration.empty()) {
        return report_failure(streams, {fmt::format("{}: no service of ldirectord that can be carried over", name),
                                        "for saved text of ipvsadm say --from-format ipvsadm"});
    }
    return imported->losses.empty() ? ExitStatus::ok : ExitStatus::findings;
}

ExitStatus import_file(const Streams& streams, const ImportOptions& options) {
    base::Arena room;
    const auto text = source::read_file(options.file, room);
    if (!text) return report_failure(streams, text.error());
    const std::string name = input_name(options.file);
    if (const auto other = other_kind(*text, name)) return report_failure(streams, *other);
    if (options.from == "ldirectord" || (options.from.empty() && is_ldirectord(*text)))
        return import_ldirectord(streams, *text, name);
    const auto table = lbctl::ipvsadm::read_saved_text(*text, name);
    if (!table) return report_failure(streams, table.error());
    return print_keepalived(streams, *table);
}

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

}  // namespace

extern const Registration import_command{
    .name = "import", .heading = Heading::others, .rights = Rights::files, .add = add_import};

}  // namespace lbctl::cli
