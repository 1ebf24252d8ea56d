#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "backend/health/conversation.h"
#include "backend/health/verdict.h"
#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"
#include "tests/simulation/simulated_time.h"

namespace lbctl::tests {

/// The servers of a recorded case, by the scripts that its JSON gives them (the head of behave.py explains these), in
/// simulated time.
class SimulatedServers {
public:
    /// `target`: the release whose conversations they have.
    SimulatedServers(SimulatedTime& time, const nlohmann::json& servers, keywords::Version target);

    void set_up(const std::string& name, bool up);
    void set_play(const std::string& name, nlohmann::json play);
    /// Whether a server of that name speaks BFD, and is there.
    [[nodiscard]] bool is_up(const std::string& name) const { return servers_.at(name).up; }

    /// Lets a checker try once; `told` is called with what comes of it.
    void try_once(const model::Checker& checker, std::size_t url, std::function<void(health::State)> told);

private:
    struct Server {
        std::string transport;  ///< "tcp", "udp", "icmp"
        std::string address;
        std::uint16_t port = 0;
        bool up = true;
        bool accepts = true;
        bool has_play = false;
        nlohmann::json play;
        std::size_t played = 0;  ///< scripts begun
    };
    class Attempt;

    Server* find(const model::Checker& checker);

    SimulatedTime& time_;
    keywords::Version target_;
    std::map<std::string, Server> servers_;
};

}  // namespace lbctl::tests
