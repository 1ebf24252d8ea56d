#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "grammar/ast/split_statement.h"
#include "grammar/ast/statement_parser.h"
#include "grammar/ast/unknown_keyword.h"
#include "grammar/keywords/argument_pattern.h"
#include "grammar/syntax/parameters.h"

namespace lbctl::ast {

namespace {

/// What somebody may write for a brace, and what closes it then.
struct OtherBracket {
    std::string_view open;
    std::string_view close;
};
constexpr std::array<OtherBracket, 4> other_brackets{
    {{"(", ")"}, {"[", "]"}, {"<", ">"}, {"\xEF\xBD\x9B", "\xEF\xBD\x9D"}}};

/// A `}` for each of these blocks, the innermost first, before the place of a finding.
source::Remedy close_before(std::vector<source::Location> blocks) {
    return {source::Remedy::Kind::close_before, {}, source::Applicability::needs_review, {}, std::move(blocks)};
}

/// The same after it.
source::Remedy close_after(std::vector<source::Location> blocks) {
    return {source::Remedy::Kind::close_after, {}, source::Applicability::needs_review, {}, std::move(blocks)};
}

/// The headers of the `count` blocks that were opened last, the innermost first.
std::vector<source::Location> headers_of_last(std::span<const Level> levels, std::size_t count) {
    std::vector<source::Location> headers;
    for (std::size_t i = 0; i < count; ++i) headers.push_back(levels[levels.size() - 1 - i].header);
    return headers;
}

std::string what_stands_on_next_line(const Node& node) {
    return fmt::format("what {} takes stands on the next line", node.head.text());
}

}  // namespace

/// Takes the bracket that somebody wrote for the brace of a block, after its header or on the next line, and tells so.
/// False when there is none.
bool StatementParser::take_bracket(Node& node, Level& inside) {
    const bool closes = peek() != nullptr && peek()->kind == Line::Kind::close;
    if (closes && balance() < -1 && line_of(peek()->text.location()) == line_of(node.head.where())) {
        report("missing-open-brace", Severity::error, peek()->text.location(),
               fmt::format("a `}}' stands where the `{{' of {} must", node.keyword->name));
        lines_.pass();
        balance() += 2;
        return true;
    }
    const auto find = [](std::string_view word) {
        return std::ranges::find(other_brackets, word, &OtherBracket::open);
    };
    const auto* bracket = other_brackets.end();
    Location where;
    if (!node.arguments.empty()) {
        bracket = find(node.arguments.back().text());
        where = node.arguments.back().where();
    }
    if (bracket != other_brackets.end()) {
        node.arguments = node.arguments.first(node.arguments.size() - 1);
    } else if (peek() != nullptr && peek()->kind == Line::Kind::text) {
        bracket = find(peek()->text.bytes());
        where = peek()->text.location();
        if (bracket != other_brackets.end()) lines_.pass();
    }
    if (bracket == other_brackets.end()) return false;
    report("missing-open-brace", Severity::error, where,
           fmt::format("a `{}' stands where the `{{' of {} must", bracket->open, node.keyword->name),
           "write `{', and `}' at the end of the block");
    if (balance() < 0)
        ++balance();
    else
        inside.closer = bracket->close;
    return true;
}

/// Whether the next line, `sign`, is a bracket that somebody wrote for the brace that closes the block, and tells so.
bool StatementParser::closes_with_bracket(std::string_view sign) {
    if (level().keyword == nullptr) return false;
    if (sign == level().closer) return true;
    const auto* const bracket = std::ranges::find(other_brackets, sign, &OtherBracket::close);
    if (bracket == other_brackets.end() || balance() <= 0) return false;
    report("missing-close-brace", Severity::error, peek()->text.location(),
           fmt::format("a `{}' stands where the `}}' of {} must", bracket->close, level().keyword->name));
    --balance();
    return true;
}

/// Whether the next line, a `{`, stands where the block must be closed: as far out as its keyword.
bool StatementParser::closes_with_open() {
    if (level().keyword == nullptr || balance() < 2) return false;
    if (peek()->indentation.column != level().indentation.column) return false;
    report("missing-close-brace", Severity::error, peek()->text.location(),
           fmt::format("a `{{' stands where the `}}' of {} must", level().keyword->name));
    balance() -= 2;
    return true;
}

/// Where what a list holds stands after its keyword, without braces, tells so and reads it as if it stood inside.
bool StatementParser::takes_entry_for_block(Node& node) {
    const Keyword& keyword = *node.keyword;
    if (keyword.kind == Kind::block || keyword.arguments != "END" || node.arguments.empty()) return false;
    const std::vector<std::string_view> texts = texts_of(node.arguments);
    const std::span words(texts);
    const std::size_t length = keyword.kind == Kind::list ? 1 : words.size();
    for (std::size_t i = 0; i < words.size(); i += length) {
        if (!keywords::match_entry(keyword, words.subspan(i, length)).fits()) return false;
    }
    std::vector<Node> entries;
    for (std::size_t i = 0; i < words.size(); i += length) {
        Node entry;
        entry.arguments = node.arguments.subspan(i, length);
        entry.head = entry.arguments.front();
        entries.push_back(entry);
    }
    report("missing-open-brace", Severity::error, node.arguments.front().where(),
           fmt::format("{} opens a block, and this belongs inside it", keyword.name),
           fmt::format("write `{} {{', this on the next line, and `}}' on one more", keyword.name));
    node.children = arena_.keep_all(std::span<const Node>(entries));
    node.arguments = {};
    node.braces = arena_.make(Braces{node.head.place(), node.head.place()});
    return true;
}

/// The first brace inside a block that stands further out than what it closes; null when there is none.
const Misaligned* StatementParser::misaligned_inside(const Level& level) const {
    return level.misaligned_before < misaligned_.size() ? &misaligned_[level.misaligned_before] : nullptr;
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
        if (const Misaligned* const candidate = misaligned_inside(inner)) {
            finding.notes.push_back(
                {candidate->brace.range, fmt::format("this `}}' closes the {} of line {}", candidate->keyword,
                                                     candidate->header.range.begin.line)});
        }
        finding.remedy = close_before(headers_of_last(levels_, missing));
        balance() -= static_cast<int>(missing);
        leave_to_ = depth + 1;
        return true;
    }
    return false;
}

/// Whether the next line shows that the block that was closed last goes on. What stands after that belongs to it, too.
bool StatementParser::reopen_last(std::size_t first, std::string_view word) {
    if (!last_close_ || balance() >= 0) return false;
    constexpr std::size_t most_after = 1000;
    std::size_t at = statements_.size();
    const std::size_t furthest = at - std::min(at - first, most_after);
    while (at > furthest && statements_[at - 1].braces == nullptr) --at;
    if (at == furthest) return false;
    Node last = statements_[at - 1];
    if (last.keyword == nullptr) return false;
    const std::span<const Node> children = last.children;
    const std::size_t put_back = children.size() + (statements_.size() - at);
    // Every time the whole block is copied: that does not go on for ever.
    if (put_back > may_put_back_) return false;
    const keywords::ContextId context = last.keyword->inside;
    const std::span<Node> behind = std::span(statements_).subspan(at);
    if (last.keyword->kind == Kind::block) {
        if (keywords::find_keyword(context, word) == nullptr) return false;
        const auto in_block = [&](const Node& node) { return keywords::find_keyword(context, node.head.text()); };
        if (!std::ranges::all_of(behind, in_block)) return false;
        for (Node& node : behind) node.keyword = in_block(node);
    } else if (!behind.empty() || !keywords::match_entry(*last.keyword, texts_of(words_of(*peek()))).fits()) {
        return false;
    }
    Finding& finding = report("extra-close-brace", Severity::error, peek()->text.location(0, word.size()),
                              fmt::format("`{}' stands behind the end of its {}: there is a `}}' too many before it",
                                          word, last.keyword->name));
    finding.notes.push_back({last_close_->range, fmt::format("this `}}' closes the {}", last.keyword->name)});
    ++balance();
    may_put_back_ -= put_back;
    const auto place = statements_.erase(statements_.begin() + static_cast<std::ptrdiff_t>(at - 1));
    statements_.insert(place, children.begin(), children.end());
    read_body(last, {last.keyword, context, last.head.where(), {}, 0}, *last.braces, at - 1);
    statements_.push_back(last);
    return true;
}

/// Passes over the block of a word that is not known, so that it gives no further findings. The finding that was told
/// last says why; what is passed over is kept with it.
void StatementParser::skip_block(const Line& header) {
    const std::optional<std::size_t> cause = findings_.index_of_last();
    std::vector<std::string> passed_over{std::string(header.text.bytes())};
    pass_over_block(header, passed_over);
    if (cause) findings_[*cause].passed_over = std::move(passed_over);
}

void StatementParser::pass_over_block(const Line& header, std::vector<std::string>& passed_over) {
    int depth = 0;
    while (const Line* line = peek()) {
        if (line->kind == Line::Kind::open) ++depth;
        if (line->kind == Line::Kind::close && --depth == 0) {
            lines_.pass();
            return;
        }
        if (lines_.has_ended(header.text.location().range.file) && balance() > 0) {
            balance() -= depth;
            Finding& finding = report("missing-close-brace", Severity::error, header.text.location(),
                                      "the block that opens here is not closed in its file");
            finding.notes.push_back({peek()->text.location().range, "the file that includes it goes on here"});
            return;
        }
        line = peek();
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
                finding.remedy = close_before({header.text.location()});
                return;
            }
        }
        line = peek();
        if (line->kind == Line::Kind::text) passed_over.emplace_back(line->text.bytes());
        lines_.pass();
    }
    if (depth > 0) lost_block_ = header.text.location();
}

void StatementParser::read_unknown(std::size_t first, const Word& word, const Line& line) {
    if (findings_.facts().string_goes_on_in(word.where())) {
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
    const auto words = words_of(line);
    const std::string_view next = words.size() > 1 ? words[1].text : std::string_view();
    findings_.push_back(unknown_keyword(word, next, level().keyword, has_block));
    if (!has_block) return;
    findings_.back().notes.push_back({peek()->text.location().range, "nothing in this block is checked"});
    skip_block(line);
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
    return !words.empty() && keywords::find_keyword(keyword.inside, words.front().text) != nullptr &&
           keywords::find_keyword(level().context, words.front().text) == nullptr;
}

/// Whether the next line is an entry of a list whose brace is missing.
bool StatementParser::entry_follows(const Keyword& list) {
    if (list.kind == Kind::block || peek() == nullptr || peek()->kind != Line::Kind::text) return false;
    const auto words = words_of(*peek());
    if (words.empty() || keywords::find_keyword(level().context, words.front().text) != nullptr) return false;
    const std::vector<std::string_view> texts = texts_of(words.first(list.kind == Kind::list ? 1 : words.size()));
    return keywords::match_entry(list, texts).fits();
}

/// Whether keepalived, which reads a list up to the next `}', takes more than the entries: other statements of the
/// block around it, or the `}' of that block, so that what stands after it is read at the wrong level.
bool StatementParser::takes_outer_lines(source::Position indentation) {
    constexpr std::size_t most_lines = 1000;
    for (std::size_t n = 0; n < most_lines; ++n) {
        const Line* line = lines_.ahead(n);
        if (line == nullptr || line->kind == Line::Kind::open) return false;
        if (line->kind == Line::Kind::close)
            return line->indentation.column < indentation.column && lines_.ahead(n + 1) != nullptr;
        const auto words = words_of(*line);
        const bool is_outer = !words.empty() && std::ranges::any_of(levels_, [&](const Level& each) {
            return keywords::find_keyword(each.context, words.front().text) != nullptr;
        });
        if (is_outer) return true;
    }
    return false;
}

/// Whether a list without braces ends before the next line, which begins with a keyword of a block around it.
bool StatementParser::belongs_outside_list(std::string_view word) {
    if (!level().unopened) return false;
    for (std::size_t depth = levels_.size() - 1; depth-- > 0;) {
        if (keywords::find_keyword(levels_[depth].context, word) == nullptr) continue;
        leave_to_ = levels_.size() - 1;
        return true;
    }
    return false;
}

/// Where the file in which the block opens has ended: whether what follows in the file that includes it cannot stand in
/// the block. Tells so, once for all blocks that the file leaves open.
bool StatementParser::closes_blocks_of_file() {
    if (balance() <= 0) return false;
    const Line& next = *peek();
    if (next.kind == Line::Kind::open) return false;
    if (next.kind == Line::Kind::text) {
        const auto words = words_of(next);
        if (words.empty()) return false;
        const std::string_view word = words.front().text;
        const auto stands_in = [&](const Level& each) { return keywords::find_keyword(each.context, word) != nullptr; };
        const bool is_outside = std::any_of(levels_.begin(), levels_.end() - 1, stands_in);
        const bool is_entry =
            reads_entries() && !is_outside && keywords::match_entry(*level().keyword, texts_of(words)).fits();
        if (is_entry || (!reads_entries() && stands_in(level()))) return false;
    }
    const source::FileId file = level().header.range.file;
    std::vector<Level> open;  // innermost first
    while (open.size() + 1 < levels_.size() && levels_[levels_.size() - 1 - open.size()].header.range.file == file)
        open.push_back(levels_[levels_.size() - 1 - open.size()]);
    report_unclosed_in(file, open);
    balance() -= static_cast<int>(open.size());
    leave_to_ = levels_.size() - open.size();
    return true;
}

/// Tells that a statement goes on in the next line, and reads both as one, as far as keepalived could read such a line.
/// `begin` is the line with the keyword.
void StatementParser::join_lines(Node& node, syntax::Text begin, std::string message) {
    const source::Range next = peek()->text.location().range;
    const syntax::Text blank = syntax::Text::replacement(" ", node.head.where());
    std::size_t size = begin.size();
    std::vector<syntax::Text> parts{std::move(begin)};
    bool goes_on = true;
    while (goes_on && peek() != nullptr && peek()->kind == Line::Kind::text) {
        const syntax::Text& line = peek()->text;
        goes_on = line.bytes().ends_with('\\');
        if (size <= syntax::longest_line) {
            syntax::Text& last = parts.back();
            if (last.bytes().ends_with('\\')) last = trimmed(last.slice(0, last.size() - 1));
            if (last.empty() && parts.size() > 1)
                last = line;
            else
                parts.insert(parts.end(), {blank, line});
            size += 1 + line.size();
        }
        lines_.pass();
    }
    const syntax::Text whole = syntax::Text::joined(parts);
    syntax::split_words(whole.bytes(), spans_);
    const std::span<const WordSpan> words = spans_.words;
    node.arguments = keep_words({Line::Kind::text, whole, {}}, words.subspan(1));
    Finding& finding =
        report("split-line", Severity::error, node.head.where(), std::move(message),
               whole.size() > syntax::longest_line ? fmt::format("a line can have {} bytes", syntax::longest_line)
                                                   : fmt::format("write `{}' on one line", whole.bytes()));
    finding.notes.push_back({next, "keepalived reads this as a line of its own"});
    findings_.facts().note_spoilt(finding.where);
}

/// Where the line that is read next is no statement, but completes the one before it.
bool StatementParser::completes_last(std::size_t first) {
    if (statements_.size() == first || lines_.passed() == nullptr) return false;
    Node& last = statements_.back();
    const Line& line = *lines_.passed();
    if (last.keyword == nullptr || last.keyword->opens_block() || line.kind != Line::Kind::text) return false;
    if (line.text.location().range.begin != last.head.where().range.begin) return false;
    // The text after an open quote is lost, but it was on this line.
    const source::ReadingFacts& facts = findings_.facts();
    if (facts.is_in_open_string(last.head.where()) || facts.is_in_open_string(peek()->text.location())) return false;
    if (!completes(*last.keyword, texts_of(last.arguments), texts_of(words_of(*peek())))) return false;
    join_lines(last, line.text, what_stands_on_next_line(last));
    return true;
}

/// The same for the header of a block, of which the brace stands after the next line.
void StatementParser::complete_header(Node& node) {
    const Line* const behind = lines_.ahead(1);
    if (behind == nullptr || behind->kind != Line::Kind::open) return;
    const auto words = words_of(*peek());
    if (words.empty()) return;
    if (completes(*node.keyword, texts_of(node.arguments), texts_of(words))) {
        join_lines(node, lines_.passed()->text, what_stands_on_next_line(node));
        return;
    }
    if (balance() != 0 || !keywords::find_everywhere(words.front().text).empty()) return;
    // What nobody knows has come between the keyword and its brace.
    findings_.push_back(unknown_keyword(word_at(*peek(), words.front()), {}, level().keyword, false));
    lines_.pass();
}

/// The same for a keyword whose line is nothing but that and a backslash, which for keepalived belongs to the word.
bool StatementParser::goes_on_after_backslash(Node& node) {
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

/// Where the name of a block stands after its brace, reads it as if it stood before.
void StatementParser::take_name_after_brace(Node& node) {
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
    findings_.facts().note_spoilt(node.head.where());
    lines_.pass();
}

/// Passes over the rest of a command that has just been told to be open, if the next lines are that. They are no words,
/// so that nothing is told of the quotes in them.
void StatementParser::pass_over_command(const OpenCommand& open) {
    constexpr std::size_t most_lines = 20;
    for (std::size_t n = 0; n < most_lines; ++n) {
        const Line* const line = lines_.ahead(n);
        if (line == nullptr || line->kind != Line::Kind::text) return;
        const std::string_view bytes = line->text.bytes();
        syntax::split_words(*line, spans_);
        const auto& words = spans_.words;
        if (words.empty() || !keywords::find_everywhere(words.front().text).empty()) return;
        if (open.sign == '\\' ? bytes.ends_with('\\') : std::ranges::count(bytes, open.sign) % 2 == 0) continue;
        findings_.facts().note_string_goes_on(open.where, line_of(line->text.location()).second);
        if (open.finding) {
            // Behind it may stand others by now: the reader has read on.
            findings_[*open.finding].notes.push_back(
                {line->text.location().range, "nothing reads what it was meant to go on with"});
        }
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
    if ((unclosed_.empty() && !lost_block_) || end_is_told_) return;
    if (unclosed_.empty()) {
        const bool is_main = lost_block_->range.file == lines_.end().range.file;
        report("missing-close-brace", Severity::error, is_main ? lines_.end() : *lost_block_,
               is_main ? "the file ends inside a block: a `}' is missing"
                       : "the block that opens here is not closed in its file");
        return;
    }
    const Level& outermost = unclosed_.back();
    if (const Misaligned* const candidate = misaligned_inside(outermost)) {
        Finding& finding =
            report("missing-close-brace", Severity::error, candidate->brace,
                   fmt::format("a `}}' is missing before this one, which closes {}", candidate->keyword));
        finding.notes.push_back({candidate->header.range, fmt::format("{} opens here", candidate->keyword)});
        finding.remedy = close_before({candidate->header});
        return;
    }
    // A file that is included leaves open what it opens itself: that is told once, where it is to be mended.
    for (std::span<const Level> rest = unclosed_; !rest.empty();) {
        const source::FileId file = rest.front().header.range.file;
        const auto other =
            std::ranges::find_if(rest, [&](const Level& each) { return each.header.range.file != file; });
        const std::span<const Level> in_file(rest.begin(), other);
        report_unclosed_in(file, in_file);
        rest = rest.subspan(in_file.size());
    }
}

void StatementParser::report_unclosed_in(source::FileId file, std::span<const Level> open) {
    const bool is_main = file == lines_.end().range.file;
    const bool has_line = lines_.passed() != nullptr && lines_.passed()->text.location().range.file == file;
    const source::Location where = is_main    ? lines_.end()
                                   : has_line ? lines_.passed()->text.location()
                                              : open.front().header;
    const std::string inside =
        fmt::format("{} file ends inside {}", is_main ? "the" : "this", open.front().keyword->name);
    Finding& finding = report("missing-close-brace", Severity::error, where,
                              open.size() == 1 ? fmt::format("{}: a `}}' is missing", inside)
                                               : fmt::format("{}: {} `}}' are missing", inside, open.size()));
    std::vector<source::Location> headers;
    for (const Level& each : open) {
        finding.notes.push_back({each.header.range, fmt::format("{} opens here", each.keyword->name)});
        headers.push_back(each.header);
    }
    if (is_main || has_line) finding.remedy = close_after(std::move(headers));
}

}  // namespace lbctl::ast
