#include "cli/render/fingerprint.h"

#include <fmt/format.h>

#include <string_view>

#include "cli/render/digest.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::cli {

namespace {

std::size_t words_before(std::string_view line, std::uint32_t column) {
    return syntax::split_words(line.substr(0, column - 1)).words.size();
}

/// A finding about a file as such stands before its first byte.
bool is_of_whole_file(const source::Range& range) {
    return range.begin == source::Position{} && range.end == range.begin;
}

}  // namespace

const BlockOutline& Fingerprints::outline_of(source::FileId file) {
    const auto found = outlines_.find(file);
    if (found != outlines_.end()) return found->second;
    return outlines_.emplace(file, BlockOutline(sources_, secrets_, file)).first->second;
}

const std::string& Fingerprints::text_of(source::FileId file, std::uint32_t number, std::string_view line) {
    if (last_.file != file || last_.number != number)
        last_ = {file, number, normalised_line(ast::without_secret(line, secrets_.in_line(file, number)))};
    return last_.text;
}

std::string Fingerprints::of(const source::Finding& finding) {
    const source::Range& range = finding.where.range;
    if (is_of_whole_file(range)) return digest_of(finding.rule);
    const BlockOutline& outline = outline_of(range.file);
    const std::uint32_t number = range.begin.line;
    const std::string_view line = sources_.line(range.file, number);
    return digest_of(fmt::format("{}\n{}{}\n{} {}", finding.rule, outline.heads_around(number),
                                 text_of(range.file, number, line), outline.equal_lines_before(number),
                                 words_before(line, range.begin.column)));
}

}  // namespace lbctl::cli
