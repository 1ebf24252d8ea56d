#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/findings_text.h"
#include "cli/report_failure.h"
#include "grammar/source/files.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/reader.h"

namespace lbctl::cli {

namespace {

struct ExpandArguments {
    AnalysisArguments analysis;
    std::string file = default_configuration;
    bool origins = false;
};

/// Outside quotes these begin a comment where they are not escaped.
std::string escaped(std::string_view text) {
    std::string out;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == '#' || c == '!')) out += '\\';
        out += c;
    }
    return out;
}

std::string origin_of(const source::Sources& sources, const source::Location& where) {
    std::string text = fmt::format("{}:{}", sources.name(where.range.file), where.range.begin.line);
    for (source::OriginId id = where.origin; id != 0; id = sources.origin(id).parent) {
        const source::Origin& origin = sources.origin(id);
        text += fmt::format(", from ${}", origin.name);
        if (origin.has_definition)
            text += fmt::format(" ({}:{})", sources.name(origin.defined.file), origin.defined.begin.line);
    }
    return text;
}

std::string expanded_text(const source::Sources& sources, const syntax::ReadLines& read, bool origins) {
    using Kind = syntax::Line::Kind;
    std::string out;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < read.lines.size(); ++i) {
        const syntax::Line& line = read.lines[i];
        if (line.kind == Kind::close && depth > 0) --depth;
        std::string text = std::string(depth * 4, ' ') + escaped(syntax::one_blank(line.text.bytes()));
        const bool opens = line.kind == Kind::text && i + 1 < read.lines.size() && read.lines[i + 1].kind == Kind::open;
        if (opens) {
            text += " {";
            ++i;
        }
        if (opens || line.kind == Kind::open) ++depth;
        out += text;
        if (origins)
            out += fmt::format("{}# {}", std::string(text.size() < 48 ? 48 - text.size() : 2, ' '),
                               origin_of(sources, line.text.location()));
        out += '\n';
    }
    return out;
}

ExitStatus expand(const ExpandArguments& arguments, const Streams& streams) {
    const auto options = analysis_options(arguments.analysis);
    if (!options) return report_failure(streams, options.error());
    auto text = source::read_file(arguments.file);
    if (!text) return report_failure(streams, text.error());
    source::Sources sources;
    source::Findings findings;
    const source::FileId file = sources.add(arguments.file, std::move(*text));
    const syntax::ReaderOptions reading{options->target,
                                        options->config_id ? *options->config_id : syntax::default_config_id(),
                                        options->definitions, true};
    const syntax::ReadLines read = syntax::read_lines(sources, file, reading, findings);
    fmt::print(streams.out, "{}", expanded_text(sources, read, arguments.origins));
    source::sort_findings(findings);
    fmt::print(streams.err, "{}", findings_text(sources, findings, streams.colour_err));
    const bool errors = std::any_of(findings.begin(), findings.end(), [](const source::Finding& finding) {
        return finding.severity == source::Severity::error;
    });
    return errors ? ExitStatus::findings : ExitStatus::ok;
}

}  // namespace

void add_expand(CLI::App& app, Invocation& invocation) {
    auto* command = app.add_subcommand("expand", "the text after includes, parameters, sequences and conditions");
    auto arguments = std::make_shared<ExpandArguments>();
    add_analysis_options(*command, arguments->analysis);
    command->add_flag("--origins", arguments->origins, "say behind every line where it comes from");
    command->add_option("FILE", arguments->file, "the configuration; - is standard input")->type_name("");
    command->callback([&invocation, arguments] {
        invocation.run = [arguments](const Streams& streams) { return expand(*arguments, streams); };
    });
}

}  // namespace lbctl::cli
