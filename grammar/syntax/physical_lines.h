#pragma once

#include <cstdint>
#include <optional>

#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

/// One line of a file, fit to be read on: what no configuration should hold is reported and passed over.
struct PhysicalLine {
    Text text;
    bool blank = false;             ///< nothing at all stood between the line ends
    std::uint32_t indentation = 1;  ///< column of the first character that is no blank
};

/// The lines of one file, in order. Reports a byte order mark, NUL bytes, lines longer than keepalived reads, blanks
/// that are none for keepalived (no-break and full-width ones), and the markers of an unfinished merge, of which the
/// first side is read.
class PhysicalLines {
public:
    PhysicalLines(const source::Sources& sources, source::FileId file, keywords::Version target)
        : sources_(&sources), file_(file), target_(target) {}

    std::optional<PhysicalLine> next(source::Findings& findings);

private:
    bool skip_merge_marker(std::string_view line, source::Findings& findings);
    [[nodiscard]] bool conflict_follows() const;

    const source::Sources* sources_;
    source::FileId file_;
    keywords::Version target_;
    std::uint32_t line_ = 0;
    enum class Merge { none, first_side, other_side } merge_ = Merge::none;
};

}  // namespace lbctl::syntax
