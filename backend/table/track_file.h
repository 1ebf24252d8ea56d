#pragma once

#include <cstdint>

#include "grammar/ast/lvs.h"

namespace lbctl::table {

/// What a FILE_CHECK does to the weight of its real server when keepalived starts.
struct FileEffect {
    bool failed = false;      ///< the server counts as down
    std::int64_t weight = 0;  ///< added to the configured weight
};

/// Reads the number at the beginning of the file, as keepalived does: no file and no number count as 0.
FileEffect effect_of(const ast::FileCheck& check);

}  // namespace lbctl::table
