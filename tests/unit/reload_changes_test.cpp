#include <fmt/format.h>

#include <string>
#include <vector>

#include "backend/keepalived/own_check.h"
#include "backend/keepalived/part_changes.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using Strings = std::vector<std::string>;

namespace {

/// A line a difference, as `lbctl reload --dry-run' has them.
std::string changes(const std::string& before, const std::string& after) {
    const auto one = validate::analyse("test.conf", before, {});
    const auto other = validate::analyse("test.conf", after, {});
    std::string text;
    for (const keepalived::PartChange& change : keepalived::part_changes(one.root, other.root)) {
        using enum keepalived::PartChange::Kind;
        text += fmt::format("{} {}: {}\n",
                            change.kind == add      ? '+'
                            : change.kind == remove ? '-'
                                                    : '~',
                            change.part, change.detail);
    }
    return text;
}

std::string instance(const std::string& lines, const std::string& name = "A") {
    return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id 7\n" + lines + "}\n";
}

std::string server(const std::string& lines, const std::string& service = "10.0.0.1 80") {
    return "virtual_server " + service + " {\nlb_algo rr\nreal_server 10.0.1.1 80 {\n" + lines + "}\n}\n";
}

std::string group(const Strings& protocols, const std::string& entries = "10.0.0.3 80\n", bool sorry = false) {
    std::string text = "virtual_server_group G {\n" + entries + "}\n";
    for (const std::string& protocol : protocols) {
        text += "virtual_server group G {\nprotocol " + protocol + "\n" + (sorry ? "sorry_server 10.0.1.9 80\n" : "") +
                "real_server 10.0.1.1 80 {\n}\n}\n";
    }
    return text;
}

template <class Function>
auto of_both(Function function, const std::string& before, const std::string& after) {
    const auto one = validate::analyse("test.conf", before, {});
    const auto other = validate::analyse("test.conf", after, {});
    return function(one.root, other.root);
}

}  // namespace

TEST_CASE("what a configuration changes besides the table is told part by part", "[reload_changes]") {
    const std::string addresses = "virtual_ipaddress {\n10.0.0.1/24\n10.0.0.2\n}\n";
    CHECK(changes(instance(addresses), "").starts_with("- vrrp_instance A: 10.0.0.1/24, 10.0.0.2/32\n"));
    CHECK(changes("", instance(addresses)) == "+ vrrp_instance A: 10.0.0.1/24, 10.0.0.2/32\n");
    CHECK(changes(instance("priority 150\n"), instance("priority 90\n")) == "~ vrrp_instance A: priority 150 → 90\n");
    CHECK(changes(instance(addresses), instance("virtual_ipaddress {\n10.0.0.2/32\n}\n")) ==
          "~ vrrp_instance A: - virtual_ipaddress 10.0.0.1/24\n");
    CHECK(changes(instance("nopreempt\n"), instance("")) == "~ vrrp_instance A: - nopreempt\n");
    CHECK(changes(server("TCP_CHECK {\nconnect_port 80\n}\n"), server("TCP_CHECK {\nconnect_port 81\n}\n")) ==
          "~ virtual_server 10.0.0.1 80: real_server 10.0.1.1 80 TCP_CHECK connect_port 80 → 81\n");
}

TEST_CASE("the same in other words, and what the table shows, is no change besides the table", "[reload_changes]") {
    const std::string addresses = "virtual_ipaddress {\n10.0.0.1\n10.0.0.2\n}\n";
    const std::string same = "virtual_ipaddress {\n10.0.0.2/32 # second\n10.0.0.1/32\n}\n";
    CHECK(changes(instance(addresses), "! a comment\n" + instance(same)).empty());
    CHECK(changes(server("weight 1\n"), server("weight 2\n")).empty());
    CHECK(changes(server("weight 1\n"), server("weight 1\n", "10.0.0.2 80")).empty());
    // A secret is told to be another one, and not shown.
    const auto with_password = [](const std::string& word) {
        return instance("authentication {\nauth_type PASS\nauth_pass " + word + "\n}\n");
    };
    CHECK(changes(with_password("one"), with_password("two")) ==
          "~ vrrp_instance A: authentication auth_pass ******** → another\n");
}

TEST_CASE("an instance that keepalived takes for another one begins anew", "[reload_changes]") {
    const auto restarted = [](const std::string& before, const std::string& after) {
        return of_both(keepalived::restarted_instances, before, after);
    };
    CHECK(restarted(instance(""), instance("priority 90\n")).empty());
    // Its name does not count.
    CHECK(restarted(instance(""), instance("", "B")).empty());
    CHECK(restarted(instance(""), "vrrp_instance A {\ninterface eth0\nvirtual_router_id 8\n}\n") == Strings{"A"});
    CHECK(restarted(instance(""), instance("unicast_peer {\n10.0.0.9\n}\n")) == Strings{"A"});
    CHECK(restarted(instance(""), "").empty());
}

TEST_CASE("virtual servers of a group that change places are seen", "[reload_changes]") {
    const auto shifted = [](const Strings& before, const Strings& after) {
        return of_both(keepalived::shifted_groups, group(before), group(after));
    };
    CHECK(shifted({"TCP", "UDP"}, {"UDP"}) == Strings{"G"});
    CHECK(shifted({"UDP"}, {"TCP", "UDP"}) == Strings{"G"});
    CHECK(shifted({"TCP", "UDP"}, {"UDP", "TCP"}) == Strings{"G"});
    CHECK(shifted({"TCP", "UDP"}, {"TCP"}).empty());
    CHECK(shifted({"TCP"}, {"TCP", "UDP"}).empty());
    CHECK(shifted({"TCP"}, {"UDP"}).empty());
    CHECK(shifted({"TCP", "UDP"}, {}).empty());
    const auto grown = [](bool sorry) {
        return of_both(keepalived::grown_groups, group({"TCP"}, "10.0.0.3 80\n", sorry),
                       group({"TCP"}, "10.0.0.3 80\n10.0.0.4 80\n", sorry));
    };
    CHECK(grown(false) == Strings{"G"});
    CHECK(grown(true).empty());
}

TEST_CASE("complaints of keepalived's own check count where they are new and not of what it goes on with",
          "[reload_changes]") {
    const keepalived::OwnCheck running{5, {"(Line 3) VRRP is odd"}};
    const keepalived::OwnCheck fresh{
        5,
        {"(new.conf: Line 9) VRRP is odd",
         "SECURITY VIOLATION - scripts are being executed but script_security not enabled.",
         "SECURITY VIOLATION - check scripts are being executed but script_security not enabled. There are insecure "
         "scripts.",
         "(new.conf: Line 14) WARNING - interface eth9 for vrrp_instance A doesn't exist"}};
    CHECK(keepalived::serious_complaints(fresh, running) == Strings{fresh.complaints[3]});
    CHECK(keepalived::serious_complaints(fresh, fresh).empty());
    CHECK_FALSE(keepalived::drops_only_scripts(fresh.complaints));
    const Strings dropped = {"Wrong file type found in script path '/bin/true'.",
                             "(Line 4) Disabling track script s due to insecure"};
    CHECK(keepalived::drops_only_scripts(dropped));
}
