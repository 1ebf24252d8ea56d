#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/files.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::syntax {

/// Which faults of an include end keepalived, by the letter of the directive and by `include_check`.
class IncludeChecks {
public:
    struct Problem {
        source::Severity severity = source::Severity::warning;
        std::string message;
        std::string hint;
    };

    /// What `include_check WORD...` asks for; no words: everything.
    void set(std::span<const std::string_view> words);

    /// These checks and those of `include` with that letter.
    [[nodiscard]] IncludeChecks with_variant(char letter) const;

    /// What is wrong with what a pattern named.
    [[nodiscard]] std::vector<Problem> problems(const IncludeHead& head, const source::Matches& matches) const;

    /// With the check on, one missing alternative keeps all the others from being read.
    [[nodiscard]] bool reads_nothing(const source::Matches& matches) const;

    [[nodiscard]] source::Severity severity_of_unreadable() const;

private:
    bool read_ = false;
    bool match_ = false;
    bool wildcard_match_ = false;
    bool brace_match_ = false;
};

}  // namespace lbctl::syntax
