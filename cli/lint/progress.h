#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>

#include "cli/command.h"

namespace lbctl::cli {

/// A line on a terminal that says how far a long run is, once it takes longer than a moment; it is gone at the end.
/// Nothing where standard error is no terminal.
class Progress {
public:
    Progress(const Streams& streams, std::size_t total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// One more is done. From any thread.
    void step();

private:
    std::FILE* stream_;
    std::optional<std::size_t> columns_;  ///< nothing: there is no terminal
    std::size_t total_;
    std::mutex mutex_;
    std::size_t done_ = 0;
    std::size_t shown_ = 0;  ///< columns that the line takes
    std::chrono::steady_clock::time_point next_;
};

}  // namespace lbctl::cli
