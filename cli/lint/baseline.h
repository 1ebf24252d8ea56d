#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/lint/linted.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Findings that are known and not to be told again: for each file and fingerprint how many. It holds no text of a
/// configuration, and so no secret.
class Baseline {
public:
    /// An empty one, to be written to that file. Names of files in it are relative to the file's folder.
    explicit Baseline(std::string path);

    /// Reads one. Fails when there is none, and when it is none.
    static Result<Baseline> read(const std::string& path);

    struct Entry {
        std::string file;
        std::string rule;
        std::string fingerprint;
        auto operator<=>(const Entry&) const = default;
    };

    struct Applied {
        std::size_t suppressed = 0;
        std::vector<Entry> stale;  ///< of files that were checked: nobody makes that mistake any more
    };

    /// Takes out of what was found what is in the baseline.
    Applied apply(Linted& linted) const;

    /// Puts what was found into the place of what it knew of the files that were checked. Gives how many findings it
    /// holds then.
    std::size_t update(const Linted& linted);

    /// Writes it at once, so that nobody sees half of it.
    [[nodiscard]] Result<void> write() const;

private:
    [[nodiscard]] std::string name_of(const std::string& file) const;
    [[nodiscard]] std::string text() const;

    std::string path_;
    std::string folder_;  ///< absolute
    std::map<Entry, std::size_t> counts_;
};

}  // namespace lbctl::cli
