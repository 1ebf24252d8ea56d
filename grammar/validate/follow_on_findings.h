#pragma once

#include <cstddef>

#include "grammar/ast/node.h"
#include "grammar/source/finding.h"

namespace lbctl::validate {

/// One mistake, one finding. Drops findings that only say what another finding brings about: that a block lacks the
/// very line that could not be read, or that a name is not defined whose definition could not be read. The first `read`
/// findings are of reading; they stay, as does what they do not explain. Of a template nothing is known, and only that
/// it is one is told.
void drop_follow_on_findings(const ast::Node& root, const source::Sources& sources, source::Findings& findings,
                             std::size_t read);

}  // namespace lbctl::validate
