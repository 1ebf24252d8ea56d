/// A day of random failures, by simulated time: at every minute the table is that which a plain definition, written
/// here anew, gives for the state of the servers.

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "backend/health/services_health.h"
#include "grammar/validate/analysis.h"
#include "tests/simulation/simulated_time.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace std::chrono_literals;
using health::State;

namespace {

constexpr std::size_t service_count = 100;

/// What the definition needs to know of a service; the configuration is written from it.
struct Described {
    struct Server {
        std::int64_t weight = 1;
        bool inhibits = false;
        bool alpha = false;
        bool dynamic = false;  ///< a command sets the weight
        std::size_t checkers = 1;
    };
    std::vector<Server> servers;
    std::int64_t quorum = 1;
    std::int64_t hysteresis = 0;
    bool has_sorry = false;
    bool sorry_inhibits = false;
};

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
    }
    bool one_in(std::int64_t many) { return between(1, many) == 1; }

private:
    std::mt19937 engine_;
};

Described described(Random& random) {
    Described service;
    std::int64_t sum = 0;
    for (std::int64_t i = random.between(1, 5); i > 0; --i) {
        Described::Server server{random.between(0, 5), random.one_in(4), random.one_in(4), random.one_in(4), 1};
        if (random.one_in(4)) server.checkers = 2;
        sum += server.weight;
        service.servers.push_back(server);
    }
    if (sum == 0) service.servers.front().weight = sum = 1;
    service.quorum = random.between(1, sum);
    service.hysteresis = random.one_in(2) ? 0 : random.between(0, service.quorum - 1);
    service.has_sorry = random.one_in(2);
    service.sorry_inhibits = service.has_sorry && random.one_in(3);
    return service;
}

std::string text_of(const Described& service, std::size_t number) {
    std::string text = "virtual_server 10.0.0." + std::to_string(number + 1) + " 80 {\nprotocol TCP\nlb_algo rr\n" +
                       "lb_kind NAT\ndelay_loop 30\nquorum " + std::to_string(service.quorum) + "\nhysteresis " +
                       std::to_string(service.hysteresis) + "\n";
    if (service.has_sorry) text += "sorry_server 10.9.9.9 80\n";
    if (service.sorry_inhibits) text += "sorry_server_inhibit\n";
    for (std::size_t i = 0; i < service.servers.size(); ++i) {
        const Described::Server& server = service.servers[i];
        text += "real_server 10.1.0." + std::to_string(i + 1) + " 80 {\nweight " + std::to_string(server.weight) + "\n";
        if (server.inhibits) text += "inhibit_on_failure\n";
        if (server.alpha) text += "alpha\n";
        for (std::size_t k = 0; k < server.checkers; ++k) {
            text += server.dynamic && k == 0 ? "MISC_CHECK {\nmisc_path \"/bin/true\"\nmisc_dynamic\nretry 1\n}\n"
                                             : "TCP_CHECK {\nretry 1\nconnect_port " + std::to_string(81 + k) + "\n}\n";
        }
        text += "}\n";
    }
    return text + "}\n";
}

/// The definition. Of each server it is known whether it is up, and its weight; only the quorum has a memory.
class Definition {
public:
    explicit Definition(Described service) : service_(std::move(service)) {}

    struct Known {
        bool up = true;
        std::int64_t weight = 0;
    };

    void remember(const std::vector<Known>& servers) {
        std::int64_t sum = 0;
        for (const Known& server : servers) sum += server.up ? server.weight : 0;
        if (sum >= service_.quorum + service_.hysteresis) quorum_ = true;
        if (sum < service_.quorum - service_.hysteresis || sum == 0) quorum_ = false;
    }

    /// "10.1.0.1 3", "10.1.0.2 0", "sorry 1"
    [[nodiscard]] std::vector<std::string> table(const std::vector<Known>& servers) const {
        std::vector<std::string> lines;
        const bool sorry_serves = service_.has_sorry && !quorum_;
        for (std::size_t i = 0; i < servers.size(); ++i) {
            const bool serves = servers[i].up && !sorry_serves;
            const std::string name = "10.1.0." + std::to_string(i + 1) + " ";
            if (serves) lines.push_back(name + std::to_string(servers[i].weight));
            if (!serves && service_.servers[i].inhibits) lines.push_back(name + "0");
        }
        if (sorry_serves) lines.emplace_back("sorry 1");
        if (!sorry_serves && service_.sorry_inhibits) lines.emplace_back("sorry 0");
        return lines;
    }

    [[nodiscard]] bool has_quorum() const { return quorum_; }

private:
    Described service_;
    bool quorum_ = false;
};

std::vector<std::string> table_of(const health::ServiceHealth& health) {
    const table::Serving serving = health.serving();
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < serving.servers.size(); ++i) {
        if (serving.servers[i])
            lines.push_back("10.1.0." + std::to_string(i + 1) + " " + std::to_string(*serving.servers[i]));
    }
    if (serving.sorry) lines.push_back("sorry " + std::to_string(*serving.sorry));
    return lines;
}

/// A checker as the definition sees it: down after two failures in a row, the first of all counting at once, up after
/// one success.
struct KnownChecker {
    bool up = true;
    bool has_run = false;
    int failures = 0;

    void take(bool good) {
        failures = good ? 0 : failures + 1;
        if (good || !has_run || failures > 1) up = good;
        has_run = true;
    }
};

}  // namespace

TEST_CASE("a day of random failures of 100 services: the table is what the states make it, at every minute",
          "[health]") {
    Random random(20);
    std::string text;
    std::vector<Described> services;
    for (std::size_t i = 0; i < service_count; ++i) {
        services.push_back(described(random));
        text += text_of(services.back(), i);
    }
    const auto analysis = validate::analyse("test.conf", text, {});
    REQUIRE_FALSE(analysis.has_errors());
    const health::CheckedServices checked = health::checked_services(analysis.root, keywords::default_target);
    REQUIRE(checked.services.size() == service_count);
    const model::Notifications notifications;
    health::ServicesHealth health(checked, notifications, keywords::default_target);

    std::vector<Definition> definitions;
    std::vector<std::vector<Definition::Known>> known(service_count);
    std::vector<KnownChecker> checkers(checked.checkers.size());
    std::vector<std::size_t> owner(checked.checkers.size());
    for (std::size_t i = 0; i < service_count; ++i) {
        definitions.emplace_back(services[i]);
        for (std::size_t k = 0; k < services[i].servers.size(); ++k) {
            const Described::Server& server = services[i].servers[k];
            known[i].push_back({!server.alpha, server.weight});
            for (std::size_t c = 0; c < server.checkers; ++c) {
                const std::size_t index = checked.services[i].servers[k].first_checker + c;
                checkers[index].up = !server.alpha;
                owner[index] = i;
            }
        }
        definitions[i].remember(known[i]);
    }
    const auto from_scratch = [&](std::size_t service) {
        for (std::size_t k = 0; k < known[service].size(); ++k) {
            const health::CheckedServer& server = checked.services[service].servers[k];
            known[service][k].up =
                std::all_of(checkers.begin() + static_cast<std::ptrdiff_t>(server.first_checker),
                            checkers.begin() + static_cast<std::ptrdiff_t>(server.first_checker + server.checker_count),
                            [](const KnownChecker& one) { return one.up; });
        }
    };

    tests::SimulatedTime time;
    health.start();
    // Good and bad times of each checker, of some minutes.
    std::vector<bool> is_good(checked.checkers.size(), true);
    std::function<void(std::size_t)> try_once = [&](std::size_t index) {
        if (random.one_in(is_good[index] ? 200 : 40)) is_good[index] = !is_good[index];
        const bool good = is_good[index] != random.one_in(50);
        const std::size_t service = owner[index];
        const bool weighs = std::holds_alternative<model::MiscCheck>(checked.checkers[index].details);
        const bool was_quorum = definitions[service].has_quorum();
        health::TryResult result{good ? State::up : State::down};
        if (weighs) {
            // Codes 3 to 12 make the weight 1 to 10; 1 is a failure, and gives the configured weight back.
            const auto code = static_cast<unsigned>(good ? random.between(3, 12) : 1);
            result.exit_code = code;
            if (good) result.weight = code - 2;
        }
        const auto outcome = health.tried(index, result);
        checkers[index].take(good);
        from_scratch(service);
        if (weighs) {
            const auto& servers = checked.services[service].servers;
            for (std::size_t k = 0; k < servers.size(); ++k) {
                if (index != servers[k].first_checker) continue;
                if (good) known[service][k].weight = *result.weight;
                if (!checkers[index].up) known[service][k].weight = services[service].servers[k].weight;
            }
        }
        definitions[service].remember(known[service]);
        // Who listens hears of each gain and loss, and of nothing else.
        const auto told = std::ranges::count_if(outcome.notices, [](const auto& one) { return !one.notice.server; });
        if ((told % 2 == 1) != (was_quorum != definitions[service].has_quorum())) FAIL("told " << told << " times");
        time.after(outcome.next.pause, [&try_once, index] { try_once(index); });
    };
    for (std::size_t i = 0; i < checked.checkers.size(); ++i)
        time.after(health::first_pause + std::chrono::milliseconds(random.between(0, 30'000)),
                   [&try_once, i] { try_once(i); });

    std::size_t lost = 0;
    for (int minute = 1; minute <= 24 * 60; ++minute) {
        time.run_to(std::chrono::minutes(minute));
        for (std::size_t i = 0; i < service_count; ++i) {
            if (!definitions[i].has_quorum()) ++lost;
            if (table_of(health.services()[i]) != definitions[i].table(known[i])) {
                INFO("minute " << minute << ", service " << i + 1 << "\n" << text_of(services[i], i));
                REQUIRE(table_of(health.services()[i]) == definitions[i].table(known[i]));
            }
        }
    }
    // It was no quiet day.
    CHECK(lost > 1000);
    CHECK(lost < 24 * 60 * service_count / 2);
}
