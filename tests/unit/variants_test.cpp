#include <string>
#include <vector>

#include "grammar/validate/rule.h"
#include "grammar/validate/variants.h"
#include "tests/unit/catch.h"
#include "tests/unit/temporary_folder.h"

using namespace lbctl;
using lbctl::tests::TemporaryFolder;

namespace {

using Ids = std::vector<std::string>;

validate::Analysis checked(const TemporaryFolder& folder, const std::string& text) {
    folder.write("a.conf", text);
    auto analysis = validate::analyse_variants(folder.at("a.conf"), {});
    REQUIRE(analysis);
    return *std::move(analysis);
}

const source::Finding* find(const validate::Analysis& analysis, std::string_view rule) {
    for (const source::Finding& finding : analysis.findings) {
        if (finding.rule == rule) return &finding;
    }
    return nullptr;
}

const std::string instance =
    "vrrp_instance web {\n    interface eth0\n    virtual_router_id 9\n    virtual_ipaddress {\n        10.0.8.5\n    "
    "}\n";

}  // namespace

TEST_CASE("a mistake behind a condition is told with the id that has it") {
    const TemporaryFolder folder;
    const auto analysis = checked(folder, instance + "    @lb1 priority 300\n    @lb2 priority 100\n}\n");
    const source::Finding* finding = find(analysis, "out-of-range");
    REQUIRE(finding != nullptr);
    CHECK(finding->config_ids == Ids{"lb1"});
    CHECK(validate::ids_suffix(*finding) == " (only for lb1)");
    CHECK(validate::origin_of(*finding) == validate::Origin::lbctl);
}

TEST_CASE("a mistake that all ids have is told once, without ids") {
    const TemporaryFolder folder;
    const auto analysis =
        checked(folder, instance + "    @lb1 priority 200\n    @lb2 priority 100\n    prioritty 5\n}\n");
    REQUIRE(analysis.findings.size() == 1);
    CHECK(analysis.findings[0].rule == "unknown-keyword");
    CHECK(analysis.findings[0].config_ids.empty());
    CHECK(validate::origin_of(analysis.findings[0]) == validate::Origin::keepalived);
}

TEST_CASE("a line for all ids but one is checked for an id that no line names") {
    const TemporaryFolder folder;
    const auto analysis = checked(folder, instance + "    @^lb1 prioritty 5\n}\n");
    const source::Finding* finding = find(analysis, "unknown-keyword");
    REQUIRE(finding != nullptr);
    CHECK(finding->config_ids == Ids{"*"});
    CHECK(validate::origin_of(*finding) == validate::Origin::keepalived);
}

TEST_CASE("ids that only a file names which one id includes are checked, too") {
    const TemporaryFolder folder;
    folder.write("b.conf", "@^lb3 prioritty 5\n");
    const auto analysis = checked(folder, "@lb1 include b.conf\n");
    const source::Finding* finding = find(analysis, "unknown-keyword");
    REQUIRE(finding != nullptr);
    CHECK(finding->config_ids == Ids{"lb1"});
    CHECK(analysis.sources.name(finding->where.range.file).ends_with("b.conf"));
    CHECK(find(analysis, "unread-condition") == nullptr);
}

TEST_CASE("a condition that can hold for no id is told, for nothing behind it was checked") {
    const TemporaryFolder folder;
    folder.write("b.conf", "@lb2 prioritty 5\n@lb1 vrrp_version 3\n");
    const auto analysis = checked(folder, "@lb1 include b.conf\n@lb2 global_defs {\n@lb2 }\n");
    const source::Finding* finding = find(analysis, "unread-condition");
    REQUIRE(finding != nullptr);
    CHECK(finding->where.range.begin == source::Position{1, 1});
    CHECK(analysis.sources.name(finding->where.range.file).ends_with("b.conf"));
}

TEST_CASE("of thousands of ids the first are checked, and a finding says that the others were not") {
    const TemporaryFolder folder;
    std::string text;
    for (int id = 0; id < 5000; ++id) text += "@id" + std::to_string(id) + " vrrp_version 3\n";
    const auto analysis = checked(folder, text);
    const source::Finding* finding = find(analysis, "unchecked-ids");
    REQUIRE(finding != nullptr);
    CHECK(finding->where.range.begin.line == validate::most_variants + 1);
}

TEST_CASE("a file stands once among the sources, however many ids read it") {
    const TemporaryFolder folder;
    folder.write("b.conf", "vrrp_version 3\n");
    const auto analysis = checked(folder, "@lb1 global_defs {\n@lb1 }\ninclude b.conf\n@^lb2 include b.conf\n");
    CHECK(analysis.sources.file_count() == 3);
}
