#include "backend/table/compile.h"

#include <string>

#include "backend/ipvsadm/saved_table.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

/// The table, made virtual server by virtual server where that is possible; what was kept for the end goes to `kept`.
std::string in_passing(const std::string& text, std::size_t& kept) {
    table::Compilation compilation;
    validate::AnalysisOptions options;
    options.sink = &compilation;
    const auto analysis = validate::analyse("test.conf", text, options);
    kept = analysis.root.children.size();
    const auto wanted = compilation.finish(analysis.root, analysis.sources);
    REQUIRE(wanted);
    return ipvsadm::to_saved_text(table::table_of(*wanted), ipvsadm::SavedForm::complete);
}

std::string at_once(const std::string& text) {
    const auto analysis = validate::analyse("test.conf", text, {});
    const auto wanted = table::compile(analysis.root, analysis.sources);
    REQUIRE(wanted);
    return ipvsadm::to_saved_text(table::table_of(*wanted), ipvsadm::SavedForm::complete);
}

std::string service(const std::string& head, const std::string& body, const std::string& scheduler = "rr") {
    return "virtual_server " + head + " {\nprotocol TCP\nlvs_sched " + scheduler + "\nlvs_method NAT\n" + body + "}\n";
}

/// One whose forwarding methods stand in the body.
std::string plain_service(const std::string& body, const std::string& head = "10.0.0.1 80") {
    return "virtual_server " + head + " {\nprotocol TCP\nlvs_sched rr\n" + body + "}\n";
}

std::string server(const std::string& head, const std::string& body = {}) {
    return "real_server " + head + " {\n" + body + "}\n";
}

const std::string group = "virtual_server_group web {\n10.0.0.7-9 80\nfwmark 3\n}\n";

}  // namespace

TEST_CASE("virtual servers become services as they are read, none is kept", "[compile]") {
    const std::string text = service("10.0.0.1 80", server("10.0.1.1 80", "weight 3\n") + server("10.0.1.2 80")) +
                             service("10.0.0.2 0", server("10.0.1.1 0")) + "global_defs {\nlvs_timeouts tcp 100\n}\n";
    std::size_t kept = 0;
    CHECK(in_passing(text, kept) == at_once(text));
    CHECK(kept == 1);
}

TEST_CASE("behind a virtual server that waits for others the order of the file stays that of the table", "[compile]") {
    const std::string first = service("10.0.0.1 80", server("10.0.1.1 80"));
    const std::string by_group = service("group web", server("10.0.1.5 80"));
    // The same service as one of the group's, where the settings of the first one count.
    const std::string last = service("10.0.0.8 80", server("10.0.1.9 80"), "wrr");
    std::size_t kept = 0;
    const std::string text = first + by_group + last + group;
    CHECK(in_passing(text, kept) == at_once(text));
    CHECK(kept == 3);
}

TEST_CASE("a virtual server that only a rule has to see again is one service", "[compile]") {
    const std::string tracking =
        service("10.0.0.1 80", server("10.0.1.5 80", "BFD_CHECK {\nname b\n}\n") + server("10.0.1.6 80"));
    const std::string again = service("10.0.0.1 80", server("10.0.1.9 80"), "wrr");
    std::size_t kept = 0;
    CHECK(in_passing(tracking + again, kept) == at_once(tracking + again));
    CHECK(kept == 2);
}

TEST_CASE("the same service asked for twice is one, also when the first was read long ago", "[compile]") {
    const std::string text =
        service("10.0.0.1 80", server("10.0.1.1 80")) + service("10.0.0.1 80", server("10.0.1.2 80"));
    std::size_t kept = 0;
    CHECK(in_passing(text, kept) == at_once(text));
    CHECK(kept == 0);
}

TEST_CASE("a server has the forwarding that stood above it", "[compile]") {
    const std::string gue = "lvs_method TUN type gue port 6080\n";
    const auto with = [](const std::string& method) { return plain_service(server("10.0.1.1 80", method)); };
    const std::string one = server("10.0.1.1 80");
    CHECK(at_once(plain_service("lvs_method DR\n" + one + "lvs_method NAT\n")) == at_once(with("lvs_method DR\n")));
    CHECK(at_once(plain_service(one + "lvs_method DR\n")) == at_once(with("lvs_method DR\n")));
    // A fault in the options leaves the method, with the options of the line before.
    CHECK(at_once(with("lvs_method TUN type gue port abc\n")) == at_once(with("lvs_method TUN\n")));
    CHECK(at_once(with(gue + "lvs_method TUN type gue\n")) == at_once(with(gue)));
    CHECK(at_once(with(gue + "lvs_method TUN\n")) == at_once(with("lvs_method TUN\n")));
    CHECK(at_once(plain_service(gue + server("10.0.1.1 80", "lvs_method TUN type x\n"))) == at_once(with(gue)));
}

TEST_CASE("only what was a tunnel where it stood may be of another family", "[compile]") {
    const std::string four = server("10.0.1.1 80");
    const std::string six = server("fd00::2 80");
    CHECK(at_once(plain_service(six + four + "lvs_method TUN\n")) == at_once(plain_service(four + "lvs_method TUN\n")));
    CHECK(at_once(plain_service("lvs_method TUN type gue port abc\n" + six + four)) ==
          at_once(plain_service("lvs_method TUN\n" + six + four)));
    CHECK(at_once(plain_service("lvs_method TUN\n" + six + "lvs_method NAT\n" + four)) ==
          at_once(plain_service(server("fd00::2 80", "lvs_method TUN\n") + server("10.0.1.1 80", "lvs_method NAT\n"))));
    // Without a quorum it is the sorry server that serves.
    const std::string dead = "quorum 2\nhysteresis 1\n" + server("10.0.1.1 80", "weight 2\nlvs_method NAT\n");
    CHECK(at_once(plain_service("sorry_server fd00::3 80\nlvs_method TUN\n" + dead)) == at_once(plain_service(dead)));
    CHECK(at_once(plain_service("lvs_method TUN\nsorry_server fd00::3 80\nlvs_method NAT\n" + dead)) ==
          at_once(plain_service("sorry_server fd00::3 80\nsorry_server_lvs_method TUN\n" + dead)));
    CHECK(at_once(plain_service("lvs_method TUN\nsorry_server fd00::3 80\n" + dead)) != at_once(plain_service(dead)));
    // A sorry server fixes the family, too, when no real server has.
    const std::string tunnelled = server("10.0.1.1 80", "lvs_method TUN\n");
    CHECK(at_once(plain_service("sorry_server fd00::3 80\n" + tunnelled, "fwmark 1")) ==
          at_once(plain_service("ip_family inet6\nsorry_server fd00::3 80\n" + tunnelled, "fwmark 1")));
}

TEST_CASE("a group that keepalived drops leaves its name to the next", "[compile]") {
    const std::string mixed = "virtual_server_group web {\n10.0.0.1 80\nfd00::1 80\nfwmark 1\n}\n";
    const std::string by_group = service("group web", server("10.0.1.5 80"));
    CHECK(at_once(mixed + group + by_group) == at_once(group + by_group));
    CHECK(at_once(group + mixed + by_group) == at_once(group + by_group));
}
