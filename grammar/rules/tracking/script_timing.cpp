#include "grammar/rules/tracking/script_timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "grammar/ast/argument_values.h"

namespace lbctl::rules {

namespace {

constexpr std::int64_t second = 1'000'000;
/// Up to this release keepalived reads whole seconds and cuts off what is after them.
constexpr keywords::Version whole_seconds{2, 2, 7};

ScriptTiming timing_of(const ast::Node& script, keywords::Version target) {
    ScriptTiming timing{.script = &script,
                        .interval_line = ast::last_valid(script, "interval"_kw),
                        .timeout_line = ast::last_valid(script, "timeout"_kw),
                        .fall_line = ast::last_valid(script, "fall"_kw)};
    const auto read = [&](const ast::Node* line, std::int64_t otherwise) {
        const std::int64_t time = line == nullptr ? otherwise : ast::microseconds(*line, 0).value_or(otherwise);
        return target > whole_seconds ? time : std::max(time / second, std::int64_t{1}) * second;
    };
    timing.interval = read(timing.interval_line, second);
    timing.timeout = read(timing.timeout_line, timing.interval);
    if (timing.fall_line != nullptr) timing.fall = ast::integer(*timing.fall_line, 0).value_or(1);
    return timing;
}

}  // namespace

std::vector<ScriptTiming> tracked_scripts(const Whole& whole) {
    std::unordered_set<const ast::Node*> tracked;
    const auto collect = [&](const model::Tracking& tracking) {
        for (const model::TrackLine& line : tracking.scripts) {
            if (line.taken) tracked.insert(line.object);
        }
    };
    for (const model::VrrpInstance& instance : whole.vrrp.instances) collect(instance.tracking);
    for (const model::SyncGroup& group : whole.vrrp.sync_groups) collect(group.tracking);
    std::vector<ScriptTiming> timings;
    for (const model::NamedObject& script : whole.vrrp.scripts) {
        if (tracked.contains(script.node)) timings.push_back(timing_of(*script.node, whole.context.target));
    }
    return timings;
}

std::string seconds_text(std::int64_t microseconds) {
    return fmt::format("{:g}", static_cast<double>(microseconds) / static_cast<double>(second));
}

}  // namespace lbctl::rules
