#include "backend/change/way_back.h"

#include "backend/ipvsadm/saved_table.h"
#include "tests/unit/catch.h"

namespace {

using lbctl::change::PendingConfirmation;
using lbctl::ipvsadm::SavedForm;
using lbctl::table::Table;

Table table(const std::string& text) {
    auto read = lbctl::ipvsadm::read_saved_text(text, "text");
    REQUIRE(read.has_value());
    return std::move(*read);
}

struct Case {
    std::string before, after, now;
    bool complete = true;
};

struct Outcome {
    std::string target;
    std::string left;
};

Outcome back(const Case& given) {
    PendingConfirmation pending;
    pending.before = table(given.before);
    pending.after = table(given.after);
    pending.timeouts = pending.after.timeouts != lbctl::table::Timeouts{};
    pending.daemons = !pending.before.daemons.empty() || !pending.after.daemons.empty();
    pending.complete = given.complete;
    const auto way = lbctl::change::way_back(pending, table(given.now));
    Outcome outcome{to_saved_text(way.target, SavedForm::complete), {}};
    for (const std::string& line : way.left) outcome.left += line + "\n";
    return outcome;
}

/// The same text for the same table.
std::string text(const std::string& saved) {
    return to_saved_text(table(saved), SavedForm::complete);
}

const std::string service = "-A -t 10.0.0.1:80 -s rr\n";
const std::string first = "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1\n";
const std::string second = "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1\n";
const std::string third = "-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 1\n";

std::string with(std::string text, std::string_view old, std::string_view fresh) {
    const auto at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), fresh);
}

}  // namespace

TEST_CASE("what nobody else changed is as it was before", "[way_back]") {
    const std::string other = "-A -f 7 -s wlc\n-a -f 7 -r 10.0.2.1:0 -g -w 2\n";
    const std::string edited =
        with(service, "rr", "wlc -p 60 -M 255.255.255.0") + with(first, "-m -w 1", "-g -w 9 -x 20 -y 10") + third;
    for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
             {service + first + second, edited},
             {edited, service + first + second},
             {service + first, service + first + other},
             {service + first + other, service + first},
             {"", other},
             {other, ""},
             {"--set 900 120 300\n", "--set 800 0 200\n"},
             {"--start-daemon master --mcast-interface eth0 --syncid 3\n", ""},
             {"", "--start-daemon master --mcast-interface eth0 --syncid 3\n"},
             {"--start-daemon master --mcast-interface eth0 --syncid 3\n",
              "--start-daemon master --mcast-interface eth1 --syncid 3\n--start-daemon backup --mcast-interface "
              "eth1\n"}}) {
        INFO(before << "->\n" << after);
        const std::string now = after == "--set 800 0 200\n" ? "--set 800 120 200\n" : after;
        const Outcome outcome = back({before, after, now});
        CHECK(outcome.target == text(before));
        CHECK(outcome.left.empty());
    }
}

TEST_CASE("what somebody else changed meanwhile stays, and is told", "[way_back]") {
    struct Meanwhile {
        Case given;
        std::string target, left;
    };
    const std::string base = service + first + second;
    for (const Meanwhile& each : std::vector<Meanwhile>{
             // a destination that the apply did not touch
             {{base, with(base, "rr", "wlc"), with(base, "rr", "wlc") + third},
              base + third,
              "10.0.1.3:80 of TCP 10.0.0.1:80: added\n"},
             {{base, with(base, "rr", "wlc"), with(service, "rr", "wlc") + first + with(second, "-w 1", "-w 0")},
              service + first + with(second, "-w 1", "-w 0"),
              "10.0.1.2:80 of TCP 10.0.0.1:80: weight 1 → 0\n"},
             {{base, with(base, "rr", "wlc"), with(service, "rr", "wlc") + first},
              service + first,
              "10.0.1.2:80 of TCP 10.0.0.1:80: removed\n"},
             // the same destination, another value of it and the same one
             {{base, service + with(first, "-w 1", "-w 3") + second,
               service + with(first, "-w 1", "-w 3 -x 9") + second},
              service + with(first, "-w 1", "-w 1 -x 9") + second,
              "10.0.1.1:80 of TCP 10.0.0.1:80: upper_threshold 0 → 9\n"},
             {{base, service + with(first, "-w 1", "-w 3") + second, service + with(first, "-w 1", "-w 5") + second},
              service + with(first, "-w 1", "-w 5") + second,
              "10.0.1.1:80 of TCP 10.0.0.1:80: weight 1 → 5\n"},
             {{base, service + with(first, "-m -w 1", "-g -w 3") + second, service + with(first, "-m", "-g") + second},
              base,
              ""},
             // values of the service
             {{base, with(base, "rr", "wlc -p 60"), with(base, "rr", "sh -p 60")},
              with(base, "rr", "sh"),
              "TCP 10.0.0.1:80: scheduler rr → sh\n"},
             {{base, with(base, "rr", "rr -p 60"), with(base, "rr", "rr -p 90")},
              with(base, "rr", "rr -p 90"),
              "TCP 10.0.0.1:80: persistence off → 90 s\n"},
             // what the apply added or removed
             {{service + first, base, service + first + with(second, "-w 1", "-w 0")},
              service + first + with(second, "-w 1", "-w 0"),
              "10.0.1.2:80 of TCP 10.0.0.1:80: added\n"},
             {{service + first, base, service + first}, service + first, ""},
             {{base, service + first, base}, base, ""},
             {{base, service + first, service + first + with(second, "-w 1", "-w 7")},
              service + first + with(second, "-w 1", "-w 7"),
              "10.0.1.2:80 of TCP 10.0.0.1:80: weight 1 → 7\n"},
             // whole services
             {{"", base, base + third}, service + third, "TCP 10.0.0.1:80: added\n"},
             {{"", base, with(base, "rr", "wlc")}, with(base, "rr", "wlc"), "TCP 10.0.0.1:80: added\n"},
             {{"", base, ""}, "", ""},
             {{"", base, service + first}, "", ""},
             {{base, "", service},
              service,
              "10.0.1.1:80 of TCP 10.0.0.1:80: removed\n10.0.1.2:80 of TCP 10.0.0.1:80: removed\n"},
             {{base, service + first, ""}, "", "TCP 10.0.0.1:80: removed\n"},
             // the rest of the table
             {{"--set 900 120 300\n", "--set 800 0 200\n", "--set 700 60 200\n"},
              "--set 700 60 300\n",
              "timeouts: tcp 900 → 700, tcp_fin 120 → 60\n"},
             {{"", "--start-daemon master --mcast-interface eth0 --syncid 3\n",
               "--start-daemon master --mcast-interface eth1 --syncid 3\n"},
              "--start-daemon master --mcast-interface eth1 --syncid 3\n",
              "sync daemon master: added\n"}}) {
        INFO(each.given.before << "->\n" << each.given.after << "now\n" << each.given.now);
        const Outcome outcome = back(each.given);
        CHECK(outcome.target == text(each.target));
        CHECK(outcome.left == each.left);
    }
}

TEST_CASE("an apply that ended half way is taken back from wherever it came to", "[way_back]") {
    const std::string base = service + first + second;
    const std::string after = with(service, "rr", "wlc") + first + third;
    for (const std::string& now : {base, base + third, with(base, "rr", "wlc") + third,
                                   with(service, "rr", "wlc") + first + with(second, "-w 1", "-w 0") + third, after}) {
        INFO(now);
        const Outcome outcome = back({base, after, now, false});
        CHECK(outcome.target == text(base));
        CHECK(outcome.left.empty());
    }
    // A service that goes, drained and in part removed.
    for (const std::string& now : {base, service + with(first, "-w 1", "-w 0") + with(second, "-w 1", "-w 0"),
                                   service + with(second, "-w 1", "-w 0"), service, std::string()}) {
        INFO(now);
        CHECK(back({base, "", now, false}).target == text(base));
    }
    // A service that comes.
    for (const std::string& now : {std::string(), service, service + first, base}) {
        INFO(now);
        CHECK(back({"", base, now, false}).target.empty());
    }
}
