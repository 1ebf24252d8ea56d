#include "cli/lint/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "cli/print.h"
#include "cli/terminal.h"

namespace lbctl::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds a_moment{500};
constexpr std::chrono::milliseconds between{100};

}  // namespace

Progress::Progress(const Streams& streams, std::size_t total)
    : stream_(streams.err), columns_(columns_of(streams.err)), total_(total), next_(Clock::now() + a_moment) {}

Progress::~Progress() {
    if (shown_ > 0) print_text(stream_, fmt::format("\r{:{}}\r", "", shown_));
}

void Progress::step() {
    if (!columns_) return;
    const std::lock_guard lock(mutex_);
    ++done_;
    const auto now = Clock::now();
    if (now < next_ || done_ == total_) return;
    next_ = now + between;
    const std::string text = fmt::format("checked {} of {} files", done_, total_);
    const std::string_view shown = cut_to_columns(text, columns_);
    print_text(stream_, fmt::format("\r{}", shown));
    std::fflush(stream_);
    shown_ = std::max(shown_, shown.size());
}

}  // namespace lbctl::cli
