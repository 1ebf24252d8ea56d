#include "backend/change/run_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "backend/ipvsadm/saved_table.h"
#include "tests/unit/temporary_folder.h"

namespace {

using lbctl::Failure;
using lbctl::change::RunState;
using lbctl::tests::TemporaryFolder;

constexpr std::uint64_t inode = 4026531840;
constexpr std::uint64_t cookie = 4097;

lbctl::change::PendingConfirmation pending() {
    lbctl::change::PendingConfirmation pending;
    pending.token = "1-2";
    pending.deadline = lbctl::change::BootClock::time_point(std::chrono::seconds(17));
    pending.complete = true;
    auto before = lbctl::ipvsadm::read_saved_text("-A -t 10.0.0.1:80 -s rr\n", "text");
    auto after = lbctl::ipvsadm::read_saved_text("-A -t 10.0.0.1:80 -s wlc\n-A -f 7 -s rr\n", "text");
    REQUIRE((before.has_value() && after.has_value()));
    pending.before = std::move(*before);
    pending.after = std::move(*after);
    return pending;
}

std::set<lbctl::table::ServiceKey> keys() {
    return {pending().before.services.front().key};
}

lbctl::table::DrainedServers drained() {
    return {{"TCP 10.0.0.1:80 10.0.1.1:80", {3, "alice", std::chrono::sys_seconds(std::chrono::seconds(1796036580))}},
            {"FWM 7 10.0.1.2:0", {0, "", std::nullopt}}};
}

const lbctl::change::BorrowedValue borrowed = {"net/ipv4/vs/expire_quiescent_template", "0", "1"};

std::string file_name(std::string_view suffix) {
    return "net-" + std::to_string(inode) + "." + std::string(suffix);
}

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

/// A file of the state, and what reads it.
struct StateFile {
    std::string name;
    std::string schema;
    std::function<std::optional<Failure>(const RunState&)> read;  ///< nothing: it was taken
    std::string values_of_wrong_types;                            ///< JSON with the right schema
};

template <class Value>
std::optional<Failure> failure_of(const lbctl::Result<Value>& result) {
    return result ? std::nullopt : std::optional(result.error());
}

std::vector<StateFile> json_files() {
    return {
        {file_name("owned.json"), "lbctl-owned/1", [](const RunState& state) { return failure_of(state.read_owned()); },
         R"({"schema": "lbctl-owned/1", "namespace": 4097, "services": {"a": "-t 10.0.0.1:80"}})"},
        {file_name("drained.json"), "lbctl-drained/1",
         [](const RunState& state) { return failure_of(state.read_drained()); },
         R"({"schema": "lbctl-drained/1", "namespace": 4097, "weights": {"TCP 10.0.0.1:80 10.0.1.1:80": -1}})"},
        {file_name("setting.json"), "lbctl-setting/1",
         [](const RunState& state) { return failure_of(state.read_borrowed()); },
         R"({"schema": "lbctl-setting/1", "namespace": 4097, "path": 7, "before": "0", "during": "1"})"},
        {file_name("pending.json"), "lbctl-pending/2",
         [](const RunState& state) { return failure_of(state.read_pending()); },
         R"({"schema": "lbctl-pending/2", "namespace": 4097, "token": 7, "deadline": "soon"})"},
    };
}

std::vector<StateFile> all_files() {
    std::vector<StateFile> files = json_files();
    files.push_back({file_name("lock"), "",
                     [](const RunState& state) { return failure_of(state.lock(std::chrono::seconds(0), [] {})); }, ""});
    files.push_back(
        {file_name("setting"), "", [](const RunState& state) { return failure_of(state.take_borrowed()); }, ""});
    files.push_back(
        {file_name("watcher"), "", [](const RunState& state) { return failure_of(state.has_watcher()); }, ""});
    files.push_back(
        {file_name("keeper"), "", [](const RunState& state) { return failure_of(state.has_keeper()); }, ""});
    return files;
}

void write_all_files(const RunState& state) {
    REQUIRE(state.write_owned(keys()).has_value());
    REQUIRE(state.write_drained(drained()).has_value());
    REQUIRE(state.write_borrowed(borrowed).has_value());
    REQUIRE(state.take_borrowed().has_value());
    REQUIRE(state.write_pending(pending()).has_value());
    REQUIRE(state.make_watcher_mark().has_value());
    REQUIRE(state.become_keeper().has_value());
    REQUIRE(state.lock(std::chrono::seconds(0), [] {}).has_value());
}

void check_refused(const std::optional<Failure>& failed, const std::string& path, std::string_view why) {
    INFO(path << " " << why);
    REQUIRE(failed.has_value());
    INFO(failed->message);
    CHECK(failed->message.find(path) == 0);
    CHECK(failed->message.find(why) != std::string::npos);
    CHECK(!failed->hint.empty());
}

}  // namespace

TEST_CASE("what was written down is read back", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(state.read_owned()->empty());
    CHECK(!state.read_pending()->has_value());
    const auto written = pending();
    REQUIRE(state.write_owned(keys()).has_value());
    REQUIRE(state.write_drained(drained()).has_value());
    REQUIRE(state.write_pending(written).has_value());
    CHECK(*state.read_owned() == keys());
    CHECK(*state.read_drained() == drained());
    const auto read = state.read_pending();
    REQUIRE((read.has_value() && read->has_value()));
    CHECK((*read)->token == written.token);
    CHECK((*read)->deadline == written.deadline);
    CHECK((*read)->complete);
    CHECK((*read)->before.services == written.before.services);
    CHECK((*read)->after.services == written.after.services);
}

TEST_CASE("state is for its owner alone, whatever the umask", "[run_state]") {
    for (const mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
        const TemporaryFolder parent;
        const std::string folder = parent.at("lbctl");
        const RunState state(inode, cookie, folder);
        const mode_t old = ::umask(mask);
        write_all_files(state);
        ::umask(old);
        CHECK(mode_of(folder) == 0700);
        for (const StateFile& file : all_files()) {
            INFO(file.name << " with umask " << mask);
            CHECK(mode_of(folder + "/" + file.name) == 0600);
            CHECK(!file.read(state).has_value());
        }
    }
}

TEST_CASE("what an earlier release made readable to all is closed to them", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    write_all_files(state);
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    for (const StateFile& file : json_files()) REQUIRE(::chmod(folder.at(file.name).c_str(), 0644) == 0);
    for (const StateFile& file : json_files()) {
        CHECK(!file.read(state).has_value());
        CHECK(mode_of(folder.at(file.name)) == 0600);
    }
    CHECK(mode_of(folder.path()) == 0700);
}

TEST_CASE("who had the lock of an earlier release open cannot take it later", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    folder.write(file_name("lock"), "");
    REQUIRE(::chmod(folder.at(file_name("lock")).c_str(), 0644) == 0);
    const lbctl::base::Descriptor other(::open(folder.at(file_name("lock")).c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(other.is_open());
    CHECK(state.lock(std::chrono::seconds(0), [] {}).has_value());
    REQUIRE(::flock(other.number(), LOCK_EX | LOCK_NB) == 0);
    const auto held = state.lock(std::chrono::seconds(0), [] {});
    CHECK(held.has_value());
    CHECK(mode_of(folder.at(file_name("lock"))) == 0600);
    CHECK(!state.lock(std::chrono::seconds(0), [] {}).has_value());
}

TEST_CASE("a folder that is not the owner's alone is refused", "[run_state]") {
    const TemporaryFolder parent;
    const std::string folder = parent.at("lbctl");
    const RunState state(inode, cookie, folder);
    const auto check_all = [&](std::string_view why) {
        for (const StateFile& file : all_files()) check_refused(file.read(state), folder, why);
        check_refused(failure_of(state.write_owned(keys())), folder, why);
        check_refused(failure_of(state.pending_stamp()), folder, why);
        check_refused(failure_of(state.remove_pending()), folder, why);
    };
    std::filesystem::create_directory(folder);
    for (const mode_t mode : {0720U, 0702U, 0777U, 01777U}) {
        REQUIRE(::chmod(folder.c_str(), mode) == 0);
        check_all("others may write it");
    }
    REQUIRE(::chmod(folder.c_str(), 0700) == 0);
    if (::geteuid() == 0) {
        REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0);
        check_all("it belongs to the user with number 65534");
    }
    std::filesystem::rename(folder, parent.at("elsewhere"));
    std::filesystem::create_symlink(parent.at("elsewhere"), folder);
    check_all("it is a symbolic link");
    std::filesystem::remove(folder);
    parent.write("lbctl", "");
    check_all("it is no folder");
}

TEST_CASE("a file that somebody else may have made is refused, and none blocks", "[run_state]") {
    for (const StateFile& file : all_files()) {
        const TemporaryFolder folder;
        const RunState state(inode, cookie, folder.path());
        const std::string path = folder.at(file.name);
        const auto made = [&](const auto& make, std::string_view why) {
            std::filesystem::remove_all(path);
            make();
            check_refused(file.read(state), path, why);
        };
        const auto whole = [&] { write_all_files(state); };
        for (const mode_t mode : {0620U, 0602U, 0666U}) {
            made(
                [&] {
                    whole();
                    REQUIRE(::chmod(path.c_str(), mode) == 0);
                },
                "others may write it");
        }
        if (::geteuid() == 0) {
            made(
                [&] {
                    whole();
                    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
                },
                "it belongs to the user with number 65534");
        }
        made(
            [&] {
                whole();
                std::filesystem::rename(path, folder.at("elsewhere"));
                std::filesystem::create_symlink(folder.at("elsewhere"), path);
            },
            "it is a symbolic link");
        made([&] { std::filesystem::create_symlink(folder.at("nowhere"), path); }, "it is a symbolic link");
        made([&] { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }, "it is a FIFO");
        made([&] { std::filesystem::create_directory(path); }, "it is a folder");
    }
}

TEST_CASE("a damaged file is named", "[run_state]") {
    for (const StateFile& file : json_files()) {
        const TemporaryFolder folder;
        const RunState state(inode, cookie, folder.path());
        const std::string path = folder.at(file.name);
        REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
        CHECK(!file.read(state).has_value());
        const auto says = [&](std::string_view text, std::string_view why) {
            folder.write(file.name, text);
            REQUIRE(::chmod(path.c_str(), 0600) == 0);
            check_refused(file.read(state), path, why);
        };
        write_all_files(state);
        std::string whole;
        {
            std::ifstream in(path, std::ios::binary);
            whole.assign(std::istreambuf_iterator<char>(in), {});
        }
        for (std::size_t size = 0; size + 3 < whole.size(); size += 7) says(whole.substr(0, size), "is damaged");
        says("[]", "is damaged: it has no schema");
        says("{}", "is damaged: it has no schema");
        says(R"({"schema": 1})", "is damaged: it has no schema");
        says(R"({"schema": "lbctl-plan/1"})", "is damaged: its schema is not " + file.schema);
        says("{\"schema\": \"" + file.schema + "\", \"namespace\": \"x\"}", "is damaged: wrong value of `namespace'");
        says("{\"schema\": \"" + file.schema + "\"}", "is damaged");
        says(file.values_of_wrong_types, "is damaged");
        says(std::string(4096, '\0'), "is damaged");
        says(std::string(100000, '['), "is damaged");
        says("\x80\xff\xfe", "is damaged");
        const std::string newer = file.schema.substr(0, file.schema.find('/')) + "/9";
        says("{\"schema\": \"" + newer + "\"}", "is of another release of lbctl");
        // More than lbctl writes is not looked at, and no memory is asked for it.
        std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
        check_refused(file.read(state), path, "is larger than 256 MiB");
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

TEST_CASE("a table has one keeper at a time", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(!*state.has_keeper());
    {
        const auto first = state.become_keeper();
        REQUIRE(first.has_value());
        CHECK(first->has_value());
        CHECK(*state.has_keeper());
        const auto second = state.become_keeper();
        REQUIRE(second.has_value());
        CHECK(!second->has_value());
        // The table of another namespace has its own.
        CHECK(!*RunState(inode + 1, cookie, folder.path()).has_keeper());
        // Changes are made under another lock.
        CHECK(state.lock(std::chrono::seconds(0), [] {}).has_value());
    }
    CHECK(!*state.has_keeper());
}

TEST_CASE("a changed setting is put back by the last one that needs it", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(!state.read_borrowed()->has_value());
    REQUIRE(state.write_borrowed(borrowed).has_value());
    const auto read = state.read_borrowed();
    REQUIRE((read.has_value() && read->has_value()));
    CHECK((*read)->path == borrowed.path);
    CHECK((*read)->before == "0");
    CHECK((*read)->during == "1");
    {
        auto first = state.share_borrowed();
        auto second = state.share_borrowed();
        REQUIRE((first.has_value() && second.has_value()));
        CHECK(!state.take_borrowed()->has_value());
    }
    CHECK(state.take_borrowed()->has_value());
    REQUIRE(state.remove_borrowed().has_value());
    CHECK(!state.read_borrowed()->has_value());
}

TEST_CASE("drains that an earlier release wrote down are read", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    REQUIRE(state.write_owned({}).has_value());  // makes the folder
    std::ofstream(folder.path() + "/" + file_name("drained.json"))
        << R"({"schema": "lbctl-drained/1", "namespace": 4097, "weights": {"TCP 10.0.0.1:80 10.0.1.1:80": 3}})";
    const auto read = state.read_drained();
    REQUIRE(read.has_value());
    CHECK(read->at("TCP 10.0.0.1:80 10.0.1.1:80") == lbctl::table::DrainedServer{3, "", std::nullopt});
}

TEST_CASE("a watcher is known for as long as it has its mark", "[run_state]") {
    const TemporaryFolder folder;
    const RunState state(inode, cookie, folder.path());
    CHECK(!*state.has_watcher());
    {
        const auto first = state.make_watcher_mark();
        REQUIRE(first.has_value());
        CHECK(*state.has_watcher());
        CHECK(*state.has_watcher());
        // The one of the next apply does not wait for that of the one before, and only it counts.
        {
            const auto second = state.make_watcher_mark();
            REQUIRE(second.has_value());
            CHECK(*state.has_watcher());
        }
        CHECK(!*state.has_watcher());
    }
    CHECK(!*state.has_watcher());
}

TEST_CASE("a namespace does not inherit from another that had its inode", "[run_state]") {
    const TemporaryFolder folder;
    const RunState old(inode, cookie, folder.path());
    REQUIRE(old.write_owned(keys()).has_value());
    REQUIRE(old.write_drained(drained()).has_value());
    REQUIRE(old.write_pending(pending()).has_value());
    const RunState other(inode, cookie + 1, folder.path());
    CHECK(other.read_owned()->empty());
    CHECK(other.read_drained()->empty());
    CHECK(!other.read_pending()->has_value());
    REQUIRE(other.write_owned(keys()).has_value());
    CHECK(!other.read_owned()->empty());
    CHECK(old.read_owned()->empty());

    // Who does not know the cookie can only go by the inode, on either side.
    const RunState unknown(inode, std::nullopt, folder.path());
    CHECK(!unknown.read_owned()->empty());
    REQUIRE(unknown.write_owned(keys()).has_value());
    CHECK(!old.read_owned()->empty());
}
