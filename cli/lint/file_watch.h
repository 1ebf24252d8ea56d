#pragma once

#include <set>
#include <string>
#include <vector>

#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Waits for changes of files: inotify(7) on their folders wakes it up, for editors put new files in the place of old
/// ones, and what stat(2) says of the files decides.
class FileWatch {
public:
    /// Fails where the kernel has no more watches.
    static Result<FileWatch> make();

    /// Watches the folders of these files, too. Folders that cannot be watched are passed over.
    void add(const std::vector<std::string>& files);

    /// Waits until something happens in the folders, and it has been quiet for a moment.
    void wait();

    /// What changes when one of the files does, by whatever means.
    [[nodiscard]] static std::string state_of(const std::vector<std::string>& files);

private:
    explicit FileWatch(base::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

    base::Descriptor descriptor_;
    std::set<std::string> folders_;
};

}  // namespace lbctl::cli
