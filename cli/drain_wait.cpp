#include "cli/drain_wait.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "cli/counted.h"
#include "cli/print.h"
#include "cli/status_line.h"

namespace lbctl::cli {

namespace {

using Clock = std::chrono::steady_clock;
using Grouped = std::map<table::ServiceKey, std::set<table::DestinationKey>>;

constexpr auto poll_interval = std::chrono::milliseconds(200);
constexpr auto line_interval = std::chrono::seconds(5);

Result<Remaining> count(netlink::Client& client, const Grouped& grouped, WaitFor what) {
    Remaining remaining;
    for (const auto& [service, keys] : grouped) {
        const auto rows = client.destinations(service);
        if (!rows) return tl::make_unexpected(rows.error());
        for (const table::LiveDestination& row : *rows) {
            if (!keys.contains(row.destination.key)) continue;
            const std::uint32_t templates = what == WaitFor::connections_and_clients ? row.persistent_connections : 0;
            remaining.connections += row.active_connections;
            remaining.templates += templates;
            if (row.active_connections != 0 || templates != 0) ++remaining.destinations;
        }
    }
    return remaining;
}

/// Shows the count: over and over in one line of a terminal, otherwise as a line when it changed.
class Progress {
public:
    explicit Progress(std::FILE* stream) : stream_(stream), line_(stream) {}

    void show(const Remaining& remaining, std::chrono::seconds left) {
        const auto now = Clock::now();
        const std::string text = fmt::format("draining: {} on {}, {} s left", to_string(remaining),
                                             counted(remaining.destinations, "destination"), left.count());
        if (line_.on_terminal()) {
            line_.show(text);
        } else if (!shown_ || (to_string(remaining) != last_ && now - when_ >= line_interval)) {
            print(stream_, "lbctl: {}\n", text);
            when_ = now;
            last_ = to_string(remaining);
        }
        shown_ = true;
    }

private:
    std::FILE* stream_;
    StatusLine line_;
    bool shown_ = false;
    std::string last_;
    Clock::time_point when_;
};

}  // namespace

std::string to_string(const Remaining& remaining) {
    std::string text = counted(remaining.connections, "active connection");
    if (remaining.templates != 0) text += " and " + counted(remaining.templates, "persistence template");
    return text;
}

Result<Remaining> wait_for_connections(netlink::Client& client, std::span<const DestinationOfService> destinations,
                                       WaitFor what, std::chrono::seconds patience, const Streams& streams,
                                       HeldSignals& signals) {
    Grouped grouped;
    for (const auto& [service, destination] : destinations) grouped[service].insert(destination);
    const auto deadline = Clock::now() + patience;
    Progress progress(streams.err);
    for (;;) {
        const auto remaining = count(client, grouped, what);
        if (!remaining) return tl::make_unexpected(remaining.error());
        const auto now = Clock::now();
        if (!remaining->any() || now >= deadline || signals.came()) return *remaining;
        progress.show(*remaining, std::chrono::ceil<std::chrono::seconds>(deadline - now));
        signals.sleep_for(std::min<Clock::duration>(poll_interval, deadline - now));
    }
}

}  // namespace lbctl::cli
