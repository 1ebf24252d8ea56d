#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "backend/health/checked_services.h"
#include "backend/health/first_round.h"
#include "backend/table/serving.h"
#include "grammar/keywords/version.h"

namespace lbctl::health {

/// How a real server stands after the first round.
enum class ServerState : std::uint8_t {
    up,
    down,
    unknown,  ///< a checker could not be made to say
};

struct ServerVerdict {
    ServerState state = ServerState::up;
    std::int64_t weight = 0;  ///< in force: as configured, changed by commands and files; not below 0
};

/// What the first round makes of the servers and of the table.
struct FirstRoundOutcome {
    std::unordered_map<const ast::Node*, ServerVerdict> servers;  ///< by real_server block
    table::Servings servings;
};

/// Starts the state machines of the virtual servers and tells them the results, in the order in which they came. A
/// server without verdict stays as keepalived has it at the start: in the table, unless alpha holds it back.
FirstRoundOutcome outcome_of(const CheckedServices& checked, std::span<const CheckResult> results,
                             keywords::Version target);

}  // namespace lbctl::health
