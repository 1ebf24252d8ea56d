#pragma once

#include <string>

#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

namespace lbctl::validate {

/// More ids than this are not checked for one by one.
inline constexpr std::size_t most_variants = 64;

/// Checks a configuration once for every id that its `@ID` lines name, and once for an id that none of them names, and
/// puts what was found together: a finding is told once, with the ids for which it holds. Lines that are read for none
/// of them are reported. A configuration without `@ID` lines is read once.
///
/// Of options, config_id must not be set. Time is bounded: past most_variants, or past an amount of text, a finding
/// says which ids were not checked. The `conditions` are those of all readings; the
/// rest (tree, root) is that of an id that no line names.
Result<Analysis> analyse_variants(const std::string& path, const AnalysisOptions& options);

/// The ids for which a finding holds, as it is told after its message: " (only for lb1, lb2)"; empty where it holds
/// for all.
std::string ids_suffix(const source::Finding& finding);

/// Whether it holds only for ids that the file names: keepalived does not say it when it is started without one.
bool is_of_named_ids(const source::Finding& finding);

}  // namespace lbctl::validate
