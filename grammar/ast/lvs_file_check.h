#pragma once

#include "grammar/ast/lvs.h"

namespace lbctl::ast {

/// Fills RealServer::file_checks of all real servers from their FILE_CHECK blocks and the track_file blocks of `root`.
void bind_file_checks(Lvs& lvs, const Node& root);

}  // namespace lbctl::ast
