#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/lint/files.h"
#include "cli/lint/linted.h"
#include "cli/lint/settings.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Reads and checks files, each for itself, in so many threads; what is found has the order of the files all the same.
/// Files of folders that another one includes are part of that one only. Fails when there are no settings for one.
Result<Linted> analyse_files(const FilesToLint& files, SettingsByFile& settings, std::size_t jobs,
                             const Streams& streams);

/// Reads and checks the nodes of a cluster (see cluster_nodes()), and holds them against each other.
Result<Linted> analyse_cluster(const std::vector<std::string>& files, const std::vector<std::string>& named,
                               SettingsByFile& settings);

}  // namespace lbctl::cli
