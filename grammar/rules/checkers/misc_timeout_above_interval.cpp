#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/model/service_setting.h"
#include "grammar/rules/checkers/settings.h"

namespace lbctl::rules {

namespace {

using namespace std::chrono_literals;

void check(const Context& context, const CheckerPlace& place) {
    const auto interval = time_of(place, "delay_loop"_kw, 60s);
    const ast::Node* line = ast::last_valid(place.node, "misc_timeout"_kw);
    const auto seconds = line == nullptr ? 0 : ast::integer(*line, 0).value_or(0);
    if (seconds > 0) {
        if (model::Microseconds(std::chrono::seconds(seconds)) <= interval.value) return;
        auto& finding = context.report(
            "misc-timeout-above-interval", Severity::info, line->head.where(),
            fmt::format(
                "misc_timeout {} is longer than delay_loop {}: a command that hangs is stopped after {} seconds "
                "only, and there is no other check until then",
                seconds, in_seconds(interval.value), seconds));
        if (interval.line != nullptr)
            finding.notes.push_back({interval.line->head.where().range, "the interval is here"});
        return;
    }
    // Without one of its own the virtual server's delay_loop counts, whatever the levels between say.
    if (interval.line == nullptr || interval.level == model::Level::virtual_server) return;
    const ast::Node* general = model::last_setting(place.service, "delay_loop"_kw);
    const auto general_time = general == nullptr ? std::nullopt : ast::microseconds(*general, 0);
    const model::Microseconds timeout = general_time ? model::Microseconds(*general_time) : model::Microseconds(60s);
    if (timeout <= interval.value) return;
    context.report(
        "misc-timeout-above-interval", Severity::info, interval.line->head.where(),
        fmt::format("delay_loop {} without misc_timeout: a command that hangs is stopped after the {} seconds of the "
                    "virtual server only, and there is no other check until then",
                    in_seconds(interval.value), in_seconds(timeout)));
}

}  // namespace

extern const Rule misc_timeout_above_interval{
    .page =
        {.id = "misc-timeout-above-interval",
         .family = "checkers",
         .severity = Severity::info,
         .summary = "A MISC_CHECK may run longer than the time between two checks",
         .detail =
             "The next run waits for the last one (check_misc.c of keepalived), so a command that hangs puts off the "
             "verdict for all of misc_timeout while delay_loop promises one much sooner. Without misc_timeout the "
             "delay_loop of the virtual server counts, also where the checker or its real server has a shorter one. "
             "Write a misc_timeout below delay_loop.",
         .example =
             "virtual_server 10.0.0.1 80 {\n    delay_loop 10\n    real_server 10.0.0.2 80 {\n        MISC_CHECK {\n"
             "            misc_path \"/usr/local/bin/check\"\n            misc_timeout 60\n        }\n    }\n}",
         .origin = Origin::lbctl},
    .checker = check,
    .kinds = {model::CheckerKind::misc}};

}  // namespace lbctl::rules
