#pragma once

#include <optional>
#include <vector>

#include "grammar/model/lvs.h"

namespace lbctl::model {

/// The track_file blocks that have a file, by name; keepalived uses the first of each.
TrackFiles track_files_of(const ast::Node& root);

/// A FILE_CHECK block with its file; nothing when it names none of these files.
std::optional<FileWeight> file_check_of(const ast::Node& checker, const TrackFiles& files);

/// The FILE_CHECK blocks of a real server that name one of these files.
std::vector<FileWeight> file_checks_of(const ast::Node& real_server, const TrackFiles& files);

}  // namespace lbctl::model
