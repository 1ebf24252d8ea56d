#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/source/result.h"
#include "grammar/syntax/text.h"

/// From bytes to lines: comments, parameters, sequences, conditions and includes are done here, as keepalived's reader
/// does them (keepalived.conf(5), "CONFIGURATION PARSER" and "SCRIPTING").
namespace lbctl::syntax {

struct ReaderOptions {
    keywords::Version target = keywords::default_target;
    std::string config_id;                                         ///< what `@ID` conditions are held against
    std::vector<std::pair<std::string, std::string>> definitions;  ///< parameters set from outside
    bool follow_includes = true;
};

/// A line as the block structure sees it: a single brace, or text without any brace that counts.
struct Line {
    enum class Kind { text, open, close };
    Kind kind = Kind::text;
    Text text;
    source::Position indentation;  ///< column of the first character of the physical line it came from
};

/// Everything that was read, in order.
struct ReadLines {
    std::vector<Line> lines;
    source::Location end;  ///< the end of the main file
};

/// Reads a configuration that starts with `file`. What is wrong with it goes to `findings`; reading always reaches the
/// end. Time and memory are bounded: cycles are reported and cut, expansions stop at a limit.
ReadLines read_lines(source::Sources& sources, source::FileId file, const ReaderOptions& options,
                     source::Findings& findings);

/// The node name up to its first dot: the config-id that keepalived uses when it is given none.
std::string default_config_id();

}  // namespace lbctl::syntax
