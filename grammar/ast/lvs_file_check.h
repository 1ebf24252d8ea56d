#pragma once

#include <optional>
#include <vector>

#include "grammar/ast/lvs.h"

namespace lbctl::ast {

/// The track_file blocks that have a file, by name; keepalived uses the first of each.
TrackFiles track_files_of(const Node& root);

/// A FILE_CHECK block with its file; nothing when it names none of these files.
std::optional<FileCheck> file_check_of(const Node& checker, const TrackFiles& files);

/// The FILE_CHECK blocks of a real server that name one of these files.
std::vector<FileCheck> file_checks_of(const Node& real_server, const TrackFiles& files);

}  // namespace lbctl::ast
