#include "backend/table/compile.h"

#include <string>

#include "backend/table/saved_table.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

/// The table, made virtual server by virtual server where that is possible; what was kept for the end goes to `kept`.
std::string in_passing(const std::string& text, std::size_t& kept) {
    table::Compilation compilation;
    validate::AnalysisOptions options;
    options.take = [&compilation](const ast::Node& statement, const source::Sources& sources, bool stays) {
        return compilation.take(statement, sources, stays);
    };
    const auto analysis = validate::analyse("test.conf", text, options);
    REQUIRE_FALSE(analysis.is_whole);
    kept = analysis.root.children.size();
    const auto wanted = compilation.finish(analysis.root, analysis.sources);
    REQUIRE(wanted);
    return table::to_saved_text(table::table_of(*wanted), table::SavedForm::complete);
}

std::string at_once(const std::string& text) {
    const auto analysis = validate::analyse("test.conf", text, {});
    const auto wanted = table::compile(analysis.root, analysis.sources);
    REQUIRE(wanted);
    return table::to_saved_text(table::table_of(*wanted), table::SavedForm::complete);
}

std::string service(const std::string& head, const std::string& body, const std::string& scheduler = "rr") {
    return "virtual_server " + head + " {\nprotocol TCP\nlvs_sched " + scheduler + "\nlvs_method NAT\n" + body + "}\n";
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
