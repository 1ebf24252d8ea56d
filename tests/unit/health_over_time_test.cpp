/// Facts of checkers, real servers and virtual servers over time that no recorded course shows alone.

#include <string>
#include <vector>

#include "backend/health/first_round_outcome.h"
#include "backend/health/notice_text.h"
#include "backend/health/same_check.h"
#include "backend/health/services_health.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace std::chrono_literals;
using health::State;

namespace {

/// A configuration with its state machines.
struct Watched {
    explicit Watched(const std::string& text, keywords::Version target = keywords::default_target)
        : analysis(validate::analyse("test.conf", text, {})),
          checked(health::checked_services(analysis.root, target)),
          notifications(model::notifications_of(analysis.root)),
          health(checked, notifications, target) {}

    /// What is told of an event, as FIFO lines, one a line.
    [[nodiscard]] std::string lines(const health::ServiceNotices& notices) const {
        std::string text;
        for (const auto& [service, notice] : notices) {
            if (notice.by == health::Notice::By::script_and_fifo)
                text += health::fifo_line(checked.services[service], notice) + "\n";
        }
        return text;
    }
    std::string tell(std::size_t checker, State state) { return lines(health.tried(checker, {state}).notices); }

    /// Weights of the servers and of the sorry server, "-" for who is not in the table: "1 - | 1".
    [[nodiscard]] std::string table(std::size_t service = 0) const {
        const table::Serving serving = health.services()[service].serving();
        std::string text;
        for (const auto& weight : serving.servers) text += (weight ? std::to_string(*weight) : "-") + " ";
        return text + "| " + (serving.sorry ? std::to_string(*serving.sorry) : "-");
    }

    validate::Analysis analysis;
    health::CheckedServices checked;
    model::Notifications notifications;
    health::ServicesHealth health;
};

std::string service(const std::string& lines, const std::string& head = "10.0.0.1 80") {
    return "virtual_server " + head + " {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\ndelay_loop 10\n" + lines + "}\n";
}

std::string server(int number, const std::string& lines = "TCP_CHECK {\n}\n") {
    return "real_server 10.1.0." + std::to_string(number) + " 80 {\n" + lines + "}\n";
}

const std::string three = server(1) + server(2) + server(3);

}  // namespace

TEST_CASE("hysteresis: a quorum is gained above it and lost below it", "[health]") {
    Watched watched(service("quorum 2\nhysteresis 1\nsorry_server 10.9.9.9 80\n" + three));
    CHECK(watched.lines(watched.health.start()) == "VS [10.0.0.1]:tcp:80 UP\n");
    CHECK(watched.table() == "1 1 1 | -");
    CHECK(watched.tell(0, State::down) == "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(watched.tell(1, State::down) == "RS [10.1.0.2]:tcp:80 [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(watched.table() == "- - 1 | -");
    CHECK(watched.tell(2, State::down) == "RS [10.1.0.3]:tcp:80 [10.0.0.1]:tcp:80 DOWN\nVS [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(watched.table() == "- - - | 1");
    watched.tell(0, State::up);
    CHECK(watched.tell(1, State::up) == "RS [10.1.0.2]:tcp:80 [10.0.0.1]:tcp:80 UP\n");
    CHECK(watched.table() == "- - - | 1");
    CHECK(watched.tell(2, State::up) == "RS [10.1.0.3]:tcp:80 [10.0.0.1]:tcp:80 UP\nVS [10.0.0.1]:tcp:80 UP\n");
    CHECK(watched.table() == "1 1 1 | -");
}

TEST_CASE("sorry_server_inhibit keeps the sorry server in the table", "[health]") {
    Watched watched(service("sorry_server 10.9.9.9 80\nsorry_server_inhibit\n" + server(1)));
    watched.health.start();
    CHECK(watched.table() == "1 | 0");
    watched.tell(0, State::down);
    CHECK(watched.table() == "- | 1");
    watched.tell(0, State::up);
    CHECK(watched.table() == "1 | 0");
}

TEST_CASE("alpha: nobody serves before its checkers have succeeded, and a first failure is told", "[health]") {
    Watched watched(service("alpha\n" + server(1, "TCP_CHECK {\n}\nTCP_CHECK {\nconnect_port 81\n}\n") +
                            server(2, "HTTP_GET {\nurl {\npath /\n}\n}\n")));
    CHECK(watched.lines(watched.health.start()).empty());
    CHECK(watched.table() == "- - | -");
    CHECK(watched.tell(0, State::down) == "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(watched.tell(0, State::up).empty());
    CHECK(watched.tell(1, State::up) == "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 UP\nVS [10.0.0.1]:tcp:80 UP\n");
    // That of HTTP_GET is silent.
    CHECK(watched.tell(2, State::down).empty());
    CHECK(watched.table() == "1 - | -");
}

TEST_CASE("a server comes back with its last checker", "[health]") {
    Watched watched(service(server(1, "TCP_CHECK {\nretry 0\n}\nTCP_CHECK {\nretry 0\nconnect_port 81\n}\n")));
    watched.health.start();
    CHECK(watched.tell(0, State::down) == "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN\nVS [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(watched.tell(1, State::down).empty());
    CHECK(watched.tell(0, State::up).empty());
    CHECK(watched.tell(1, State::up) == "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 UP\nVS [10.0.0.1]:tcp:80 UP\n");
}

TEST_CASE("HTTP_GET that fails in the round that brings it back goes on with the same url", "[health]") {
    Watched watched(
        service(server(1, "HTTP_GET {\nretry 0\ndelay_before_retry 2\nurl {\npath /1\n}\nurl {\npath /2\n}\n}\n")));
    watched.health.start();
    const auto tried = [&watched](State state) { return watched.health.tried(0, {state}).next; };
    const auto url = [&watched] { return watched.health.services()[0].rounds(0).url(); };
    CHECK(tried(State::down).pause == 10s);
    CHECK(url() == 0);
    CHECK(tried(State::up).pause == 10s);  // the one that had failed; now all of them
    CHECK(url() == 0);
    tried(State::up);
    CHECK(url() == 1);
    CHECK(tried(State::down).pause == 2s);
    CHECK(url() == 1);
    CHECK(tried(State::up).report);
    CHECK(watched.table() == "1 | -");
}

TEST_CASE("TCP_CHECK retries while it is down up to 2.2 only", "[health]") {
    const std::string text = service(server(1, "TCP_CHECK {\nretry 2\ndelay_before_retry 3\n}\n"));
    Watched newer(text);
    Watched older(text, {2, 2, 7});
    const auto pause = [](Watched& watched) { return watched.health.tried(0, {State::down}).next.pause; };
    CHECK(pause(newer) == 10s);
    CHECK(pause(older) == 10s);
    CHECK(pause(newer) == 10s);
    CHECK(pause(older) == 3s);
    CHECK(pause(older) == 3s);
    CHECK(pause(older) == 10s);
}

TEST_CASE("a check that cannot be made changes nothing", "[health]") {
    Watched watched(service("alpha\n" + server(1)));
    watched.health.start();
    const auto outcome = watched.health.tried(0, {State::none});
    CHECK(outcome.notices.empty());
    CHECK_FALSE(outcome.next.report);
    CHECK(outcome.next.pause == 10s);
    CHECK(watched.table() == "- | -");
}

TEST_CASE("the weights of two commands add up", "[health]") {
    const std::string command = "MISC_CHECK {\nmisc_path \"/bin/true\"\nmisc_dynamic\n}\n";
    Watched watched(service("quorum 8\n" + server(1, "weight 10\n" + command + command)));
    watched.health.start();
    const auto exits = [&watched](std::size_t checker, unsigned code) {
        return watched.lines(watched.health.tried(checker, {State::up, code, code - 2}).notices);
    };
    CHECK(exits(0, 11).empty());
    CHECK(watched.table() == "9 | -");
    CHECK(exits(1, 10) == "VS [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(watched.table() == "7 | -");
    CHECK(exits(1, 12) == "VS [10.0.0.1]:tcp:80 UP\n");
    CHECK(watched.table() == "9 | -");
}

TEST_CASE("a failure that does not count yet leaves the weight that a command gave", "[health]") {
    Watched watched(service(server(1, "weight 10\nMISC_CHECK {\nmisc_path \"/bin/true\"\nmisc_dynamic\nretry 1\n}\n")));
    watched.health.start();
    watched.health.tried(0, {State::up, 7U, 5});
    CHECK(watched.table() == "5 | -");
    watched.health.tried(0, {State::down, 1U, {}});
    CHECK(watched.table() == "5 | -");
    watched.health.tried(0, {State::down, 1U, {}});
    CHECK(watched.table() == "- | -");
    CHECK(watched.health.services()[0].standings()[0].weight == 10);
    watched.health.tried(0, {State::up, 7U, 5});
    CHECK(watched.table() == "5 | -");
}

TEST_CASE("omega: who served is told down at the end, and nobody without it", "[health]") {
    Watched silent(service(three));
    silent.health.start();
    CHECK(silent.health.stop().empty());
    Watched watched(service("omega\n" + three));
    watched.health.start();
    watched.tell(1, State::down);
    CHECK(watched.lines(watched.health.stop()) ==
          "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN\nRS [10.1.0.3]:tcp:80 [10.0.0.1]:tcp:80 DOWN\n"
          "VS [10.0.0.1]:tcp:80 DOWN\n");
}

TEST_CASE("names: marks and groups, of which one may have several virtual servers", "[health]") {
    const std::string group = "virtual_server_group web {\n10.0.0.7 80\n}\n";
    Watched watched(group + service(server(1), "fwmark 7") + service(server(1), "group web") +
                    service(server(2), "group web"));
    CHECK(watched.lines(watched.health.start()) == "VS FWM 7 UP\nVS [web]:0 UP\nVS [web]:1 UP\n");
}

TEST_CASE("a reading anew: what is the same keeps its state", "[health]") {
    Watched before(service("sorry_server 10.9.9.9 80\n" + server(1) + server(2)) + service(server(1), "10.0.0.2 80"));
    before.health.start();
    before.tell(0, State::down);
    before.tell(2, State::down);
    // The other order, another timer, and the second virtual server gone.
    Watched after(service("sorry_server 10.9.9.9 80\nquorum 2\n" + server(2) + server(1, "TCP_CHECK {\nretry 5\n}\n")));
    const auto reload = after.health.take_over(before.health);
    CHECK(before.lines(reload.gone).empty());  // it was down already
    CHECK(after.lines(reload.notices) == "VS [10.0.0.1]:tcp:80 DOWN\n");
    CHECK(after.table() == "- - | 1");
    CHECK(after.tell(1, State::up) == "RS [10.1.0.1]:tcp:80 [10.0.0.1]:tcp:80 UP\nVS [10.0.0.1]:tcp:80 UP\n");
    // Another target is another check.
    const std::string elsewhere = "TCP_CHECK {\nconnect_port 81\n}\n";
    Watched other(service(server(1, elsewhere)));
    CHECK_FALSE(health::is_same_check(before.checked.checkers[0], other.checked.checkers[0]));
    CHECK(health::is_same_check(before.checked.checkers[0], after.checked.checkers[1]));
}

TEST_CASE("the first round: verdicts count in the order in which they came", "[health]") {
    // With all up it begins with the quorum, and keeps it down to 1; with alpha it has to be gained.
    const auto table_after = [](const std::string& lines) {
        Watched watched(service("quorum 2\nhysteresis 1\nsorry_server 10.9.9.9 80\n" + lines + three));
        std::vector<health::CheckResult> results(3);
        results[0].verdict.state = State::down;
        results[1].verdict.state = State::up;
        results[2].verdict.state = State::up;
        const auto outcome = health::outcome_of(watched.checked, results, keywords::default_target);
        const table::Serving& serving = outcome.servings.at(watched.checked.services[0].service.node);
        return std::pair(serving.servers[1].has_value(), serving.sorry.has_value());
    };
    CHECK(table_after("") == std::pair(true, false));
    CHECK(table_after("alpha\n") == std::pair(false, true));
}
