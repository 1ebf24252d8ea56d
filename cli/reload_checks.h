#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backend/keepalived/daemon.h"
#include "backend/table/wanted.h"
#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

/// What stands between a configuration without errors and a reload that nobody wants.
namespace lbctl::cli {

/// A configuration and its table.
struct ReadText {
    validate::Analysis analysis;
    table::Wanted wanted;
};

struct ReloadQuestion {
    const keepalived::Daemon& daemon;
    const ReadText* running = nullptr;  ///< what keepalived runs with; null: not known
    const ReadText& fresh;              ///< what it is to run with
    const std::string& text;            ///< the same as it stands in the file
    const std::string& file;            ///< path of keepalived's own file
    const std::string& name;            ///< what messages call the new file
    bool replaces = false;              ///< the new text does not stand in keepalived's own file yet
    std::size_t services_in_table = 0;  ///< of the table that keepalived makes
};

/// What a reload would lose, or what keepalived would not carry out or would end of: one failure each, and the most
/// serious one first. Runs keepalived's own check where the release has one.
std::vector<Failure> reasons_against(const ReloadQuestion& question);

/// Includes of the new file that name nothing and are not in the former one as well, or did name something there.
std::vector<Failure> missing_includes(const validate::Analysis& fresh, const validate::Analysis& former,
                                      const std::string& name);

}  // namespace lbctl::cli
