#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/lint/files.h"
#include "cli/lint/linted.h"
#include "cli/lint/settings.h"
#include "grammar/base/result.h"
#include "grammar/source/edited_text.h"

namespace lbctl::cli {

/// Reads and checks files, each for itself, in so many threads; what is found has the order of the files all the same.
/// Files of folders that another one includes are part of that one only. With `changed`, which may be null, its texts
/// are read in the place of the files' own, and lines of all ids, whatever the settings say: see fix_files(). Fails
/// when there are no settings for one.
Result<Linted> analyse_files(const FilesToLint& files, SettingsByFile& settings, std::size_t jobs,
                             const Streams& streams, const source::ChangedTexts* changed = nullptr);

/// Reads and checks the nodes of a cluster (see cluster_nodes()), and holds them against each other.
Result<Linted> analyse_cluster(const std::vector<std::string>& files, const std::vector<std::string>& named,
                               SettingsByFile& settings);

}  // namespace lbctl::cli
