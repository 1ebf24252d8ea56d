#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "grammar/source/finding.h"

namespace lbctl::ast {

using FileLine = std::pair<source::FileId, std::uint32_t>;

inline FileLine line_of(const source::Location& where) {
    return {where.range.file, where.range.begin.line};
}

/// The lines of which it has been told that a quote is never closed: what their words look like is its consequence. A
/// string that was meant to go on in the next lines is one mistake in all of them: the finding's first note stands
/// where it ends.
class OpenQuotes {
public:
    /// Takes in what was told since the last call.
    void look_at(const source::Findings& findings) {
        for (; looked_at_ < findings.size(); ++looked_at_) {
            const source::Finding& finding = findings[looked_at_];
            // What a NUL byte leaves of a line may have a quote too many, and that is told.
            if (finding.rule != "unterminated-quote" && finding.rule != "nul-byte") continue;
            const auto [file, first] = line_of(finding.where);
            const std::uint32_t last = finding.notes.empty() ? first : finding.notes.front().range.begin.line;
            opened_.emplace(file, first);
            for (std::uint32_t line = first + 1; line <= last; ++line) continued_.emplace(file, line);
        }
    }

    /// Whether such a string begins on that line or goes on in it.
    [[nodiscard]] bool touch(const source::Location& where) const {
        return opened_.contains(line_of(where)) || go_on_in(where);
    }
    /// Whether such a string has begun on a line before that one and goes on in it.
    [[nodiscard]] bool go_on_in(const source::Location& where) const { return continued_.contains(line_of(where)); }

private:
    std::size_t looked_at_ = 0;
    std::set<FileLine> opened_;
    std::set<FileLine> continued_;
};

}  // namespace lbctl::ast
