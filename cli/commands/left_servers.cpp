#include "cli/commands/left_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "backend/table/names.h"
#include "cli/counted.h"
#include "cli/print.h"

namespace lbctl::cli {

namespace {

using Why = LeftServer::Why;

/// More than so many lines nobody reads.
constexpr std::size_t shown_servers = 20;

std::string_view word_of(Why why) {
    constexpr std::array<std::string_view, 6> words = {"held", "removed", "unseen", "file", "off", "unknown"};
    return words[static_cast<std::size_t>(why)];
}

/// "has weight 0 already: keepalived holds it down (its TCP_CHECK fails)".
std::string state_text(const LeftServer& left) {
    switch (left.why) {
        case Why::held:
            return fmt::format("has weight 0: keepalived holds it down ({})", left.reason);
        case Why::removed:
            return fmt::format("is not in the table: keepalived has taken it out ({})", left.reason);
        case Why::unseen:
            return "has weight 0, and may be held down by who looks after this table, which cannot be seen";
        case Why::file_off:
            return "has weight 0, as keepalived's configuration says";
        case Why::off:
            return "has weight 0 already, from somebody else";
        case Why::unknown:
            break;
    }
    return "has weight 0 already, and what it had before is not known, so nothing is remembered";
}

/// What is done with it all the same, and what will be.
std::string outcome_text(const LeftServer& left, const WeightOptions& options) {
    const bool down = left.why == Why::held || left.why == Why::removed;
    if (options.action == WeightAction::drain) {
        if (!left.drained) return {};
        return options.dry_run ? "its drain would be remembered" : "its drain is remembered";
    }
    if (options.weight && left.why == Why::removed) return "it comes back with the weight of the file";
    if (options.weight && down) return "it is left so; --force sets it all the same";
    if (left.why == Why::file_off) return "it is left so; --weight gives it another one";
    if (left.why == Why::unseen) return "it is left so; --weight, or --force, enables it all the same";
    if (!down) return {};
    std::string text;
    if (left.drained) text = options.dry_run ? "it would no longer be drained; " : "it is no longer drained; ";
    text += fmt::format("keepalived gives it weight {} when that recovers", left.weight);
    if (left.why == Why::held) text += ", --force gives it that now";
    return text;
}

}  // namespace

void mention_left(const WeightSelection& selection, const WeightOptions& options, const Supervisor& supervisor,
                  const Streams& streams) {
    std::size_t count = 0;
    for (const LeftServer& left : selection.left) {
        if (++count > shown_servers) break;
        const std::string outcome = outcome_text(left, options);
        print(streams.err, "lbctl: {} of {} {}{}{}\n", to_string(left.key), to_string(left.service), state_text(left),
              outcome.empty() ? "" : "; ", outcome);
    }
    if (selection.left.size() > shown_servers)
        print(streams.err, "lbctl: and {} more\n", counted(selection.left.size() - shown_servers, "server"));
    const bool recovers =
        options.action == WeightAction::drain && std::ranges::any_of(selection.left, [](const LeftServer& left) {
            return left.drained && (left.why == Why::held || left.why == Why::removed);
        });
    if (recovers) {
        print(streams.err,
              "lbctl: note: when its check recovers, keepalived gives such a server its weight again, and a drain does "
              "not stop that; drain it then, or {} {} and run `lbctl reload'\n",
              supervisor.makes_one_of_zero ? "take it out of" : "give it weight 0 in", supervisor.file);
    }
    if (std::ranges::any_of(selection.left, [](const LeftServer& left) { return left.why == Why::held; })) {
        print(
            streams.err,
            "lbctl: note: that keepalived holds a server down is inferred from its weight 0; `lbctl status --ask' asks "
            "keepalived\n");
    }
    for (const std::string& key : selection.may_be_down) {
        print(streams.err,
              "lbctl: note: {}: whether its check has failed since it was drained cannot be seen in the table; "
              "`lbctl status --ask' asks keepalived\n",
              key);
    }
    if (selection.invented != 0) {
        print(streams.err, "lbctl: note: {} 1, for what {} had before is not known; --weight says another\n",
              counted(selection.invented, "server gets weight", "servers get weight"),
              selection.invented == 1 ? "it" : "each");
    }
}

nlohmann::ordered_json left_json(const WeightSelection& selection) {
    auto json = nlohmann::ordered_json::array();
    for (const LeftServer& left : selection.left) {
        json.push_back({{"service", to_string(left.service)},
                        {"destination", to_string(left.key)},
                        {"why", word_of(left.why)},
                        {"reason", left.reason},
                        {"drained", left.drained}});
    }
    return json;
}

}  // namespace lbctl::cli
