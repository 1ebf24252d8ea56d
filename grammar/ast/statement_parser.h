#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ast/lookahead_lines.h"
#include "grammar/ast/node.h"
#include "grammar/base/arena.h"
#include "grammar/keywords/keyword.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::ast {

/// A block that is being read.
struct Level {
    const keywords::Keyword* keyword = nullptr;           ///< null at the top
    keywords::ContextId context = keywords::top_context;  ///< of the keywords inside
    source::Location header;
    source::Position indentation;       ///< of the line with the keyword
    int anonymous = 0;                  ///< braces without keyword that are open inside
    std::string_view closer{};          ///< what closes it in the place of `}'; empty: a `}' does
    std::size_t misaligned_before = 0;  ///< how many misaligned braces had been read when it was opened
    bool unopened = false;              ///< a list whose `{' is missing, and no `}' is left over for it
};

/// A closing brace that stands further out than the keyword of the block it closes.
struct Misaligned {
    source::Location brace;
    source::Location header;
    std::string_view keyword;
};

/// The sign that a command leaves open, a quote or a backslash, and the finding that tells of it.
struct OpenCommand {
    char sign = '\0';  ///< NUL: it leaves none open
    source::Location where;
    std::optional<std::size_t> finding;
};

/// What StatementReader does. The plain way is in statement_parser.cpp; what is made of lost and extra braces, unknown
/// words, and statements over two lines is in recovery.cpp.
class StatementParser {
    using Keyword = keywords::Keyword;
    using Kind = keywords::Kind;
    using Finding = source::Finding;
    using Location = source::Location;
    using Severity = source::Severity;
    using Line = syntax::Line;
    using Word = syntax::Word;
    using WordSpan = syntax::WordSpan;

public:
    StatementParser(syntax::LineReader& reader, base::Arena& tree, source::Findings& findings,
                    std::function<bool()> give_up)
        : lines_(reader, std::move(give_up)), arena_(tree), findings_(findings) {
        levels_.push_back({nullptr, keywords::top_context, {}, {}, 0});
    }

    std::optional<Node> next();

private:
    void read_statements(std::size_t first, Braces* braces);
    bool begins_statement(const Line& line);
    bool read_close(Braces* braces);
    bool holds_statements();
    void read_open(std::size_t first);
    void read_keyword(std::size_t first);
    void read_block(Node& node, source::Position indentation);
    bool take_bracket(Node& node, Level& inside);
    bool closes_with_bracket(std::string_view sign);
    bool closes_with_open();
    bool takes_entry_for_block(Node& node);
    void skip_block_in_list();
    void read_body(Node& node, const Level& level, Braces braces, std::size_t first);
    void read_entry();
    void read_unknown(std::size_t first, const Word& word, const Line& line);
    void skip_block(const Line& header);
    void pass_over_block(const Line& header, std::vector<std::string>& passed_over);
    bool belongs_further_out(std::string_view word);
    bool reopen_last(std::size_t first, std::string_view word);
    bool body_follows(const Keyword& keyword);
    bool entry_follows(const Keyword& list);
    bool takes_outer_lines(source::Position indentation);
    bool belongs_outside_list(std::string_view word);
    bool ends_with_its_file() {
        return level().keyword != nullptr && lines_.has_ended(level().header.range.file) && closes_blocks_of_file();
    }
    bool closes_blocks_of_file();
    bool completes_last(std::size_t first);
    void complete_header(Node& node);
    bool goes_on_after_backslash(Node& node);
    void take_name_after_brace(Node& node);
    void join_lines(Node& node, syntax::Text begin, std::string message);
    void read_include(Node node);
    std::span<const WordSpan> words_of(const Line& line);
    std::span<Word> keep_words(const Line& line, std::span<const WordSpan> spans);
    bool find_words(Node& node, const Line& line);
    Word word_at(const Line& line, const WordSpan& span) {
        return Word::in_line(arena_, line.text, span.begin, span.end, span.text, span.quoted);
    }
    void add_command(Node& node, const Line& line, OpenCommand& open);
    std::span<Node> take_statements(std::size_t first);
    Finding& report(std::string_view rule, Severity severity, const Location& where, std::string message,
                    std::string hint = {});
    /// Of what somebody may write for a brace.
    static constexpr std::size_t longest_bracket = 3;

    void report_open_quote(const Location& where, std::string message);
    void pass_over_command(const OpenCommand& open);
    const Misaligned* misaligned_inside(const Level& level) const;
    void report_unclosed();
    /// Tells which blocks of one file, the innermost first, its end leaves open.
    void report_unclosed_in(source::FileId file, std::span<const Level> open);

    const Line* peek() { return lines_.peek(); }
    int& balance() { return lines_.balance(); }
    [[nodiscard]] Level& level() { return levels_.back(); }
    [[nodiscard]] bool reads_entries() { return level().keyword != nullptr && level().keyword->kind != Kind::block; }

    LookaheadLines lines_;
    base::Arena& arena_;
    source::Findings& findings_;
    syntax::WordSpans spans_;
    std::vector<Node> statements_;  ///< those of all blocks that are open, the innermost block's last
    std::vector<Level> levels_;
    std::vector<Misaligned> misaligned_;
    std::size_t leave_to_ = 1;  ///< how many levels shall stay, when a lost brace was found
    std::optional<Location> last_close_;
    std::size_t may_put_back_ = 100'000;  ///< how many statements of blocks that were closed too early
    std::vector<Level> unclosed_;         ///< innermost first
    bool end_is_told_ = false;            ///< a list without its `{' has taken the `}' that the end lacks
    /// Of a block that does not count in levels_, the line that opens it, where the end was reached inside it.
    std::optional<source::Location> lost_block_;
    bool at_end_ = false;  ///< the end has been reached, and what it shows has been told
};

}  // namespace lbctl::ast
