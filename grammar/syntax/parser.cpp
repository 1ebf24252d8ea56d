#include "grammar/syntax/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "grammar/keywords/keyword.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::syntax {

namespace {

using keywords::Keyword;
using keywords::Kind;
using source::Finding;
using source::Location;
using source::Severity;

/// A block that is being read.
struct Level {
    const Keyword* keyword = nullptr;  ///< null at the top
    std::string context;               ///< of the keywords inside
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

class Parser {
public:
    Parser(const ReadLines& input, keywords::Version target, source::Findings& findings)
        : lines_(input.lines), end_(input.end), target_(target), findings_(findings) {
        for (const Line& line : lines_) {
            if (line.kind == Line::Kind::open) ++balance_;
            if (line.kind == Line::Kind::close) --balance_;
        }
    }

    std::vector<Statement> parse() {
        std::vector<Statement> statements;
        levels_.push_back({nullptr, "/", {}, {}, 0});
        read_statements(statements, nullptr);
        report_unclosed();
        return statements;
    }

private:
    void read_statements(std::vector<Statement>& statements, Block* block);
    bool read_close(Block* block);
    void read_open(std::vector<Statement>& statements);
    void read_keyword(std::vector<Statement>& statements);
    void read_block(Statement& statement, const Line& header);
    void read_entry(std::vector<Statement>& statements);
    void read_unknown(std::vector<Statement>& statements, std::vector<Word> words, const Line& line);
    void skip_block(const Line& header);
    bool belongs_further_out(std::string_view word, const Line& line);
    bool reopen_last(std::vector<Statement>& statements, std::string_view word);
    bool body_follows(const Keyword& keyword);
    std::vector<Word> words_of(const Line& line);
    void add_script_words(Statement& statement, const Line& line);
    Finding& report(std::string_view rule, Severity severity, const Location& where, std::string message,
                    std::string hint = {});
    void report_unknown(const Word& word, bool has_block);
    void report_open_quote(const Location& where, std::string message);
    void report_unclosed();

    [[nodiscard]] const Line* peek() const { return at_ < lines_.size() ? &lines_[at_] : nullptr; }
    [[nodiscard]] Level& level() { return levels_.back(); }
    [[nodiscard]] bool reads_entries() { return level().keyword != nullptr && level().keyword->kind != Kind::block; }

    const std::vector<Line>& lines_;
    Location end_;
    keywords::Version target_;
    source::Findings& findings_;
    std::vector<Level> levels_;
    std::vector<Misaligned> misaligned_;
    std::size_t at_ = 0;
    std::size_t leave_to_ = 1;  ///< how many levels shall stay, when a lost brace was found
    int balance_ = 0;           ///< opening braces less closing ones, as far as they are not explained yet
    std::optional<Location> last_close_;
    std::vector<Level> unclosed_;  ///< innermost first
    bool lost_block_ = false;      ///< the end was reached inside a block that does not count in levels_
};

Finding& Parser::report(std::string_view rule, Severity severity, const Location& where, std::string message,
                        std::string hint) {
    findings_.push_back({rule, severity, where, std::move(message), std::move(hint), {}, {}});
    return findings_.back();
}

std::vector<Word> Parser::words_of(const Line& line) {
    const WordSpans spans = split_words(line.text.bytes());
    std::vector<Word> words;
    for (const WordSpan& span : spans.words) {
        words.push_back({std::string(span.text), line.text.location(span.begin, span.end), span.quoted});
    }
    if (spans.unmatched_quote) {
        report_open_quote(line.text.location(*spans.unmatched_quote, *spans.unmatched_quote + 1),
                          "with its backslashes read as plain characters, this line has a quote that is never closed");
    }
    return words;
}

/// The reader may have told it already.
void Parser::report_open_quote(const Location& where, std::string message) {
    const bool known = std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
        return finding.rule == "unterminated-quote" && finding.where.range.begin.line == where.range.begin.line &&
               finding.where.range.file == where.range.file;
    });
    if (!known) report("unterminated-quote", Severity::error, where, std::move(message));
}

void Parser::add_script_words(Statement& statement, const Line& line) {
    const std::string_view arguments = statement.keyword->arguments;
    const bool takes_command = arguments.find("SCRIPT") != std::string_view::npos || statement.keyword->name == "regex";
    if (!takes_command) return;
    std::size_t open_quote = std::string_view::npos;
    statement.script_words = split_script_words(line.text, open_quote);
    if (open_quote == std::string_view::npos) return;
    report_open_quote(line.text.location(open_quote, open_quote + 1),
                      "this quote is never closed, so the command is lost");
}

bool Parser::belongs_further_out(std::string_view word, const Line& line) {
    if (balance_ <= 0) return false;
    for (std::size_t depth = levels_.size() - 1; depth-- > 0;) {
        const Keyword* keyword = keywords::find_keyword(levels_[depth].context, word);
        if (keyword == nullptr) continue;
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
        balance_ -= static_cast<int>(missing);
        leave_to_ = depth + 1;
        return true;
    }
    return false;
}

bool Parser::reopen_last(std::vector<Statement>& statements, std::string_view word) {
    if (balance_ >= 0 || statements.empty() || !last_close_) return false;
    Statement& last = statements.back();
    if (last.keyword == nullptr || last.keyword->kind != Kind::block || last.blocks.empty()) return false;
    const std::string context = keywords::context_inside(*last.keyword);
    if (keywords::find_keyword(context, word) == nullptr) return false;
    Finding& finding = report("extra-close-brace", Severity::error, peek()->text.location(0, word.size()),
                              fmt::format("`{}' stands behind the end of its {}: there is a `}}' too many before it",
                                          word, last.keyword->name));
    finding.notes.push_back({last_close_->range, fmt::format("this `}}' closes the {}", last.keyword->name)});
    ++balance_;
    levels_.push_back({last.keyword, context, last.head().where, {}, 0});
    read_statements(last.blocks.front().statements, &last.blocks.front());
    levels_.pop_back();
    return true;
}

void Parser::report_unknown(const Word& word, bool has_block) {
    const std::string_view inside = level().keyword == nullptr ? std::string_view() : level().keyword->name;
    const std::string where = inside.empty() ? std::string("at the top level") : fmt::format("in {}", inside);
    std::vector<std::string_view> candidates;
    for (const Keyword* keyword : keywords::keywords_of(level().context)) candidates.push_back(keyword->name);
    std::string_view core = word.text;
    const std::size_t sign = core.find_first_of("=:;");
    if (sign != std::string_view::npos && sign > 0) core = core.substr(0, sign);
    const auto is_candidate = [&] { return std::find(candidates.begin(), candidates.end(), core) != candidates.end(); };
    if (core.size() != word.text.size() && is_candidate()) {
        const bool semicolon = word.text[sign] == ';';
        report(semicolon ? "trailing-semicolon" : "unknown-keyword", Severity::error, word.where,
               fmt::format("unknown keyword `{}' {}", word.text, where),
               semicolon ? std::string("a line needs no `;' at its end") : fmt::format("write `{}' and a blank", core));
        return;
    }
    if (word.text == ";") {
        report("trailing-semicolon", Severity::error, word.where, "`;' is read as a keyword",
               "a line needs no `;' at its end");
        return;
    }
    const std::vector<const Keyword*> elsewhere = keywords::find_everywhere(word.text);
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
        report("misplaced-keyword", Severity::error, word.where,
               fmt::format("{} `{}' cannot stand {}", has_block ? "block" : "keyword", word.text, where),
               fmt::format("it belongs in {}", fmt::join(places, ", ")));
        return;
    }
    const std::string_view meant = keywords::nearest(word.text, candidates);
    report("unknown-keyword", Severity::error, word.where, fmt::format("unknown keyword `{}' {}", word.text, where),
           meant.empty() ? std::string() : fmt::format("did you mean `{}'?", meant));
    if (!meant.empty()) {
        Finding& finding = findings_.back();
        if (finding.where.origin == 0) {
            finding.fixes.push_back({fmt::format("write `{}'", meant), {{word.where.range, std::string(meant)}}});
        }
    }
}

/// Passes over the block of a word that is not known, so that it gives no further findings.
void Parser::skip_block(const Line& header) {
    int depth = 0;
    while (const Line* line = peek()) {
        if (line->kind == Line::Kind::open) ++depth;
        if (line->kind == Line::Kind::close && --depth == 0) {
            ++at_;
            return;
        }
        if (line->kind == Line::Kind::text && balance_ > 0 && line->indentation.column <= header.indentation.column) {
            const auto words = words_of(*line);
            const Keyword* keyword = words.empty() ? nullptr : keywords::find_keyword("/", words.front().text);
            if (keyword != nullptr && keyword->opens_block()) {
                balance_ -= depth;
                Finding& finding = report("missing-close-brace", Severity::error, words.front().where,
                                          fmt::format("a `}}' is missing before this `{}'", words.front().text));
                finding.notes.push_back({header.text.location().range, "the block that opens here is not closed"});
                return;
            }
        }
        ++at_;
    }
    lost_block_ = depth > 0;
}

void Parser::read_unknown(std::vector<Statement>& statements, std::vector<Word> words, const Line& line) {
    const std::string& word = words.front().text;
    if (reopen_last(statements, word)) return;
    if (belongs_further_out(word, line)) return;
    ++at_;
    const bool has_block = peek() != nullptr && peek()->kind == Line::Kind::open;
    report_unknown(words.front(), has_block);
    if (has_block) skip_block(line);
}

/// Whether the block of a keyword goes on without its opening brace.
bool Parser::body_follows(const Keyword& keyword) {
    const Line* next = peek();
    if (next == nullptr || next->kind == Line::Kind::open) return false;
    if (balance_ < 0) return true;
    if (next->kind != Line::Kind::text || keyword.kind != Kind::block) return false;
    const auto words = words_of(*next);
    return !words.empty() && keywords::find_keyword(keywords::context_inside(keyword), words.front().text) != nullptr &&
           keywords::find_keyword(level().context, words.front().text) == nullptr;
}

void Parser::read_block(Statement& statement, const Line& header) {
    const Keyword& keyword = *statement.keyword;
    const Line* next = peek();
    Location open = statement.head().where;
    if (next != nullptr && next->kind == Line::Kind::open) {
        open = next->text.location();
        ++at_;
    } else {
        const Location where = next == nullptr ? end_ : next->text.location();
        // Of blocks without keywords of their own keepalived says nothing: it reads lines up to the next `}'.
        const Severity severity = keyword.kind == Kind::block ? Severity::error : Severity::warning;
        Finding& finding = report("missing-open-brace", severity, where,
                                  fmt::format("the `{{' of {} is missing before this", keyword.name));
        finding.notes.push_back({statement.head().where.range, fmt::format("{} begins here", keyword.name)});
        const bool follows = body_follows(keyword);
        statement.blocks.push_back({open, open, {}});
        if (!follows) return;
        if (balance_ < 0) ++balance_;
        statement.blocks.clear();
    }
    statement.blocks.push_back({open, open, {}});
    levels_.push_back({&keyword, keywords::context_inside(keyword), statement.head().where, header.indentation, 0});
    Block& block = statement.blocks.front();
    read_statements(block.statements, &block);
    levels_.pop_back();
}

bool Parser::read_close(Block* block) {
    const Line& line = *peek();
    const Location where = line.text.location();
    Level& current = level();
    ++at_;
    if (current.anonymous > 0) {
        --current.anonymous;
        return false;
    }
    if (current.keyword == nullptr) {
        report("extra-close-brace", Severity::error, where, "no block is open that this `}' could close");
        if (balance_ < 0) ++balance_;
        return false;
    }
    const bool own_line = current.header.range.begin.line != where.range.begin.line;
    if (own_line && current.indentation.column > line.indentation.column) {
        misaligned_.push_back({where, current.header, current.keyword->name, levels_.size() - 1});
    }
    block->close = where;
    last_close_ = where;
    return true;
}

void Parser::read_open(std::vector<Statement>& statements) {
    const Line& line = *peek();
    const Location where = line.text.location();
    ++at_;
    const bool behind_value = !statements.empty() && at_ >= 2 && lines_[at_ - 2].kind == Line::Kind::text;
    if (behind_value && statements.back().keyword != nullptr && balance_ <= 0) {
        const Statement& last = statements.back();
        report("block-where-value", Severity::error, where, fmt::format("{} takes no block", last.head().text));
        --at_;
        skip_block(line);
        return;
    }
    if (reads_entries() && balance_ <= 0) {
        report("unexpected-open-brace", Severity::error, where,
               fmt::format("{} holds no blocks", level().keyword->name));
        --at_;
        skip_block(line);
        return;
    }
    report("unexpected-open-brace", Severity::error, where, "no keyword stands before this `{'",
           "keepalived ignores it, and takes its `}' for the end of the block around it");
    if (balance_ > 0)
        --balance_;
    else
        ++level().anonymous;
}

void Parser::read_keyword(std::vector<Statement>& statements) {
    const Line& line = *peek();
    std::vector<Word> words = words_of(line);
    if (words.empty()) {
        ++at_;
        return;
    }
    const Keyword* keyword = keywords::find_keyword(level().context, words.front().text);
    if (keyword == nullptr) {
        read_unknown(statements, std::move(words), line);
        return;
    }
    ++at_;
    Statement& statement = statements.emplace_back(Statement{std::move(words), {}, keyword, {}});
    add_script_words(statement, line);
    if (!keyword->opens_block()) return;
    // The body may make `statements` of this level grow only behind this statement, never move it.
    Statement own = std::move(statement);
    read_block(own, line);
    statements.back() = std::move(own);
}

void Parser::read_entry(std::vector<Statement>& statements) {
    const Line& line = *peek();
    std::vector<Word> words = words_of(line);
    if (!words.empty() && belongs_further_out(words.front().text, line)) return;
    ++at_;
    if (words.empty()) return;
    if (level().keyword->kind == Kind::list) {
        for (Word& word : words) statements.push_back(Statement{{std::move(word)}, {}, nullptr, {}});
        return;
    }
    statements.push_back(Statement{std::move(words), {}, nullptr, {}});
}

void Parser::read_statements(std::vector<Statement>& statements, Block* block) {
    const std::size_t depth = levels_.size();
    leave_to_ = depth;
    while (const Line* line = peek()) {
        if (line->kind == Line::Kind::close) {
            if (read_close(block)) return;
        } else if (line->kind == Line::Kind::open) {
            read_open(statements);
        } else if (reads_entries()) {
            read_entry(statements);
        } else {
            read_keyword(statements);
        }
        if (leave_to_ < depth) {
            if (block != nullptr && at_ > 0) block->close = lines_[at_ - 1].text.location();
            return;
        }
        leave_to_ = depth;
    }
    if (block != nullptr) {
        block->close = end_;
        unclosed_.push_back(level());
    }
}

void Parser::report_unclosed() {
    if (unclosed_.empty() && !lost_block_) return;
    if (unclosed_.empty()) {
        report("missing-close-brace", Severity::error, end_, "the file ends inside a block: a `}' is missing");
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
    Finding& finding = report("missing-close-brace", Severity::error, end_,
                              fmt::format("the file ends inside {}: a `}}' is missing", innermost.keyword->name));
    finding.notes.push_back({innermost.header.range, fmt::format("{} opens here", innermost.keyword->name)});
}

}  // namespace

std::vector<Statement> parse_lines(const ReadLines& lines, keywords::Version target, source::Findings& findings) {
    return Parser(lines, target, findings).parse();
}

}  // namespace lbctl::syntax
