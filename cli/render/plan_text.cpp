#include "cli/render/plan_text.h"

#include <fmt/format.h>

#include <map>

#include "cli/counted.h"
#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

std::string count_text(std::uint64_t connections) {
    return counted(connections, "active connection");
}

}  // namespace

std::string plan_text(const table::Plan& plan, const ActiveConnections& active) {
    std::string text;
    const auto width = std::to_string(plan.size()).size();
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const std::string place = to_string(plan.place(i));
        const std::uint64_t cut = cut_by(plan, i, active);
        const std::string step =
            fmt::format("{}: {}{}{}", to_string(plan.request(i)), plan.reason(i),
                        cut == 0 ? "" : ", with " + count_text(cut), place.empty() ? "" : " (" + place + ")");
        base::append(text, "{:>{}}. {}\n", i + 1, width, base::shown(step));
    }
    return text;
}

std::string cut_text(const table::Plan& plan, const ActiveConnections& active, bool waits) {
    std::uint64_t cut = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) cut += cut_by(plan, i, active);
    if (cut == 0) return {};
    return fmt::format("{} would be {}\n", count_text(cut),
                       waits ? "waited for, and cut if they do not end in time" : "cut");
}

std::string plan_summary(const table::Plan& plan, bool done) {
    using table::StepKind;
    struct Group {
        std::string_view one;
        std::string_view many;
        std::string_view past;
        std::string_view future;
        std::size_t count = 0;
    };
    std::map<StepKind, Group> groups = {
        {StepKind::set_timeouts, {"set of timeouts", "sets of timeouts", "changed", "to change"}},
        {StepKind::stop_daemon, {"sync daemon", "sync daemons", "stopped", "to stop"}},
        {StepKind::add_service, {"service", "services", "added", "to add"}},
        {StepKind::add_destination, {"destination", "destinations", "added", "to add"}},
        {StepKind::edit_service, {"service", "services", "edited", "to edit"}},
        {StepKind::edit_destination, {"destination", "destinations", "edited", "to edit"}},
        {StepKind::start_daemon, {"sync daemon", "sync daemons", "started", "to start"}},
        {StepKind::quiesce_destination, {"destination", "destinations", "set to weight 0", "to set to weight 0"}},
        {StepKind::remove_destination, {"destination", "destinations", "removed", "to remove"}},
        {StepKind::remove_service, {"service", "services", "removed", "to remove"}}};
    for (std::size_t i = 0; i < plan.size(); ++i) ++groups[plan.kind(i)].count;
    std::string text;
    for (const auto& [kind, group] : groups) {
        if (group.count == 0) continue;
        text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", group.count,
                            group.count == 1 ? group.one : group.many, done ? group.past : group.future);
    }
    return text.empty() ? "nothing to do" : text;
}

}  // namespace lbctl::cli
