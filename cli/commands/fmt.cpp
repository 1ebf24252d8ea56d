#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/render/line_difference.h"
#include "cli/report_failure.h"
#include "grammar/ast/secret_text.h"
#include "grammar/base/replace_file.h"
#include "grammar/source/files.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/physical_lines.h"
#include "grammar/syntax/template_tag.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

namespace {

struct FormatArguments {
    std::vector<std::string> files;
    bool check = false;
    bool diff = false;
    bool write = false;
};

/// Why a file is no text of a configuration.
std::optional<Failure> not_laid_out(const std::string& file, std::string_view text) {
    if (syntax::is_utf16(text))
        return Failure{fmt::format("{} is saved as UTF-16, of which nothing can be read", file), "save it as UTF-8"};
    if (syntax::is_template(text))
        return Failure{fmt::format("{} is a template that has not been filled in, and is not laid out", file),
                       "lay out what the template becomes: `lbctl fmt -' reads it from a pipe"};
    return std::nullopt;
}

/// What is wrong with the braces of a file. Its indentation is all that shows where one is missing, so it has to stay.
std::optional<Failure> lost_brace(const std::string& file, std::string_view text) {
    constexpr std::array<std::string_view, 4> rules{"missing-open-brace", "missing-close-brace", "extra-close-brace",
                                                    "unexpected-open-brace"};
    const validate::Analysis analysis = validate::analyse(file, text, {});
    for (const source::Finding& finding : analysis.findings) {
        if (std::ranges::find(rules, finding.rule) == rules.end()) continue;
        const source::Position at = finding.where.range.begin;
        return Failure{fmt::format("{}:{}:{}: {}: the file is not laid out", file, at.line, at.column, finding.message),
                       "mend the braces first; lbctl lint shows more"};
    }
    return std::nullopt;
}

/// What may be shown of a text: no secrets.
std::string hidden(const std::string& file, std::string_view text) {
    source::Sources sources;
    return ast::without_secrets(sources, sources.add(file, text));
}

ExitStatus format(const FormatArguments& arguments, const Streams& streams) {
    bool differs = false;
    bool failed = false;
    for (const std::string& file : arguments.files) {
        base::Arena room;
        const auto text = source::read_file(file, room);
        if (!text) {
            report_failure(streams, text.error());
            failed = true;
            continue;
        }
        if (const auto reason = not_laid_out(file, *text)) {
            report_failure(streams, *reason);
            failed = true;
            continue;
        }
        const auto [formatted, braces_match] = syntax::format_text(*text);
        if (const auto mistake = braces_match ? std::nullopt : lost_brace(file, *text)) {
            report_failure(streams, *mistake);
            failed = true;
            continue;
        }
        const bool changed = formatted != *text;
        differs = differs || changed;
        if (arguments.check && changed) print(streams.out, "{}\n", file);
        if (arguments.diff && changed) {
            const std::string hidden_before = hidden(file, *text);
            const std::string hidden_after = hidden(file, formatted);
            print_text(streams.out,
                       line_difference({*text, hidden_before, file}, {formatted, hidden_after, file + " (formatted)"}));
        }
        if (arguments.write && changed && file != "-") {
            if (const auto done = base::replace_file(file, formatted); !done) {
                report_failure(streams, done.error());
                failed = true;
            }
        }
        const bool shows = !arguments.check && !arguments.diff && (!arguments.write || file == "-");
        if (shows) std::fwrite(formatted.data(), 1, formatted.size(), streams.out);
    }
    if (failed) return ExitStatus::failed;
    return differs && (arguments.check || arguments.diff) ? ExitStatus::findings : ExitStatus::ok;
}

void add_fmt(Command program, Invocation& invocation) {
    Command command = program.command("fmt", "lay configurations out in one way");
    auto arguments = std::make_shared<FormatArguments>();
    command.flag("--check", arguments->check, "name the files that would change; exit 1 when there are any");
    command.flag("--diff", arguments->diff, "show what would change; exit 1 when anything would");
    command.flag("-w,--write", arguments->write, "change the files themselves");
    command.option("FILE", arguments->files, "the files; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        if (arguments->files.empty()) arguments->files.emplace_back(default_configuration);
        invocation.run = [arguments](const Streams& streams) { return format(*arguments, streams); };
    });
}

}  // namespace

extern const Registration fmt_command{
    .name = "fmt", .heading = Heading::configurations, .rights = Rights::files, .add = add_fmt};

}  // namespace lbctl::cli
