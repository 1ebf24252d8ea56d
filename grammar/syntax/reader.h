#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/base/result.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/conditions.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/text.h"

/// From bytes to lines: comments, parameters, sequences, conditions and includes are done here, as keepalived's reader
/// does them (keepalived.conf(5), "CONFIGURATION PARSER" and "SCRIPTING").
namespace lbctl::syntax {

/// More lines than this out of parameters and sequences are taken for a mistake. keepalived has no such limit.
inline constexpr std::size_t most_expanded_lines = 100000;

struct ReaderOptions {
    keywords::Version target = keywords::default_target;
    std::string config_id;                                         ///< what `@ID` conditions are held against
    std::vector<std::pair<std::string, std::string>> definitions;  ///< parameters set from outside
    bool follow_includes = true;
    std::size_t most_lines = most_expanded_lines;  ///< out of parameters and sequences
    bool as_daemon = false;                        ///< every line as keepalived has it, not as it was meant
};

/// Where a word stands in the text of a line: the bytes from `begin` up to `end`.
struct WordBounds {
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
};

/// A line as the block structure sees it: a single brace, or text without any brace that counts.
struct Line {
    enum class Kind : std::uint8_t { text, open, close };
    static constexpr std::size_t most_words = 4;  ///< more than most lines have

    Line(Kind line_kind, Text line_text, source::Position line_indentation)
        : kind(line_kind), text(std::move(line_text)), indentation(line_indentation) {}
    /// Of bytes that stand in a file from `start` on.
    Line(Kind line_kind, source::FileId file, source::Position start, std::string_view bytes,
         source::Position line_indentation)
        : kind(line_kind), text(file, start, bytes), indentation(line_indentation) {}

    Kind kind;
    std::uint8_t word_count = 0;  ///< how many of `words` there are; 0: they are not known yet
    std::array<WordBounds, most_words> words{};
    Text text;
    source::Position indentation;  ///< column of the first character of the physical line it came from
};

/// The words of a line, into a result that is used again and again.
void split_words(const Line& line, WordSpans& spans);

/// Reads a configuration line by line. What is wrong with it goes to the findings; reading always reaches the end. Time
/// and memory are bounded: cycles are reported and cut, expansions stop at a limit. Sources, options and findings must
/// outlive it.
class LineReader {
public:
    /// Starts with `file`, a file of `sources`.
    LineReader(source::Sources& sources, source::FileId file, const ReaderOptions& options, source::Findings& findings);
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;
    ~LineReader();

    /// Adds the next `count` lines, or as many as there still are, to `lines`. False when there were none.
    bool read(std::size_t count, std::vector<Line>& lines);

    /// How many lines came out of parameters and sequences so far.
    [[nodiscard]] std::size_t expanded_lines() const;

    /// The `@ID` lines met so far.
    [[nodiscard]] const Conditions& conditions() const;

    /// The end of the main file, once it has been reached.
    [[nodiscard]] source::Location end() const;

    /// Whether a file is included by another, directly or not.
    [[nodiscard]] bool is_included(source::FileId file, source::FileId by) const;

private:
    class Reader;
    std::unique_ptr<Reader> reader_;
};

/// Everything that was read, in order.
struct ReadLines {
    std::vector<Line> lines;
    source::Location end;  ///< the end of the main file
};

/// All lines at once.
ReadLines read_lines(source::Sources& sources, source::FileId file, const ReaderOptions& options,
                     source::Findings& findings);

/// The node name up to its first dot: the config-id that keepalived uses when it is given none.
std::string default_config_id();

}  // namespace lbctl::syntax
