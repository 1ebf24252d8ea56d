#pragma once

#include "grammar/source/finding.h"
#include "grammar/source/sources.h"

namespace lbctl::validate {

/// Gives findings the fixes that mend them: those that their remedies describe, and those that follow from the rule and
/// the text alone. What came out of a parameter or a sequence is nowhere written as it is read, and gets none.
void offer_fixes(source::Findings& findings, const source::Sources& sources);

}  // namespace lbctl::validate
