#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

#include "cli/command.h"
#include "cli/status_line.h"

namespace lbctl::cli {

/// A line on a terminal that says how far a long run is, once it takes longer than a moment; it is gone at the end.
/// Nothing where standard error is no terminal.
class Progress {
public:
    Progress(const Streams& streams, std::size_t total);

    /// One more is done. From any thread.
    void step();

private:
    StatusLine line_;
    std::size_t total_;
    std::mutex mutex_;
    std::size_t done_ = 0;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace lbctl::cli
