#pragma once

#include "grammar/ast/node.h"

namespace lbctl::model {

/// Whether keepalived empties the whole table when it ends, and not only its own services: lvs_flush_on_stop without
/// VS.
bool flushes_table_at_stop(const ast::Node& root);

}  // namespace lbctl::model
