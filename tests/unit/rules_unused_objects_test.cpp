#include "tests/unit/validate_cases.h"

namespace lbctl::test {

TEST_CASE("rules: tracked objects that nothing tracks") {
    const std::string_view rule = "tracked-object-unused";
    constexpr keywords::Version target = keywords::default_target;
    const std::string file = block("track_file f", "file /run/f");
    const std::string process = block("vrrp_track_process p", "process nginx");
    CHECK(finds(rule, file, target));
    CHECK(finds(rule, process + good_instance(block("track_file", "")), target));
    CHECK(finds(rule, file + block("track_file g", "file /run/g") + checked("FILE_CHECK {\ntrack_file g\n}"), target));
    CHECK_FALSE(
        finds(rule, file + process + good_instance(block("track_file", "f") + block("track_process", "p")), target));
    CHECK_FALSE(finds(rule, file + checked("FILE_CHECK {\ntrack_file f\n}"), target));
    CHECK_FALSE(finds(
        rule, file + good_instance("") + block("vrrp_sync_group s", block("group", "a") + block("track_file", "f")),
        target));
    // A name that is nowhere defined is told of, and may have been meant for it.
    CHECK_FALSE(finds(rule, file + checked("FILE_CHECK {\ntrack_file g\n}"), target));
    CHECK_FALSE(finds(rule, file + good_instance(block("track_file", "g")), target));
    // keepalived drops it, which is told.
    CHECK_FALSE(finds(rule, block("track_file f", ""), target));
}

}  // namespace lbctl::test
