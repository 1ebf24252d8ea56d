#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "grammar/base/descriptor.h"

namespace lbctl::health {

/// Sees changes of the files that FILE_CHECK looks at, by inotify(7) on their folders, as keepalived does: a file that
/// was closed after writing, put in its place, or taken away.
class TrackedFiles {
public:
    explicit TrackedFiles(const std::vector<std::string>& paths);

    /// Can be read when something has happened; not open when there are no files, or the kernel has no means.
    [[nodiscard]] const base::Descriptor& descriptor() const { return descriptor_; }

    /// Which of the files have changed since the last time.
    std::vector<std::string> changed();

    /// Folders that could not be watched, so that changes there are not seen.
    [[nodiscard]] const std::vector<std::string>& unwatched() const { return unwatched_; }

private:
    base::Descriptor descriptor_;
    std::map<int, std::string> folders_;
    std::set<std::string> paths_;
    std::vector<std::string> unwatched_;
};

}  // namespace lbctl::health
