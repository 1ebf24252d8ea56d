#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/notation.h"
#include "grammar/rules/rule.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/syntax/text.h"

namespace lbctl::rules {

namespace {

/// The words of a statement; what a `{` ends belongs to another.
std::vector<std::string_view> words_of(std::string_view code) {
    if (const std::size_t brace = code.rfind('{'); brace != std::string_view::npos) code.remove_prefix(brace + 1);
    std::vector<std::string_view> words;
    while (true) {
        while (!code.empty() && syntax::is_blank(code.front())) code.remove_prefix(1);
        if (code.empty()) return words;
        const auto end = static_cast<std::size_t>(std::ranges::find_if(code, syntax::is_blank) - code.begin());
        words.push_back(code.substr(0, end));
        code.remove_prefix(end);
    }
}

/// Whether a keyword of that name takes free text at the place of the last word. Numbers, addresses and their like have
/// no comment characters, so what is glued to them is meant to be a comment.
bool takes_text(std::span<const std::string_view> words) {
    const auto arguments = words.subspan(1);
    return std::ranges::any_of(keywords::find_everywhere(words.front()), [&](const keywords::Keyword* keyword) {
        const auto types = keywords::types_of_arguments(*keyword, arguments);
        if (types.empty()) return false;
        const auto* type = keywords::notation::find_type(types[std::min(arguments.size(), types.size()) - 1].type);
        return type != nullptr && type->reading == keywords::notation::Reading::text;
    });
}

/// The keyword whose last word a comment cuts off.
std::optional<std::string_view> cut_keyword(const syntax::SourceLine& line) {
    if (line.code.empty() || !line.gap.empty() || line.comment.empty() || line.open_quote) return std::nullopt;
    // A blank or a rule of such characters after it: a comment was meant.
    const std::string_view rest = line.comment.substr(1);
    if (!rest.empty() && (syntax::is_blank(rest.front()) || rest.front() == line.comment.front())) return std::nullopt;
    // Behind a quote or a brace no word goes on.
    if (const char last = line.code.back(); last == '"' || last == '{' || last == '}') return std::nullopt;
    auto words = words_of(line.code);
    if (!words.empty() && words.front().starts_with('@')) words.erase(words.begin());  // a condition
    if (words.empty()) return std::nullopt;
    // `$NAME=text': to numbers and addresses a comment is glued, and so it is to nothing.
    const std::size_t sign = words.front().find('=');
    if (words.front().starts_with('$') && sign != std::string_view::npos) {
        const bool is_text =
            line.code.substr(line.code.find('=') + 1).find_first_not_of("0123456789.:/") != std::string_view::npos;
        return is_text ? std::optional(words.front().substr(0, sign)) : std::nullopt;
    }
    if (words.size() < 2 || !takes_text(words)) return std::nullopt;
    return words.front();
}

void check_file(const Whole& whole, source::FileId file) {
    const std::string_view text = whole.context.sources.text(file);
    std::uint32_t number = 1;
    std::size_t counted = 0;  // lines begin before it
    std::size_t hash = text.find('#');
    std::size_t mark = text.find('!');
    while (true) {
        const std::size_t at = std::min(hash, mark);
        if (at == std::string_view::npos) return;
        const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
        std::string_view rest = text.substr(begin);
        const syntax::SourceLine line = syntax::take_source_line(rest);
        if (const auto keyword = cut_keyword(line)) {
            number += static_cast<std::uint32_t>(std::ranges::count(text.substr(counted, begin - counted), '\n'));
            counted = begin;
            const auto column = static_cast<std::uint32_t>(line.indentation.size() + line.code.size() + 1);
            const source::Location where{{file, {number, column}, {number, column + 1}}, 0};
            whole.context
                .report("comment-inside-word", Severity::warning, where,
                        fmt::format("`{}' begins a comment also inside a word: {} is read only up to it",
                                    line.comment.front(), *keyword))
                .hint = "put the word into double quotes; before a comment write a blank";
        }
        const std::size_t next = text.size() - rest.size();
        if (next <= at) return;
        if (hash < next) hash = text.find('#', next);
        if (mark < next) mark = text.find('!', next);
    }
}

void check(const Whole& whole) {
    for (source::FileId file = 0; file < whole.context.sources.file_count(); ++file) check_file(whole, file);
}

}  // namespace

extern const Rule comment_inside_word{
    .page =
        {.id = "comment-inside-word",
         .family = "text",
         .severity = Severity::warning,
         .summary = "A `#' or `!' that cuts off the end of a word",
         .detail =
             "For keepalived both characters begin a comment wherever they stand outside double quotes, also in the "
             "middle of a word (keepalived.conf(5): comments start with `#' or `!'). A password, a path or a "
             "pattern with one of them is cut off there without a word, and the short one is used. Put the word "
             "into double quotes. Where a comment is meant, write a blank before it. Told only of words that can "
             "be any text.",
         .example = "path /page#top",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
