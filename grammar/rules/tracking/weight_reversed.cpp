#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/base/ascii.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/tracking/acting_lines.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

/// What names of checks have in them whose success is bad news: then `reverse' is what is meant.
constexpr std::array<std::string_view, 36> bad_news{
    "maint",  "drain",   "disable", "down",   "stop",    "standby", "stand-by", "demote",  "fail",
    "fault",  "error",   "bad",     "dead",   "broken",  "backup",  "restore",  "rsync",   "dump",
    "update", "upgrade", "reboot",  "manual", "inhibit", "block",   "suspend",  "absent",  "not_",
    "not-",   "no_",     "no-",     "flag",   "slave",   "replica", "second",   "recover", "readonly"};

bool is_bad_news(std::string_view text) {
    const std::string lower = base::lower(text);
    return std::ranges::any_of(bad_news, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// Whether the command only looks whether a file is there, which says nothing about what that means.
bool is_plain_test(const ast::Node& script) {
    std::string_view command = ast::text(script, 0);
    command = command.substr(0, command.find(' '));
    const auto slash = command.rfind('/');
    if (slash != std::string_view::npos) command = command.substr(slash + 1);
    return command == "test" || command == "[" || command == "!" || command == "ls" || command == "stat";
}

/// Whether the success of what is tracked is what makes a node fit to be master, as far as its names tell.
bool is_good_news(const ActingLine& line) {
    if (is_bad_news(line.line->name)) return false;
    if (line.line->object == nullptr) return true;
    for (const keywords::KeywordId keyword : {"script"_kw, "process"_kw}) {
        const ast::Node* what = ast::last_valid(*line.line->object, keyword);
        if (what == nullptr) continue;
        if (keyword == "script"_kw && is_plain_test(*what)) return false;
        for (std::size_t word = 0; word < what->arguments.size(); ++word) {
            if (is_bad_news(ast::text(*what, word))) return false;
        }
    }
    return true;
}

struct Words {
    std::string_view good;
    std::string_view bad;
};

Words words_of(TrackedKind kind) {
    switch (kind) {
        case TrackedKind::script:
            return {"the check succeeds", "the check fails"};
        case TrackedKind::process:
            return {"the process runs", "the process does not run"};
        case TrackedKind::bfd:
            return {"the session is up", "the session is down"};
        case TrackedKind::interface:
        case TrackedKind::file:
            break;
    }
    return {"the interface is up", "the interface is down"};
}

void report(const Context& context, const ActingLine& line) {
    const auto [good, bad] = words_of(line.kind);
    std::string message;
    if (line.weight == 0) {
        message =
            fmt::format("{} is reversed without a weight: the instance is in FAULT while {}", described(line), good);
    } else if (line.weight > 0) {
        message = fmt::format("the weight {} of {} is reversed: it lowers the priority by {} while {}", line.weight,
                              described(line), line.weight, good);
    } else {
        message = fmt::format("the weight {} of {} is reversed: it raises the priority by {} while {}", line.weight,
                              described(line), -line.weight, bad);
    }
    context.report("weight-reversed", Severity::warning, line.reverse_place, std::move(message)).hint =
        "leave `reverse' out, or name the check for what its success means";
}

void check(const Whole& whole) {
    std::vector<source::Location> told;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        for (const ActingLine& line : acting_lines(instance)) {
            if (!line.reversed || line.kind == TrackedKind::file || !is_good_news(line)) continue;
            constexpr std::size_t enough = 256;  // a hostile file may hold thousands
            const bool again = told.size() >= enough || std::ranges::any_of(told, [&](const source::Location& place) {
                                   return same_place(place, line.reverse_place);
                               });
            if (again) continue;
            told.push_back(line.reverse_place);
            report(whole.context, line);
        }
    }
}

}  // namespace

extern const Rule weight_reversed{
    .page =
        {.id = "weight-reversed",
         .family = "tracking",
         .severity = Severity::warning,
         .summary = "A reversed weight: the node loses while what is tracked works",
         .detail =
             "With `reverse' a positive weight is taken off while the check succeeds, a negative one is added while it "
             "fails, and without a weight success is a fault (keepalived.conf(5), vrrp_script and track_script; "
             "acassen/keepalived issue 2103). So the node is preferred, or is in service at all, just while what is "
             "tracked does not work. This is right for checks whose success is bad news, such as one for a maintenance "
             "mode: lbctl is silent where a name tells that, and for files, whose number can mean anything. "
             "Otherwise leave `reverse' out.",
         .example = "vrrp_script check_nginx {\n    script \"/usr/bin/pgrep -x nginx\"\n    weight 0 reverse\n}\n"
                    "vrrp_instance A {\n    track_script {\n        check_nginx\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
