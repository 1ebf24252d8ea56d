#pragma once

#include "grammar/ast/lvs.h"

namespace lbctl::ast {

/// The track_file blocks that have a file, by name; keepalived uses the first of each.
TrackFiles track_files_of(const Node& root);

/// Fills RealServer::file_checks of the real servers from their FILE_CHECK blocks.
void bind_file_checks(VirtualServer& service, const TrackFiles& files);

}  // namespace lbctl::ast
