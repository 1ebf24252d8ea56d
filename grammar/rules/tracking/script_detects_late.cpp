#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/tracking/script_timing.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

constexpr std::int64_t minute = 60'000'000;
constexpr std::int64_t late = 2 * minute;

std::string length_text(std::int64_t microseconds) {
    if (microseconds % minute == 0)
        return fmt::format("{} s ({} minutes)", seconds_text(microseconds), microseconds / minute);
    return seconds_text(microseconds) + " s";
}

void check(const Whole& whole) {
    for (const ScriptTiming& timing : tracked_scripts(whole)) {
        // No product of both: fall goes up to 2^31.
        if (timing.interval < late / timing.fall) continue;
        constexpr std::int64_t longest = 1'000'000'000'000'000;
        const std::int64_t time = timing.fall > longest / timing.interval ? longest : timing.interval * timing.fall;
        if (time < late) continue;
        const auto name = ast::text(*timing.script, 0);
        const bool interval_weighs = timing.interval_line != nullptr &&
                                     (timing.fall_line == nullptr || timing.interval >= timing.fall * 1'000'000);
        const ast::Node* line = interval_weighs ? timing.interval_line : timing.fall_line;
        auto message =
            timing.fall == 1
                ? fmt::format("vrrp_script `{}' is run every {} s (interval): a failure may go unseen that long, {}",
                              name, seconds_text(timing.interval), length_text(time))
                : fmt::format(
                      "vrrp_script `{}' counts as failed after {} failures in a row (fall), one every {} s "
                      "(interval): nothing moves for {}",
                      name, timing.fall, seconds_text(timing.interval), length_text(time));
        auto& finding =
            whole.context.report("script-detects-late", Severity::info, ast::place(*line, 0), std::move(message));
        const ast::Node* other = line == timing.fall_line ? timing.interval_line : timing.fall_line;
        if (other != nullptr && timing.fall > 1)
            validate::add_note(finding, ast::place(*other, 0), "multiplied by this");
    }
}

}  // namespace

extern const Rule script_detects_late{
    .page =
        {.id = "script-detects-late",
         .family = "tracking",
         .severity = Severity::info,
         .summary = "A vrrp_script that tells of a failure only after minutes",
         .detail =
             "A script counts as failed after `fall' failures in a row, one every `interval' seconds "
             "(keepalived.conf(5), vrrp_script). Here that takes two minutes or more, while VRRP itself replaces a "
             "dead node within seconds. Mostly an interval was meant in other units, or interval and fall were "
             "both raised to calm a check. Write a shorter interval, and a fall that covers what is to be forgiven.",
         .example = "vrrp_script check {\n    script /usr/local/bin/check\n    interval 60\n    fall 10\n}\n"
                    "vrrp_instance A {\n    track_script {\n        check\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
