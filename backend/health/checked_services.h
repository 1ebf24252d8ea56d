#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/health/first_round.h"
#include "backend/health/verdict.h"
#include "backend/table/compile.h"
#include "grammar/ast/lvs.h"
#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// A real server with the checkers that look after it.
struct CheckedServer {
    ast::RealServer server;
    std::uint32_t weight = 0;       ///< as configured
    std::size_t first_checker = 0;  ///< index in CheckedServices::checkers
    std::size_t checker_count = 0;
};

struct CheckedService {
    ast::VirtualServer service;  ///< without its real servers, which follow
    std::string name;            ///< "TCP 10.0.8.9:80", "FWM 7", "group web"
    std::vector<CheckedServer> servers;
};

/// The virtual servers that keepalived would watch, with all their checkers. Points into the tree.
struct CheckedServices {
    std::vector<CheckedService> services;
    std::vector<model::Checker> checkers;
};

/// Reads them out of a bound configuration, which must outlive the result.
CheckedServices checked_services(const ast::Node& root, keywords::Version target);

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

/// What its checkers' results make of a server: one that failed takes it down, one that keepalived removed does nothing
/// unless it is to begin as failed (alpha).
ServerVerdict judge_server(const CheckedServer& server, std::span<const model::Checker> checkers,
                           std::span<const CheckResult> results);

/// What the compiler of the table wants to know of them. A server without verdict stays as keepalived has it at the
/// start: in the table, unless alpha holds it back.
table::ServerStandings standings_of(const CheckedServices& checked, std::span<const CheckResult> results);

}  // namespace lbctl::health
