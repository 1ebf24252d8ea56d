#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/sources.h"

namespace lbctl::source {

/// error: keepalived of the target version refuses, skips or changes what was written, or the kernel would.
/// warning: accepted, and almost surely not what was meant. info: worth knowing.
enum class Severity { error, warning, info };

/// "error", "warning", "info"
std::string_view to_string(Severity severity);

/// Another place that a finding speaks of.
struct Note {
    Range range;
    std::string message;
};

/// Replaces one stretch of text by another.
struct Edit {
    Range range;
    std::string text;
};

/// One way to mend what was found.
struct Fix {
    std::string title;
    std::vector<Edit> edits;
};

/// Something to say about a configuration, with its place.
struct Finding {
    std::string_view rule;  ///< id of the rule, a literal in lower case with dashes
    Severity severity = Severity::error;
    Location where;
    std::string message;  ///< one line, no full stop
    std::string hint;     ///< shown behind the underline: "did you mean `lb_kind'?"; may be empty
    std::vector<Note> notes;
    std::vector<Fix> fixes;
};

using Findings = std::vector<Finding>;

/// Orders findings by file, line and column, and drops those that repeat another's rule and place.
void sort_findings(Findings& findings);

}  // namespace lbctl::source
