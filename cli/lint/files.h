#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/result.h"

namespace lbctl::cli {

/// The files that a command line means, each once, in its order; those of a folder or a pattern by their names.
struct FilesToLint {
    std::vector<std::string> files;
    std::set<std::string>
        of_folders;  ///< those that nobody named: where another one includes them, they are part of it
};

/// What the words of a command line mean. A folder means the configurations in it and in the folders below: regular
/// files named *.conf, not hidden, that look_like_configuration() or are called keepalived*.conf; links to folders are
/// not followed. A word with `*`, `?`, `[` or `{` that names no file is a pattern (see source::expand_pattern). A file
/// that is named itself is always meant. A pattern that
/// no file matches means a file of that name, which is not there. Fails where a folder means nothing, and where one or
/// a pattern means too much.
Result<FilesToLint> files_to_lint(const std::vector<std::string>& words);

/// Whether a text has a line that can stand at the top level of a keepalived.conf: one that begins with a keyword of
/// it, or an include.
bool looks_like_configuration(std::string_view text);

}  // namespace lbctl::cli
