#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/render/findings_text.h"
#include "cli/report_failure.h"
#include "grammar/ast/secret_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/line_traits.h"
#include "grammar/syntax/reader.h"

namespace lbctl::cli {

namespace {

struct ExpandArguments {
    AnalysisArguments analysis;
    std::string file = default_configuration;
    bool origins = false;
    bool show_secrets = false;
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
    std::string text = fmt::format("{}:{}", base::shown(sources.name(where.range.file)), where.range.begin.line);
    for (source::OriginId id = where.origin; id != 0; id = sources.origin(id).parent) {
        const source::Origin& origin = sources.origin(id);
        text += fmt::format(", from ${}", base::shown(origin.name));
        if (origin.has_definition)
            text += fmt::format(" ({}:{})", base::shown(sources.name(origin.defined.file)), origin.defined.begin.line);
    }
    return text;
}

/// Prints lines as they come: keepalived's reading of the text, a brace after its keyword.
class ExpandedText {
public:
    ExpandedText(const source::Sources& sources, const ExpandArguments& arguments)
        : sources_(sources), origins_(arguments.origins), show_secrets_(arguments.show_secrets), secrets_(sources) {}

    /// Takes the next line, and prints the one before it.
    void add(syntax::Line line) {
        const bool opens = line.kind == Kind::open && waiting_ && waiting_->kind == Kind::text;
        flush(opens);
        if (!opens) waiting_ = std::move(line);
    }

    [[nodiscard]] bool has_hidden() const { return has_hidden_; }

    void finish(std::FILE* out) {
        flush(false);
        write(out);
    }

    /// What has been read includes files that were not there before.
    void look_at_new_files() { secrets_.look_at_new_files(); }

    /// Writes what has been printed so far.
    void write(std::FILE* out) {
        std::fwrite(text_.data(), 1, text_.size(), out);
        text_.clear();
    }

private:
    using Kind = syntax::Line::Kind;

    void flush(bool opens) {
        if (!waiting_) return;
        if (waiting_->kind == Kind::close && depth_ > 0) --depth_;
        if (waiting_->kind == Kind::close && !blocks_.empty()) blocks_.pop_back();
        const std::size_t begin = text_.size();
        text_.append(syntax::indentation(depth_), ' ');
        add_words(waiting_->text);
        if (opens) text_ += " {";
        if (opens || waiting_->kind == Kind::open) {
            ++depth_;
            const std::string_view bytes = opens ? waiting_->text.bytes() : std::string_view();
            blocks_.emplace_back(bytes.substr(0, bytes.find_first_of(" \t")));
        }
        if (origins_) {
            const std::size_t width = text_.size() - begin;
            text_.append(width < 48 ? 48 - width : 2, ' ');
            text_.append("# ").append(origin_of(sources_, waiting_->text.location()));
        }
        text_ += '\n';
        waiting_.reset();
    }

    /// From which byte on a line is secret: by its own words, or because it comes out of what is secret in the file.
    std::size_t secret_in(const syntax::Text& text) {
        const std::string_view block = blocks_.empty() ? std::string_view() : blocks_.back();
        const std::size_t secret = lines_.next(text.bytes(), block);
        if (secret != ast::SecretLines::none || text.empty()) return secret;
        const source::Range range = text.location().range;
        const std::size_t in_file = secrets_.in_line(range.file, range.begin.line);
        return in_file < range.begin.column ? 0 : ast::SecretLines::none;
    }

    void add_words(const syntax::Text& text) {
        const std::string_view bytes = text.bytes();
        const std::size_t secret = show_secrets_ ? ast::SecretLines::none : secret_in(text);
        if (secret != ast::SecretLines::none) {
            has_hidden_ = true;
            text_ += ast::without_secret(bytes, secret);
            return;
        }
        const syntax::LineTraits traits(bytes);
        const bool plain = !traits.any(syntax::LineTraits::comment | syntax::LineTraits::odd) &&
                           bytes.find("  ") == std::string_view::npos && bytes.find('\t') == std::string_view::npos;
        text_ += plain ? std::string(bytes) : escaped(syntax::one_blank(bytes));
    }

    const source::Sources& sources_;
    bool origins_;
    bool show_secrets_;
    bool has_hidden_ = false;
    ast::Secrets secrets_;
    ast::SecretLines lines_;
    std::vector<std::string> blocks_;  ///< the keywords of those that are open
    std::string text_;
    std::size_t depth_ = 0;
    std::optional<syntax::Line> waiting_;  ///< a `{` may have to go after it
};

ExitStatus expand(const ExpandArguments& arguments, const Streams& streams) {
    const auto options = analysis_options(arguments.analysis);
    if (!options) return report_failure(streams, options.error());
    source::Sources sources;
    source::Findings findings;
    const auto file = sources.add_file(arguments.file);
    if (!file) return report_failure(streams, file.error());
    const syntax::ReaderOptions reading{options->target,
                                        options->config_id ? *options->config_id : syntax::default_config_id(),
                                        options->definitions, true};
    syntax::LineReader reader(sources, *file, reading, findings);
    ExpandedText text(sources, arguments);
    std::vector<syntax::Line> lines;
    constexpr std::size_t many = 1024;
    while (reader.read(many, lines)) {
        text.look_at_new_files();
        for (syntax::Line& line : lines) text.add(std::move(line));
        lines.clear();
        text.write(streams.out);
    }
    text.finish(streams.out);
    source::sort_findings(findings);
    print_text(streams.err, findings_text(sources, findings, streams.colour_err));
    if (text.has_hidden()) print(streams.err, "lbctl: note: secrets are hidden; --show-secrets prints them\n");
    const bool errors = std::any_of(findings.begin(), findings.end(), [](const source::Finding& finding) {
        return finding.severity == source::Severity::error;
    });
    return errors ? ExitStatus::findings : ExitStatus::ok;
}

void add_expand(Command program, Invocation& invocation) {
    Command command = program.command("expand", "the text after includes, parameters, sequences and conditions");
    auto arguments = std::make_shared<ExpandArguments>();
    add_analysis_options(command, arguments->analysis);
    command.flag("--origins", arguments->origins, "say behind every line where it comes from");
    command.flag("--show-secrets", arguments->show_secrets, "print passwords and keys");
    command.option("FILE", arguments->file, "the configuration; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        invocation.run = [arguments](const Streams& streams) { return expand(*arguments, streams); };
    });
}

}  // namespace

extern const Registration expand_command{
    .name = "expand", .heading = Heading::configurations, .rights = Rights::files, .add = add_expand};

}  // namespace lbctl::cli
