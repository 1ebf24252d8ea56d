#include "backend/keepalived/reload.h"

#include <fmt/format.h>
#include <signal.h>

#include <thread>

namespace lbctl::keepalived {

namespace {

constexpr std::chrono::milliseconds pause{50};

}  // namespace

Result<void> send_reload(const Daemon& daemon) {
    return send_signal(daemon, SIGHUP);
}

Result<ReadConfiguration> wait_for_reading(const Daemon& daemon, const ReadConfiguration& before,
                                           std::chrono::milliseconds patience,
                                           const std::function<std::optional<Failure>()>& stop) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::optional<ReadConfiguration> last;
    for (;;) {
        if (start_ticks_of(daemon.process) != daemon.start_ticks) return tl::make_unexpected(ended(daemon));
        auto now = read_configuration(daemon.process);
        // It is written while it is read: it has to look the same twice.
        if (now && now->when > before.when && last && last->when == now->when && last->text == now->text)
            return std::move(*now);
        last = std::move(now);
        if (stop) {
            if (auto why = stop()) return tl::make_unexpected(std::move(*why));
        }
        if (std::chrono::steady_clock::now() >= end) {
            const auto stopped = standing_still(daemon.processes, std::chrono::milliseconds::zero());
            if (!stopped.empty()) {
                return failure(fmt::format("keepalived has not read its configuration again: {}", to_string(stopped)),
                               remedy(stopped));
            }
            return failure(
                fmt::format("keepalived (process {}) has not read its configuration again in {} s", daemon.process,
                            std::chrono::duration_cast<std::chrono::seconds>(patience).count()),
                "its log says what it does");
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace lbctl::keepalived
