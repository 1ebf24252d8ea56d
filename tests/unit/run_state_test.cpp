#include "backend/table/run_state.h"

#include <filesystem>

#include "backend/table/saved_table.h"
#include "tests/unit/temporary_folder.h"

namespace {

using lbctl::table::RunState;
using lbctl::tests::TemporaryFolder;

constexpr std::uint64_t inode = 4026531840;
constexpr std::uint64_t cookie = 4097;

lbctl::table::PendingConfirmation pending() {
    lbctl::table::PendingConfirmation pending;
    pending.token = "1-2";
    pending.deadline = 17;
    pending.complete = true;
    auto before = lbctl::table::read_saved_text("-A -t 10.0.0.1:80 -s rr\n", "text");
    REQUIRE(before.has_value());
    pending.before = std::move(*before);
    pending.touched = {pending.before.services.front().key};
    return pending;
}

}  // namespace

TEST_CASE("what was written down is read back", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(state.read_owned()->empty());
    CHECK(!state.read_pending()->has_value());
    const auto written = pending();
    REQUIRE(state.write_owned(written.touched).has_value());
    REQUIRE(state.write_drained({{"TCP 10.0.0.1:80 10.0.1.1:80", 3}}).has_value());
    REQUIRE(state.write_pending(written).has_value());
    CHECK(*state.read_owned() == written.touched);
    CHECK(state.read_drained()->at("TCP 10.0.0.1:80 10.0.1.1:80") == 3);
    const auto read = state.read_pending();
    REQUIRE((read.has_value() && read->has_value()));
    CHECK((*read)->token == written.token);
    CHECK((*read)->touched == written.touched);
    CHECK((*read)->complete);
    CHECK((*read)->before.services == written.before.services);
}

TEST_CASE("a damaged file is named", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    folder.write("net-4026531840.owned.json", "{");
    folder.write("net-4026531840.pending.json",
                 R"({"token": "1", "deadline": 1, "touched": [], "owned": [], "timeouts": false, "daemons": false,
                     "before": {"schema": "other"}})");
    for (const std::string& message : {state.read_owned().error().message, state.read_pending().error().message}) {
        INFO(message);
        CHECK(message.find(folder.path() + "/net-4026531840.") == 0);
        CHECK(message.find("is damaged") != std::string::npos);
    }
}

TEST_CASE("a pending confirmation is gone, or it is said that it is not", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(state.remove_pending().has_value());
    REQUIRE(state.write_pending(pending()).has_value());
    CHECK(state.remove_pending().has_value());
    CHECK(!state.read_pending()->has_value());
    std::filesystem::create_directory(folder.at("net-4026531840.pending.json"));
    CHECK(!state.remove_pending().has_value());
}

TEST_CASE("a pending confirmation that was written again is told from the one before", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(!state.pending_stamp()->has_value());
    REQUIRE(state.write_pending(pending()).has_value());
    const auto first = state.pending_stamp();
    REQUIRE((first.has_value() && first->has_value()));
    CHECK(*state.pending_stamp() == *first);
    REQUIRE(state.write_pending(pending()).has_value());
    CHECK(*state.pending_stamp() != *first);
}

TEST_CASE("a namespace does not inherit from another that had its inode", "[run_state]") {
    const TemporaryFolder folder;
    const RunState old(inode, cookie, folder.path());
    REQUIRE(old.write_owned(pending().touched).has_value());
    REQUIRE(old.write_drained({{"TCP 10.0.0.1:80 10.0.1.1:80", 3}}).has_value());
    REQUIRE(old.write_pending(pending()).has_value());
    const RunState other(inode, cookie + 1, folder.path());
    CHECK(other.read_owned()->empty());
    CHECK(other.read_drained()->empty());
    CHECK(!other.read_pending()->has_value());
    REQUIRE(other.write_owned(pending().touched).has_value());
    CHECK(!other.read_owned()->empty());
    CHECK(old.read_owned()->empty());

    // Who does not know the cookie can only go by the inode, on either side.
    const RunState unknown(inode, std::nullopt, folder.path());
    CHECK(!unknown.read_owned()->empty());
    REQUIRE(unknown.write_owned(pending().touched).has_value());
    CHECK(!old.read_owned()->empty());
}
