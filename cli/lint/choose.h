#pragma once

#include "cli/lint/linted.h"

namespace lbctl::cli {

/// Leaves of what was found what is to be told: without what comments suppress and what was not chosen, with the
/// severities that were. Says which comments suppress nothing. `all_ids`: lines of all ids have been read.
void choose(Linted& linted, bool all_ids);

}  // namespace lbctl::cli
