#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"
#include "grammar/model/lvs.h"

namespace lbctl::health {

/// A real server with the checkers that look after it.
struct CheckedServer {
    model::RealServer server;
    std::uint32_t weight = 0;       ///< as configured
    std::size_t first_checker = 0;  ///< index in CheckedServices::checkers
    std::size_t checker_count = 0;
};

struct CheckedService {
    model::VirtualServer service;  ///< with the real servers that keepalived takes
    std::string name;              ///< "TCP 10.0.8.9:80", "FWM 7", "group web"
    std::size_t ordinal = 0;       ///< among the virtual servers of that name and family
    std::vector<CheckedServer> servers;
};

/// The virtual servers that keepalived would watch, with all their checkers. Points into the tree.
struct CheckedServices {
    std::shared_ptr<const model::Lvs> lvs;  ///< the services point to its groups
    std::vector<CheckedService> services;
    std::vector<model::Checker> checkers;
};

/// Reads them out of a bound configuration, which must outlive the result.
CheckedServices checked_services(const ast::Node& root, keywords::Version target);

/// Only those real servers, with their virtual servers, for whoever wants to check no others.
CheckedServices only(CheckedServices all,
                     const std::function<bool(const CheckedService& service, const CheckedServer& server)>& is_wanted);

}  // namespace lbctl::health
