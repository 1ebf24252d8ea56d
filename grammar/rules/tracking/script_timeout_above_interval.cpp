#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/tracking/script_timing.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    for (const ScriptTiming& timing : tracked_scripts(whole)) {
        if (timing.timeout <= timing.interval) continue;
        auto& finding = whole.context.report(
            "script-timeout-above-interval", Severity::info, ast::place(*timing.timeout_line, 0),
            fmt::format("vrrp_script `{}' may take {} s (timeout) and is due every {} s (interval): one that hangs is "
                        "found out only after the timeout",
                        ast::text(*timing.script, 0), seconds_text(timing.timeout), seconds_text(timing.interval)));
        if (timing.interval_line != nullptr)
            validate::add_note(finding, ast::place(*timing.interval_line, 0), "the interval");
    }
}

}  // namespace

extern const Rule script_timeout_above_interval{
    .page =
        {.id = "script-timeout-above-interval",
         .family = "tracking",
         .severity = Severity::info,
         .summary = "A vrrp_script whose timeout is longer than its interval",
         .detail =
             "While a script hangs, keepalived leaves out the runs that come due (vrrp_scheduler.c, "
             "vrrp_script_thread: `skipping run' in its log; releases up to 2.2.7 start the next one beside it), so a "
             "fault is seen only when the timeout is over, however short the interval. Where a hanging check is to "
             "count like a failing one, write a timeout that is no longer than the interval, or leave it out: then it "
             "is the interval (keepalived.conf(5), vrrp_script).",
         .example = "vrrp_script check {\n    script /usr/local/bin/check\n    interval 2\n    timeout 10\n}\n"
                    "vrrp_instance A {\n    track_script {\n        check\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
