#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "grammar/ast/split_statement.h"
#include "grammar/ast/statement_parser.h"
#include "grammar/ast/unknown_keyword.h"
#include "grammar/keywords/argument_pattern.h"

namespace lbctl::ast {

namespace {

constexpr std::array<OtherBracket, 3> other_brackets{{{"(", ")"}, {"[", "]"}, {"<", ">"}}};

std::string what_stands_on_next_line(const Node& node) {
    return fmt::format("what {} takes stands on the next line", node.head.text());
}

}  // namespace

/// The bracket that somebody wrote for the brace of a block.
const OtherBracket* StatementParser::bracket_behind(const Node& node) {
    if (node.arguments.empty()) return nullptr;
    const auto* const found = std::ranges::find(other_brackets, node.arguments.back().text(), &OtherBracket::open);
    return found == other_brackets.end() ? nullptr : found;
}

/// Whether the next line, which begins with `word`, shows that a `}` is missing before it.
bool StatementParser::belongs_further_out(std::string_view word) {
    for (std::size_t depth = levels_.size() - 1; depth-- > 0;) {
        const Keyword* keyword = keywords::find_keyword(levels_[depth].context, word);
        if (keyword == nullptr) continue;
        if (balance() <= 0) return false;
        const Line& line = *peek();
        const Level& inner = levels_[depth + 1];
        if (!keyword->opens_block() && line.indentation.column > inner.indentation.column) return false;
        const auto missing = levels_.size() - 1 - depth;
        Finding& finding =
            report("missing-close-brace", Severity::error, line.text.location(0, word.size()),
                   fmt::format("`{}' cannot stand in {}: a `}}' is missing before it", word, level().keyword->name));
        finding.notes.push_back(
            {inner.header.range, fmt::format("{} opens here and is not closed", inner.keyword->name)});
        for (const Misaligned& candidate : misaligned_) {
            if (candidate.depth < depth) continue;
            finding.notes.push_back(
                {candidate.brace.range, fmt::format("this `}}' closes the {} of line {}", candidate.keyword,
                                                    candidate.header.range.begin.line)});
            break;
        }
        balance() -= static_cast<int>(missing);
        leave_to_ = depth + 1;
        return true;
    }
    return false;
}

bool StatementParser::reopen_last(std::size_t first, std::string_view word) {
    if (statements_.size() == first || !last_close_ || balance() >= 0) return false;
    Node last = statements_.back();
    if (last.keyword == nullptr || last.keyword->kind != Kind::block || last.braces == nullptr) return false;
    const keywords::ContextId context = keywords::context_id_inside(*last.keyword);
    if (keywords::find_keyword(context, word) == nullptr) return false;
    Finding& finding = report("extra-close-brace", Severity::error, peek()->text.location(0, word.size()),
                              fmt::format("`{}' stands behind the end of its {}: there is a `}}' too many before it",
                                          word, last.keyword->name));
    finding.notes.push_back({last_close_->range, fmt::format("this `}}' closes the {}", last.keyword->name)});
    ++balance();
    statements_.pop_back();
    read_body(last, {last.keyword, context, last.head.where(), {}, 0}, *last.braces);
    statements_.push_back(last);
    return true;
}

/// Passes over the block of a word that is not known, so that it gives no further findings.
void StatementParser::skip_block(const Line& header) {
    int depth = 0;
    while (const Line* line = peek()) {
        if (line->kind == Line::Kind::open) ++depth;
        if (line->kind == Line::Kind::close && --depth == 0) {
            lines_.pass();
            return;
        }
        if (line->kind == Line::Kind::text && line->indentation.column <= header.indentation.column && balance() > 0) {
            line = peek();
            const auto words = words_of(*line);
            const Keyword* keyword =
                words.empty() ? nullptr : keywords::find_keyword(keywords::top_context, words.front().text);
            if (keyword != nullptr && keyword->opens_block()) {
                balance() -= depth;
                Finding& finding = report("missing-close-brace", Severity::error, word_at(*line, words.front()).where(),
                                          fmt::format("a `}}' is missing before this `{}'", words.front().text));
                finding.notes.push_back({header.text.location().range, "the block that opens here is not closed"});
                return;
            }
        }
        lines_.pass();
    }
    lost_block_ = depth > 0;
}

void StatementParser::read_unknown(std::size_t first, const Word& word, const Line& line) {
    if (open_quotes().go_on_in(word.where())) {
        lines_.pass();
        return;
    }
    if (completes_last(first) || reopen_last(first, word.text()) || belongs_further_out(word.text())) return;
    lines_.pass();
    if (const Keyword* include = keywords::find_keyword("*", word.text())) {
        read_include({include, word, {}, {}});
        return;
    }
    const bool has_block = peek() != nullptr && peek()->kind == Line::Kind::open;
    findings_.push_back(unknown_keyword(word, level().keyword, has_block));
    if (has_block) skip_block(line);
}

/// An include directive that the reader passed on, because it names nothing.
void StatementParser::read_include(Node node) {
    if (peek() != nullptr && peek()->kind == Line::Kind::text) {
        const auto words = words_of(*peek());
        if (words.size() == 1 && keywords::find_everywhere(words.front().text).empty()) {
            join_lines(node, lines_.passed()->text, what_stands_on_next_line(node));
            return;
        }
    }
    report("missing-argument", Severity::error, node.head.where(), fmt::format("{} names no file", node.head.text()));
}

/// Whether the block of a keyword goes on without its opening brace.
bool StatementParser::body_follows(const Keyword& keyword) {
    if (peek() == nullptr || peek()->kind == Line::Kind::open) return false;
    if (balance() < 0) return true;
    const Line& next = *peek();
    if (next.kind != Line::Kind::text || keyword.kind != Kind::block) return false;
    const auto words = words_of(next);
    return !words.empty() &&
           keywords::find_keyword(keywords::context_id_inside(keyword), words.front().text) != nullptr &&
           keywords::find_keyword(level().context, words.front().text) == nullptr;
}

std::span<const std::string_view> StatementParser::texts_of(std::span<const syntax::WordSpan> spans) {
    next_.clear();
    for (const WordSpan& span : spans) next_.push_back(span.text);
    return next_;
}

std::span<const std::string_view> StatementParser::texts_of(std::span<const Word> words) {
    written_.clear();
    for (const Word& word : words) written_.push_back(word.text());
    return written_;
}

/// Tells that a statement goes on in the next line, and reads both as one. `whole` is the line with the keyword.
void StatementParser::join_lines(Node& node, syntax::Text whole, std::string message) {
    const source::Range next = peek()->text.location().range;
    const syntax::Text blank = syntax::Text::replacement(" ", node.head.where());
    bool goes_on = true;
    while (goes_on && peek() != nullptr && peek()->kind == Line::Kind::text) {
        if (whole.bytes().ends_with('\\')) whole.cut(0, whole.size() - 1);
        whole = trimmed(whole).with_tail(blank).with_tail(peek()->text);
        goes_on = whole.bytes().ends_with('\\');
        lines_.pass();
    }
    syntax::split_words(whole.bytes(), spans_);
    const std::span<const WordSpan> words = spans_.words;
    node.arguments = keep_words({Line::Kind::text, whole, {}}, words.subspan(1));
    Finding& finding = report("split-line", Severity::error, node.head.where(), std::move(message),
                              fmt::format("write `{}' on one line", whole.bytes()));
    finding.notes.push_back({next, "keepalived reads this as a line of its own"});
}

/// Where the line that is read next is no statement, but completes the one before it.
bool StatementParser::completes_last(std::size_t first) {
    if (statements_.size() == first || lines_.passed() == nullptr) return false;
    Node& last = statements_.back();
    const Line& line = *lines_.passed();
    if (last.keyword == nullptr || last.keyword->opens_block() || line.kind != Line::Kind::text) return false;
    if (line.text.location().range.begin != last.head.where().range.begin) return false;
    // The text behind an open quote is lost, but it was on this line.
    if (open_quotes().touch(last.head.where()) || open_quotes().touch(peek()->text.location())) return false;
    if (!completes(*last.keyword, texts_of(last.arguments), texts_of(words_of(*peek())))) return false;
    join_lines(last, line.text, what_stands_on_next_line(last));
    return true;
}

/// The same for the header of a block, of which the brace stands behind the next line.
void StatementParser::complete_header(Node& node) {
    if (peek() == nullptr || peek()->kind != Line::Kind::text) return;
    const Line* const behind = lines_.ahead(1);
    if (behind == nullptr || behind->kind != Line::Kind::open) return;
    if (!completes(*node.keyword, texts_of(node.arguments), texts_of(words_of(*peek())))) return;
    join_lines(node, lines_.passed()->text, what_stands_on_next_line(node));
}

/// The same for a keyword whose line is nothing but that and a backslash, which for keepalived belongs to the word.
bool StatementParser::goes_on_behind_backslash(Node& node) {
    const std::string_view text = node.head.text();
    if (!text.ends_with('\\') || peek()->text.bytes() != text) return false;
    const std::string_view name = text.substr(0, text.size() - 1);
    const Keyword* const keyword = keywords::find_keyword(level().context, name);
    const Line* const next = lines_.ahead(1);
    if (keyword == nullptr || next == nullptr || next->kind != Line::Kind::text) return false;
    constexpr std::array<std::string_view, 1> backslash{"\\"};
    if (!completes(*keyword, backslash, texts_of(words_of(*next)))) return false;
    node.keyword = keyword;
    node.head = word_at(*peek(), {name, 0, name.size()});
    lines_.pass();
    join_lines(node, lines_.passed()->text, what_stands_on_next_line(node));
    return true;
}

/// Where the name of a block stands behind its brace, reads it as if it stood before.
void StatementParser::take_name_behind_brace(Node& node) {
    const Line* const next = peek();
    if (next == nullptr || next->kind != Line::Kind::text || node.keyword->arguments.empty()) return;
    if (line_of(next->text.location()) != line_of(node.head.where())) return;
    if (keywords::match_keyword(*node.keyword, {}).fits()) return;
    const auto words = words_of(*next);
    if (!completes(*node.keyword, {}, texts_of(words))) return;
    node.arguments = keep_words(*next, words);
    report("split-line", Severity::error, node.head.where(),
           fmt::format("what {} needs stands behind its `{{'", node.head.text()),
           fmt::format("write `{} {} {{'", node.head.text(), next->text.bytes()));
    lines_.pass();
}

/// Passes over the rest of a command of which `sign`, a single quote or a backslash, has just been told to be open, if
/// the next lines are that.
void StatementParser::pass_over_command(char sign) {
    constexpr std::size_t most_lines = 20;
    for (std::size_t n = 0; n < most_lines; ++n) {
        const Line* const line = lines_.ahead(n);
        if (line == nullptr || line->kind != Line::Kind::text) return;
        const auto words = words_of(*line);
        if (words.empty() || !keywords::find_everywhere(words.front().text).empty()) return;
        const std::string_view bytes = line->text.bytes();
        if (sign == '\\' ? bytes.ends_with(sign) : std::ranges::count(bytes, sign) % 2 == 0) continue;
        findings_.back().notes.push_back(
            {line->text.location().range, "nothing reads what it was meant to go on with"});
        lines_.pass(n + 1);
        return;
    }
}

/// Whether what stands in the block that opens here is known where the block stands.
bool StatementParser::holds_statements() {
    const Line* const next = lines_.ahead(1);
    if (next == nullptr || next->kind != Line::Kind::text) return false;
    const auto words = words_of(*next);
    return !words.empty() && keywords::find_keyword(level().context, words.front().text) != nullptr;
}

void StatementParser::report_unclosed() {
    if (unclosed_.empty() && !lost_block_) return;
    if (unclosed_.empty()) {
        report("missing-close-brace", Severity::error, lines_.end(), "the file ends inside a block: a `}' is missing");
        return;
    }
    const Level& outermost = unclosed_.back();
    const auto inside = [&](const Misaligned& candidate) { return outermost.header.range < candidate.header.range; };
    const auto candidate = std::find_if(misaligned_.begin(), misaligned_.end(), inside);
    if (candidate != misaligned_.end()) {
        Finding& finding =
            report("missing-close-brace", Severity::error, candidate->brace,
                   fmt::format("a `}}' is missing before this one, which closes {}", candidate->keyword));
        finding.notes.push_back({candidate->header.range, fmt::format("{} opens here", candidate->keyword)});
        return;
    }
    const std::string_view innermost = unclosed_.front().keyword->name;
    Finding& finding =
        report("missing-close-brace", Severity::error, lines_.end(),
               unclosed_.size() == 1
                   ? fmt::format("the file ends inside {}: a `}}' is missing", innermost)
                   : fmt::format("the file ends inside {}: {} `}}' are missing", innermost, unclosed_.size()));
    for (const Level& open : unclosed_)
        finding.notes.push_back({open.header.range, fmt::format("{} opens here", open.keyword->name)});
}

}  // namespace lbctl::ast
