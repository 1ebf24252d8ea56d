#include "cli/lint/progress.h"

#include <fmt/format.h>

namespace lbctl::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds a_moment{500};
constexpr std::chrono::milliseconds between{100};

}  // namespace

Progress::Progress(const Streams& streams, std::size_t total)
    : line_(streams.err), total_(total), next_(Clock::now() + a_moment) {}

void Progress::step() {
    if (!line_.on_terminal()) return;
    const std::lock_guard lock(mutex_);
    ++done_;
    const auto now = Clock::now();
    if (now < next_ || done_ == total_) return;
    next_ = now + between;
    line_.show(fmt::format("checked {} of {} files", done_, total_));
}

}  // namespace lbctl::cli
