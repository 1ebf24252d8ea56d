#include <fmt/format.h>

#include "grammar/rules/checkers/settings.h"

namespace lbctl::rules {

namespace {

using namespace std::chrono_literals;
using model::CheckerKind;

void check(const Context& context, const CheckerPlace& place) {
    const auto timeout = time_of(place, "connect_timeout"_kw, 5s);
    if (timeout.line == nullptr) return;
    const auto interval = time_of(place, "delay_loop"_kw, 60s);
    if (timeout.value <= interval.value) return;
    // SMTP_CHECK heeds the levels above only where they stand above it.
    if (place.kind == CheckerKind::smtp && timeout.level != model::Level::checker) return;
    auto& finding = context.report(
        "connect-timeout-above-interval", Severity::info, timeout.line->head.where(),
        fmt::format("connect_timeout {} is longer than delay_loop {}: a server that does not answer is noticed after "
                    "{} seconds and not {}, and that again for each retry",
                    in_seconds(timeout.value), in_seconds(interval.value), in_seconds(timeout.value),
                    in_seconds(interval.value)));
    if (interval.line != nullptr) finding.notes.push_back({interval.line->head.where().range, "the interval is here"});
}

}  // namespace

extern const Rule connect_timeout_above_interval{
    .page =
        {.id = "connect-timeout-above-interval",
         .family = "checkers",
         .severity = Severity::info,
         .summary = "A check waits longer for a connection than the time between two checks",
         .detail =
             "The next check begins delay_loop after the end of the last one (keepalived.conf(5), check_tcp.c). A "
             "server "
             "that drops packets without an answer is found out after connect_timeout only, once more for each retry, "
             "and "
             "gets connections meanwhile: a delay_loop of 5 seconds promises more than a connect_timeout of 30 keeps. "
             "Write a connect_timeout below delay_loop.",
         .example =
             "virtual_server 10.0.0.1 80 {\n    delay_loop 5\n    real_server 10.0.0.2 80 {\n        TCP_CHECK {\n"
             "            connect_timeout 30\n        }\n    }\n}",
         .origin = Origin::lbctl},
    .checker = check,
    // Those that connect.
    .kinds = {CheckerKind::tcp, CheckerKind::http, CheckerKind::https, CheckerKind::smtp, CheckerKind::dns,
              CheckerKind::udp, CheckerKind::ping}};

}  // namespace lbctl::rules
