#include "grammar/ast/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/script_words.h"

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using keywords::Kind;
using source::Finding;
using source::Location;
using source::Severity;
using syntax::Line;
using syntax::Word;
using syntax::WordSpan;

/// A block that is being read.
struct Level {
    const Keyword* keyword = nullptr;                     ///< null at the top
    keywords::ContextId context = keywords::top_context;  ///< of the keywords inside
    Location header;
    source::Position indentation;  ///< of the line with the keyword
    int anonymous = 0;             ///< braces without keyword that are open inside
};

/// A closing brace that stands further out than the keyword of the block it closes.
struct Misaligned {
    Location brace;
    Location header;
    std::string_view keyword;
    std::size_t depth = 0;  ///< of the levels around the block
};

using FileLine = std::pair<source::FileId, std::uint32_t>;

FileLine line_of(const Location& where) {
    return {where.range.file, where.range.begin.line};
}

}  // namespace

class StatementReader::Parser {
public:
    Parser(syntax::LineReader& reader, source::Arena& tree, source::Findings& findings, std::function<bool()> give_up)
        : reader_(reader), arena_(tree), findings_(findings), give_up_(std::move(give_up)) {
        levels_.push_back({nullptr, keywords::top_context, {}, {}, 0});
    }

    std::optional<Node> next();

private:
    void read_statements(std::size_t first, Braces* braces);
    bool read_line(const Line& line, std::size_t first, Braces* braces);
    bool begins_statement(const Line& line);
    bool read_close(Braces* braces);
    void read_open(std::size_t first);
    void read_keyword(std::size_t first);
    void read_block(Node& node, source::Position indentation);
    void read_body(Node& node, const Level& level, Braces braces);
    void read_entry();
    void read_unknown(std::size_t first, const Word& word, const Line& line);
    void skip_block(const Line& header);
    bool belongs_further_out(std::string_view word);
    bool reopen_last(std::size_t first, std::string_view word);
    bool body_follows(const Keyword& keyword);
    void pass_over_arguments(const Node& node);
    std::span<const WordSpan> words_of(const Line& line);
    std::span<Word> keep_words(const Line& line, std::span<const WordSpan> spans);
    Word word_at(const Line& line, const WordSpan& span) {
        return Word::in_line(arena_, line.text, span.begin, span.end, span.text, span.quoted);
    }
    bool add_command(Node& node, const Line& line);
    std::span<Node> take_statements(std::size_t first);
    Finding& report(std::string_view rule, Severity severity, const Location& where, std::string message,
                    std::string hint = {});
    void report_unknown(const Word& word, bool has_block);
    bool has_open_quote(const Location& where);
    void report_open_quote(const Location& where, std::string message);
    void report_unclosed();

    /// The next line, or null; good until the next call.
    const Line* peek() { return at_ < lines_.size() || fill(few_lines) ? &lines_[at_] : nullptr; }
    bool fill(std::size_t count);
    /// Opening braces less closing ones in all of the configuration, as far as they are not explained yet.
    int& balance();
    [[nodiscard]] Level& level() { return levels_.back(); }
    [[nodiscard]] bool reads_entries() { return level().keyword != nullptr && level().keyword->kind != Kind::block; }

    static constexpr std::size_t few_lines = 256;

    syntax::LineReader& reader_;
    source::Arena& arena_;
    source::Findings& findings_;
    std::function<bool()> give_up_;
    std::vector<Line> lines_;  ///< what has been read ahead, and the last two lines before it
    std::size_t at_ = 0;
    int braces_read_ = 0;  ///< opening braces less closing ones among the lines that were read so far
    std::optional<int> balance_;
    syntax::WordSpans spans_;
    std::vector<Node> statements_;  ///< those of all blocks that are open, the innermost block's last
    std::vector<Level> levels_;
    std::vector<Misaligned> misaligned_;
    std::size_t leave_to_ = 1;  ///< how many levels shall stay, when a lost brace was found
    std::optional<Location> last_close_;
    std::size_t findings_looked_at_ = 0;
    std::set<FileLine> open_quotes_;  ///< lines of which an open quote has been told
    std::vector<Level> unclosed_;     ///< innermost first
    bool lost_block_ = false;         ///< the end was reached inside a block that does not count in levels_
    bool at_end_ = false;             ///< the end has been reached, and what it shows has been told
};

/// A statement is complete only when the next one begins: until then a block may turn out to go on.
std::optional<Node> StatementReader::Parser::next() {
    while (const Line* line = peek()) {
        if (!statements_.empty() && begins_statement(*line)) break;
        leave_to_ = levels_.size();
        read_line(*line, 0, nullptr);
    }
    if (!std::exchange(at_end_, peek() == nullptr) && at_end_) report_unclosed();
    if (statements_.empty()) return std::nullopt;
    const Node statement = statements_.back();
    statements_.pop_back();
    return statement;
}

/// Whether a line of the top level can be nothing else than the begin of another statement.
bool StatementReader::Parser::begins_statement(const Line& line) {
    if (line.kind != Line::Kind::text) return false;
    syntax::split_words(line.text.bytes(), spans_);
    return !spans_.words.empty() && keywords::find_keyword(keywords::top_context, spans_.words.front().text) != nullptr;
}

bool StatementReader::Parser::fill(std::size_t count) {
    constexpr std::size_t kept = 2;
    if (at_ > kept) {
        lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(at_ - kept));
        at_ = kept;
    }
    const std::size_t known = lines_.size();
    if (!give_up_ || !give_up_()) reader_.read(count, lines_);
    for (std::size_t i = known; i < lines_.size(); ++i) {
        if (lines_[i].kind == Line::Kind::open) ++braces_read_;
        if (lines_[i].kind == Line::Kind::close) --braces_read_;
    }
    return lines_.size() > known;
}

int& StatementReader::Parser::balance() {
    if (!balance_) {
        // Only where something is wrong the rest of the configuration has to be looked at.
        constexpr std::size_t many_lines = 4096;
        while (fill(many_lines)) {
        }
        balance_ = braces_read_;
    }
    return *balance_;
}

std::span<Node> StatementReader::Parser::take_statements(std::size_t first) {
    const auto taken = arena_.keep_all(std::span<const Node>(statements_).subspan(first));
    statements_.resize(first);
    return taken;
}

Finding& StatementReader::Parser::report(std::string_view rule, Severity severity, const Location& where,
                                         std::string message, std::string hint) {
    findings_.push_back({rule, severity, where, std::move(message), std::move(hint), {}, {}});
    return findings_.back();
}

std::span<const WordSpan> StatementReader::Parser::words_of(const Line& line) {
    syntax::split_words(line.text.bytes(), spans_);
    if (spans_.unmatched_quote) {
        report_open_quote(line.text.location(*spans_.unmatched_quote, *spans_.unmatched_quote + 1),
                          "with its backslashes read as plain characters, this line has a quote that is never closed");
    }
    return spans_.words;
}

std::span<Word> StatementReader::Parser::keep_words(const Line& line, std::span<const WordSpan> spans) {
    const std::span<Word> words = arena_.make_all<Word>(spans.size());
    std::ranges::transform(spans, words.begin(), [&](const WordSpan& span) { return word_at(line, span); });
    return words;
}

/// Whether it has been told that a quote of that line is never closed. The reader tells it, too.
bool StatementReader::Parser::has_open_quote(const Location& where) {
    for (; findings_looked_at_ < findings_.size(); ++findings_looked_at_) {
        const Finding& finding = findings_[findings_looked_at_];
        if (finding.rule == "unterminated-quote") open_quotes_.insert(line_of(finding.where));
    }
    return open_quotes_.contains(line_of(where));
}

void StatementReader::Parser::report_open_quote(const Location& where, std::string message) {
    if (!has_open_quote(where)) report("unterminated-quote", Severity::error, where, std::move(message));
}

bool StatementReader::Parser::add_command(Node& node, const Line& line) {
    const std::string_view arguments = node.keyword->arguments;
    const bool takes_command = arguments.find("SCRIPT") != std::string_view::npos || node.keyword->name == "regex";
    if (!takes_command) return false;
    std::size_t open_quote = std::string_view::npos;
    const std::vector<Word> words = syntax::split_script_words(arena_, line.text, open_quote);
    if (open_quote != std::string_view::npos) {
        report_open_quote(line.text.location(open_quote, open_quote + 1),
                          "this quote is never closed, so the command is lost");
    }
    if (words.empty()) return false;
    node.takes_command = true;
    node.arguments = arena_.keep_all(std::span(words).subspan(1));
    return true;
}

/// Whether the next line, which begins with `word`, shows that a `}` is missing before it.
bool StatementReader::Parser::belongs_further_out(std::string_view word) {
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

bool StatementReader::Parser::reopen_last(std::size_t first, std::string_view word) {
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

void StatementReader::Parser::report_unknown(const Word& word, bool has_block) {
    const std::string_view inside = level().keyword == nullptr ? std::string_view() : level().keyword->name;
    const std::string where = inside.empty() ? std::string("at the top level") : fmt::format("in {}", inside);
    std::vector<std::string_view> candidates;
    const std::string here = level().keyword == nullptr ? std::string("/") : keywords::context_inside(*level().keyword);
    for (const Keyword* keyword : keywords::keywords_of(here)) candidates.push_back(keyword->name);
    std::string_view core = word.text();
    const std::size_t sign = core.find_first_of("=:;");
    if (sign != std::string_view::npos && sign > 0) core = core.substr(0, sign);
    const auto is_candidate = [&] { return std::find(candidates.begin(), candidates.end(), core) != candidates.end(); };
    if (core.size() != word.text().size() && is_candidate()) {
        const bool semicolon = word.text()[sign] == ';';
        report(semicolon ? "trailing-semicolon" : "unknown-keyword", Severity::error, word.where(),
               fmt::format("unknown keyword `{}' {}", word.text(), where),
               semicolon ? std::string("a line needs no `;' at its end") : fmt::format("write `{}' and a blank", core));
        return;
    }
    if (word.text() == ";") {
        report("trailing-semicolon", Severity::error, word.where(), "`;' is read as a keyword",
               "a line needs no `;' at its end");
        return;
    }
    const std::vector<const Keyword*> elsewhere = keywords::find_everywhere(word.text());
    if (!elsewhere.empty()) {
        std::vector<std::string> places;
        for (const Keyword* keyword : elsewhere) {
            const std::string_view context = keyword->context;
            const std::size_t slash = context.find_last_of('/');
            std::string place = context == "/"
                                    ? std::string("the top level")
                                    : std::string(context.substr(slash == std::string_view::npos ? 0 : slash + 1));
            if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
        }
        if (places.size() > 3) places.resize(3);
        report("misplaced-keyword", Severity::error, word.where(),
               fmt::format("{} `{}' cannot stand {}", has_block ? "block" : "keyword", word.text(), where),
               fmt::format("it belongs in {}", fmt::join(places, ", ")));
        return;
    }
    const std::string_view meant = keywords::nearest(word.text(), candidates);
    report("unknown-keyword", Severity::error, word.where(), fmt::format("unknown keyword `{}' {}", word.text(), where),
           meant.empty() ? std::string() : fmt::format("did you mean `{}'?", meant));
    if (!meant.empty()) {
        Finding& finding = findings_.back();
        if (finding.where.origin == 0) {
            finding.fixes.push_back({fmt::format("write `{}'", meant), {{word.where().range, std::string(meant)}}});
        }
    }
}

/// Passes over the block of a word that is not known, so that it gives no further findings.
void StatementReader::Parser::skip_block(const Line& header) {
    int depth = 0;
    while (const Line* line = peek()) {
        if (line->kind == Line::Kind::open) ++depth;
        if (line->kind == Line::Kind::close && --depth == 0) {
            ++at_;
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
        ++at_;
    }
    lost_block_ = depth > 0;
}

void StatementReader::Parser::read_unknown(std::size_t first, const Word& word, const Line& line) {
    if (reopen_last(first, word.text())) return;
    if (belongs_further_out(word.text())) return;
    ++at_;
    const bool has_block = peek() != nullptr && peek()->kind == Line::Kind::open;
    report_unknown(word, has_block);
    if (has_block) skip_block(line);
}

/// Whether the block of a keyword goes on without its opening brace.
bool StatementReader::Parser::body_follows(const Keyword& keyword) {
    if (peek() == nullptr || peek()->kind == Line::Kind::open) return false;
    if (balance() < 0) return true;
    const Line& next = *peek();
    if (next.kind != Line::Kind::text || keyword.kind != Kind::block) return false;
    const auto words = words_of(next);
    return !words.empty() &&
           keywords::find_keyword(keywords::context_id_inside(keyword), words.front().text) != nullptr &&
           keywords::find_keyword(level().context, words.front().text) == nullptr;
}

/// Where a keyword has none of the arguments that it needs, and the next line is just these, both lines are one
/// mistake.
void StatementReader::Parser::pass_over_arguments(const Node& node) {
    const Line* const next = peek();
    if (next == nullptr || next->kind != Line::Kind::text || node.keyword->arguments.empty()) return;
    if (keywords::match_keyword(*node.keyword, {}).fits()) return;
    // The text behind an open quote is lost, but it was on this line.
    if (has_open_quote(node.head.where()) || has_open_quote(next->text.location())) return;
    const auto spans = words_of(*next);
    if (spans.empty() || !keywords::find_everywhere(spans.front().text).empty()) return;
    std::vector<std::string_view> words;
    for (const WordSpan& span : spans) words.push_back(span.text);
    if (!keywords::match_keyword(*node.keyword, words).fits()) return;
    Finding& finding = report("split-line", Severity::error, node.head.where(),
                              fmt::format("what {} needs stands on the next line", node.head.text()),
                              fmt::format("write both on one line: {} {}", node.head.text(), next->text.bytes()));
    finding.notes.push_back({next->text.location().range, "nothing reads this line"});
    ++at_;
}

void StatementReader::Parser::read_body(Node& node, const Level& level, Braces braces) {
    const std::size_t first = statements_.size();
    statements_.insert(statements_.end(), node.children.begin(), node.children.end());
    levels_.push_back(level);
    read_statements(first, &braces);
    levels_.pop_back();
    node.children = take_statements(first);
    node.braces = arena_.make(braces);
}

void StatementReader::Parser::read_block(Node& node, source::Position indentation) {
    const Keyword& keyword = *node.keyword;
    const Location header = node.head.where();
    source::Place open = node.head.place();
    const Line* next = peek();
    if (next != nullptr && next->kind == Line::Kind::open) {
        open = next->text.place(arena_);
        ++at_;
    } else {
        const Location where = next == nullptr ? reader_.end() : next->text.location();
        // Of blocks without keywords of their own keepalived says nothing: it reads lines up to the next `}'. Where a
        // `}' is left over, the processes that pass over such blocks close one block too many.
        const bool one_too_many = balance() < 0;
        const Severity severity = keyword.kind == Kind::block || one_too_many ? Severity::error : Severity::warning;
        Finding& finding = report("missing-open-brace", severity, where,
                                  fmt::format("the `{{' of {} is missing before this", keyword.name));
        finding.notes.push_back({header.range, fmt::format("{} begins here", keyword.name)});
        if (!body_follows(keyword)) {
            node.braces = arena_.make(Braces{open, open});
            return;
        }
        if (balance() < 0) ++balance();
    }
    read_body(node, {&keyword, keywords::context_id_inside(keyword), header, indentation, 0}, {open, open});
}

bool StatementReader::Parser::read_close(Braces* braces) {
    const Line& line = *peek();
    Level& current = level();
    ++at_;
    if (current.anonymous > 0) {
        --current.anonymous;
        return false;
    }
    const Location where = line.text.location();
    if (current.keyword == nullptr) {
        report("extra-close-brace", Severity::error, where, "no block is open that this `}' could close");
        if (balance() < 0) ++balance();
        return false;
    }
    const bool own_line = current.header.range.begin.line != where.range.begin.line;
    if (own_line && current.indentation.column > line.indentation.column) {
        misaligned_.push_back({where, current.header, current.keyword->name, levels_.size() - 1});
    }
    braces->close = line.text.place(arena_);
    last_close_ = where;
    return true;
}

void StatementReader::Parser::read_open(std::size_t first) {
    const Line line = *peek();
    const Location where = line.text.location();
    const bool behind_text = at_ > 0 && lines_[at_ - 1].kind == Line::Kind::text;
    ++at_;
    if (behind_text && statements_.size() > first && statements_.back().keyword != nullptr && balance() <= 0) {
        report("block-where-value", Severity::error, where,
               fmt::format("{} takes no block", statements_.back().head.text()));
        --at_;
        skip_block(line);
        return;
    }
    if (reads_entries() && balance() <= 0) {
        report("unexpected-open-brace", Severity::error, where,
               fmt::format("{} holds no blocks", level().keyword->name));
        --at_;
        skip_block(line);
        return;
    }
    report("unexpected-open-brace", Severity::error, where, "no keyword stands before this `{'",
           "keepalived ignores it, and takes its `}' for the end of the block around it");
    if (balance() > 0)
        --balance();
    else
        ++level().anonymous;
}

void StatementReader::Parser::read_keyword(std::size_t first) {
    const Line& line = *peek();
    const auto words = words_of(line);
    if (words.empty()) {
        ++at_;
        return;
    }
    Node node;
    node.head = word_at(line, words.front());
    node.keyword = keywords::find_keyword(level().context, words.front().text);
    if (node.keyword == nullptr) {
        read_unknown(first, node.head, Line(line));
        return;
    }
    if (!add_command(node, line)) {
        node.arguments = keep_words(line, words.subspan(1));
    }
    const source::Position indentation = line.indentation;
    ++at_;
    if (node.arguments.empty()) pass_over_arguments(node);
    if (node.keyword->opens_block()) read_block(node, indentation);
    statements_.push_back(node);
}

void StatementReader::Parser::read_entry() {
    auto words = words_of(*peek());
    if (!words.empty() && belongs_further_out(words.front().text)) return;
    const Line& line = *peek();
    ++at_;
    const std::size_t length = level().keyword->kind == Kind::list ? 1 : words.size();
    for (; !words.empty(); words = words.subspan(length)) {
        Node node;
        node.arguments = keep_words(line, words.first(length));
        node.head = node.arguments.front();
        statements_.push_back(node);
    }
}

/// True when the line closes the block.
bool StatementReader::Parser::read_line(const Line& line, std::size_t first, Braces* braces) {
    if (line.kind == Line::Kind::close) return read_close(braces);
    if (line.kind == Line::Kind::open) {
        read_open(first);
    } else if (reads_entries()) {
        read_entry();
    } else {
        read_keyword(first);
    }
    return false;
}

void StatementReader::Parser::read_statements(std::size_t first, Braces* braces) {
    const std::size_t depth = levels_.size();
    leave_to_ = depth;
    while (const Line* line = peek()) {
        if (read_line(*line, first, braces)) return;
        if (leave_to_ < depth) {
            if (braces != nullptr && at_ > 0) braces->close = lines_[at_ - 1].text.place(arena_);
            return;
        }
        leave_to_ = depth;
    }
    if (braces != nullptr) {
        braces->close = source::place_of(arena_, reader_.end());
        unclosed_.push_back(level());
    }
}

void StatementReader::Parser::report_unclosed() {
    if (unclosed_.empty() && !lost_block_) return;
    if (unclosed_.empty()) {
        report("missing-close-brace", Severity::error, reader_.end(), "the file ends inside a block: a `}' is missing");
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
    const Level& innermost = unclosed_.front();
    Finding& finding = report("missing-close-brace", Severity::error, reader_.end(),
                              fmt::format("the file ends inside {}: a `}}' is missing", innermost.keyword->name));
    finding.notes.push_back({innermost.header.range, fmt::format("{} opens here", innermost.keyword->name)});
}

StatementReader::StatementReader(syntax::LineReader& lines, source::Arena& tree, source::Findings& findings,
                                 std::function<bool()> give_up)
    : parser_(std::make_unique<Parser>(lines, tree, findings, std::move(give_up))) {}

StatementReader::~StatementReader() = default;

std::optional<Node> StatementReader::next() {
    return parser_->next();
}

std::span<Node> parse(syntax::LineReader& lines, source::Arena& tree, source::Findings& findings) {
    StatementReader reader(lines, tree, findings);
    std::vector<Node> statements;
    while (const auto statement = reader.next()) statements.push_back(*statement);
    return tree.keep_all(std::span<const Node>(statements));
}

}  // namespace lbctl::ast
