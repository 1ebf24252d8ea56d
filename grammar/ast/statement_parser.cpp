#include "grammar/ast/statement_parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/keywords/usage.h"
#include "grammar/syntax/script_words.h"

namespace lbctl::ast {

namespace {

/// What was probably meant by a `{' after a statement whose keyword takes no block.
std::string hint_for_block(const Node& node, bool on_next_line) {
    if (on_next_line) return "or is the keyword missing that stood before this `{'?";
    for (const syntax::Word& word : node.arguments) {
        const keywords::Keyword* const other = keywords::find_keyword(node.keyword->context, word.text());
        if (other != nullptr && other->opens_block()) return fmt::format("{} needs a line of its own", other->name);
    }
    const std::string usage = keywords::usage_of(node.keyword->arguments);
    return fmt::format("write {}{}{}", node.keyword->name, usage.empty() ? "" : " ", usage);
}

}  // namespace

/// A statement is complete only when the next one begins: until then a block may turn out to go on.
std::optional<Node> StatementParser::next() {
    read_statements(0, nullptr);
    if (!std::exchange(at_end_, peek() == nullptr) && at_end_) report_unclosed();
    if (statements_.empty()) return std::nullopt;
    const Node statement = statements_.back();
    statements_.pop_back();
    return statement;
}

/// Whether a line of the top level can be nothing else than the begin of another statement.
bool StatementParser::begins_statement(const Line& line) {
    if (line.kind != Line::Kind::text) return false;
    syntax::split_words(line, spans_);
    return !spans_.words.empty() && keywords::find_keyword(keywords::top_context, spans_.words.front().text) != nullptr;
}

std::span<Node> StatementParser::take_statements(std::size_t first) {
    const auto taken = arena_.keep_all(std::span<const Node>(statements_).subspan(first));
    statements_.resize(first);
    return taken;
}

source::Finding& StatementParser::report(std::string_view rule, Severity severity, const Location& where,
                                         std::string message, std::string hint) {
    findings_.push_back({rule, severity, where, std::move(message), std::move(hint), {}, {}});
    return findings_.back();
}

std::span<const syntax::WordSpan> StatementParser::words_of(const Line& line) {
    syntax::split_words(line, spans_);
    if (spans_.unmatched_quote) {
        report_open_quote(line.text.location(*spans_.unmatched_quote, *spans_.unmatched_quote + 1),
                          "with its backslashes read as plain characters, this line has a quote that is never closed");
    }
    return spans_.words;
}

std::span<syntax::Word> StatementParser::keep_words(const Line& line, std::span<const WordSpan> spans) {
    return arena_.make_each<Word>(spans.size(), [&](std::size_t i) { return word_at(line, spans[i]); });
}

void StatementParser::report_open_quote(const Location& where, std::string message) {
    if (findings_.facts().is_in_open_string(where)) return;
    report("unterminated-quote", Severity::error, where, std::move(message));
    findings_.facts().note_open_string(where);
}

/// Of a line whose words are not known yet. False when there are none.
bool StatementParser::find_words(Node& node, const Line& line) {
    const auto spans = words_of(line);
    if (spans.empty()) return false;
    node.head = word_at(line, spans.front());
    node.arguments = keep_words(line, spans.subspan(1));
    return true;
}

/// Splits the command that a keyword takes. Where there is none, `open` says what is told to be open.
void StatementParser::add_command(Node& node, const Line& line, OpenCommand& open) {
    std::size_t at = std::string_view::npos;
    const std::vector<Word> words = syntax::split_script_words(arena_, line.text, at);
    if (at != std::string_view::npos) {
        const Location where = line.text.location(at, at + 1);
        if (findings_.facts().is_in_open_string(where)) return;
        open.where = where;
        open.sign = line.text.bytes()[at];
        if (open.sign == '\\') {
            report("unterminated-quote", Severity::error, where,
                   "nothing follows this backslash, so the command is lost",
                   "it does not join the next line to this one");
        } else {
            report("unterminated-quote", Severity::error, where, "this quote is never closed, so the command is lost");
        }
        open.finding = findings_.index_of_last();
        findings_.facts().note_open_string(where);
    }
    if (words.empty()) return;
    const std::string_view bytes = line.text.bytes();
    if (bytes.ends_with("\";") || bytes.ends_with("';")) {
        report("trailing-semicolon", Severity::warning, line.text.location(bytes.size() - 1, bytes.size()),
               "the `;' is taken for a part of the command", "a line needs no `;' at its end");
    }
    node.takes_command = true;
    node.arguments = arena_.keep_all(std::span(words).subspan(1));
}

/// Reads what a block holds. The statements from `first` on belong to it already.
void StatementParser::read_body(Node& node, const Level& level, Braces braces, std::size_t first) {
    levels_.push_back(level);
    levels_.back().misaligned_before = misaligned_.size();
    read_statements(first, &braces);
    levels_.pop_back();
    node.children = take_statements(first);
    node.braces = arena_.make(braces);
}

void StatementParser::read_block(Node& node, source::Position indentation) {
    const Keyword& keyword = *node.keyword;
    const Location header = node.head.where();
    Level inside{&keyword, keyword.inside, header, indentation};
    if (const Line* after = peek(); after != nullptr && after->kind == Line::Kind::text) complete_header(node);
    source::Place open = node.head.place();
    const Line* next = peek();
    if (next != nullptr && next->kind == Line::Kind::open) {
        open = next->text.place(arena_);
        lines_.pass();
        if (node.arguments.empty()) take_name_after_brace(node);
    } else if (next != nullptr && balance() >= 0 && takes_entry_for_block(node)) {
        return;
    } else if (!take_bracket(node, inside)) {
        next = peek();
        const Location where = next == nullptr ? lines_.end() : next->text.location();
        // Of blocks without keywords of their own keepalived says nothing: it reads lines up to the next `}'. Where a
        // `}' is left over, the processes that pass over such blocks close one block too many.
        const bool one_too_many = balance() < 0;
        inside.unopened = !one_too_many && entry_follows(keyword);
        const bool takes_more = one_too_many || (inside.unopened && takes_outer_lines(indentation));
        const Severity severity = keyword.kind == Kind::block || takes_more ? Severity::error : Severity::warning;
        Finding& finding = report("missing-open-brace", severity, where,
                                  fmt::format("the `{{' of {} is missing before this", keyword.name));
        finding.notes.push_back({header.range, fmt::format("{} begins here", keyword.name)});
        const Word& last = node.arguments.empty() ? node.head : node.arguments.back();
        finding.remedy = {source::Remedy::Kind::open_block, {}, source::Applicability::needs_review, last.where()};
        if (!inside.unopened && !body_follows(keyword)) {
            node.braces = arena_.make(Braces{open, open});
            return;
        }
        if (balance() < 0) ++balance();
    }
    read_body(node, inside, {open, open}, statements_.size());
}

bool StatementParser::read_close(Braces* braces) {
    const Line& line = *peek();
    Level& current = level();
    const Location where = line.text.location();
    if (current.unopened && line_of(current.header) != line_of(where) &&
        current.indentation.column > line.indentation.column) {
        leave_to_ = levels_.size() - 1;
        return false;
    }
    lines_.pass();
    if (current.unopened) {
        // The block around it lacks this one now.
        ++balance();
        end_is_told_ = true;
    }
    if (current.anonymous > 0) {
        --current.anonymous;
        return false;
    }
    if (current.keyword == nullptr) {
        report("extra-close-brace", Severity::error, where, "no block is open that this `}' could close").remedy = {
            source::Remedy::Kind::leave_out};
        if (balance() < 0) ++balance();
        return false;
    }
    const bool own_line = current.header.range.begin.line != where.range.begin.line;
    if (own_line && current.indentation.column > line.indentation.column) {
        misaligned_.push_back({where, current.header, current.keyword->name});
    }
    braces->close = line.text.place(arena_);
    last_close_ = where;
    return true;
}

void StatementParser::read_open(std::size_t first) {
    const bool holds_keywords = holds_statements();
    const Line line = *peek();
    const Location where = line.text.location();
    const bool after_text = lines_.passed() != nullptr && lines_.passed()->kind == Line::Kind::text;
    if (after_text && statements_.size() > first && statements_.back().keyword != nullptr && balance() <= 0) {
        report("block-where-value", Severity::error, where,
               fmt::format("{} takes no block", statements_.back().head.text()),
               hint_for_block(statements_.back(), line_of(statements_.back().head.where()) != line_of(where)));
        findings_.facts().note_spoilt(where);
        skip_block(line);
        return;
    }
    if (reads_entries() && balance() <= 0) {
        report("unexpected-open-brace", Severity::error, where,
               fmt::format("{} holds no blocks", level().keyword->name));
        skip_block(line);
        return;
    }
    report("unexpected-open-brace", Severity::error, where, "no keyword stands before this `{'",
           "keepalived ignores it, and takes its `}' for the end of the block around it");
    if (balance() <= 0 && !holds_keywords) {
        // It was the keyword that got lost.
        skip_block(line);
        return;
    }
    lines_.pass();
    if (balance() > 0)
        --balance();
    else
        ++level().anonymous;
}

void StatementParser::read_keyword(std::size_t first) {
    const Line& line = *peek();
    Node node;
    if (line.word_count > 0) {
        const auto word = [&](std::size_t i) {
            return Word::of_file(line.text, line.words[i].begin, line.words[i].end);
        };
        node.head = word(0);
        node.arguments = arena_.make_each<Word>(line.word_count - 1U, [&](std::size_t i) { return word(i + 1); });
    } else if (!find_words(node, line)) {
        lines_.pass();
        return;
    }
    node.keyword = keywords::find_keyword(level().context, node.head.text());
    const source::Position indentation = line.indentation;
    if (node.keyword != nullptr) {
        OpenCommand open;
        if (node.keyword->takes_command) add_command(node, line, open);
        lines_.pass();
        if (open.sign != '\0') pass_over_command(open);
    } else if (!goes_on_after_backslash(node)) {
        read_unknown(first, node.head, Line(*peek()));
        return;
    }
    if (node.keyword->opens_block()) read_block(node, indentation);
    statements_.push_back(node);
}

void StatementParser::skip_block_in_list() {
    const Line line = *peek();
    report("unexpected-open-brace", Severity::error, line.text.location(),
           fmt::format("a block opens here, and {} holds none", level().keyword->name));
    lines_.pass();
    skip_block(line);
}

void StatementParser::read_entry() {
    auto words = words_of(*peek());
    if (!words.empty() && (belongs_outside_list(words.front().text) || belongs_further_out(words.front().text))) return;
    if (const Line* behind = lines_.ahead(1); behind != nullptr && behind->kind == Line::Kind::open && balance() <= 0) {
        skip_block_in_list();
        return;
    }
    const Line& line = *peek();
    words = words_of(line);
    lines_.pass();
    const std::size_t length = level().keyword->kind == Kind::list ? 1 : words.size();
    for (; !words.empty(); words = words.subspan(length)) {
        Node node;
        node.arguments = keep_words(line, words.first(length));
        node.head = node.arguments.front();
        statements_.push_back(node);
    }
}

/// Reads what follows up to the end of the block that is open, or at the top up to the line that begins another
/// statement.
void StatementParser::read_statements(std::size_t first, Braces* braces) {
    const std::size_t depth = levels_.size();
    leave_to_ = depth;
    while (const Line* line = peek()) {
        const bool at_top = braces == nullptr;
        if (at_top && !statements_.empty() && begins_statement(*line)) return;
        bool closed = false;
        if (!ends_with_its_file()) {
            line = peek();
            const std::string_view bytes = line->text.bytes();
            const bool is_open = line->kind == Line::Kind::open;
            if (line->kind == Line::Kind::close) {
                closed = read_close(braces);
            } else if (is_open ? closes_with_open() : bytes.size() <= longest_bracket && closes_with_bracket(bytes)) {
                braces->close = peek()->text.place(arena_);
                lines_.pass();
                closed = true;
            } else if (is_open) {
                read_open(first);
            } else if (reads_entries()) {
                read_entry();
            } else {
                read_keyword(first);
            }
        }
        if (closed) return;
        if (leave_to_ < depth) {
            if (!at_top && lines_.passed() != nullptr) braces->close = lines_.passed()->text.place(arena_);
            return;
        }
        leave_to_ = depth;
    }
    if (braces != nullptr) {
        braces->close = source::place_of(arena_, lines_.end());
        unclosed_.push_back(level());
    }
}

}  // namespace lbctl::ast
