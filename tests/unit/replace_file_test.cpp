#include "grammar/base/replace_file.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using lbctl::base::replace_file;
using lbctl::tests::TemporaryFolder;

auto entries(const TemporaryFolder& folder) {
    return std::distance(fs::directory_iterator(folder.path()), {});
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a file that is replaced keeps its mode, and nothing stays beside it") {
    const TemporaryFolder folder;
    const std::string path = folder.at("a.conf");
    REQUIRE(replace_file(path, "old").has_value());
    REQUIRE(chmod(path.c_str(), 0640) == 0);
    REQUIRE(replace_file(path, std::string(100'000, 'x')).has_value());
    CHECK(bytes_of(path) == std::string(100'000, 'x'));
    CHECK(mode_of(path) == 0640);
    CHECK(entries(folder) == 1);
}

TEST_CASE("a new file gets the mode that the umask leaves") {
    const TemporaryFolder folder;
    const mode_t before = umask(027);
    const bool done = replace_file(folder.at("a.conf"), "").has_value();
    umask(before);
    REQUIRE(done);
    CHECK(mode_of(folder.at("a.conf")) == 0640);
}

TEST_CASE("a symbolic link stays one, and the file that it names is replaced") {
    const TemporaryFolder folder;
    REQUIRE(replace_file(folder.at("real.conf"), "old").has_value());
    fs::create_symlink("real.conf", folder.at("link.conf"));
    REQUIRE(replace_file(folder.at("link.conf"), "new").has_value());
    CHECK(fs::is_symlink(folder.at("link.conf")));
    CHECK(bytes_of(folder.at("real.conf")) == "new");
}

TEST_CASE("what is no regular file is written to, not replaced") {
    REQUIRE(replace_file("/dev/null", "text").has_value());
    CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a file that cannot be written is named, and stays as it was") {
    const TemporaryFolder folder;
    const auto done = replace_file(folder.at("none/a.conf"), "text");
    REQUIRE(!done.has_value());
    CHECK(done.error().message == "cannot write " + folder.at("none/a.conf") + ": No such file or directory");
    CHECK(!replace_file(folder.at("."), "text").has_value());
    CHECK(entries(folder) == 0);
}

TEST_CASE("a signal that ends the program leaves a whole file and nothing beside it") {
    const TemporaryFolder folder;
    const std::string path = folder.at("a.conf");
    const std::string one(100'000, '1');
    const std::string other(100'000, '2');
    REQUIRE(replace_file(path, one).has_value());
    for (unsigned round = 0; round < 40; ++round) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            // What the tests' own program does on a signal would take long.
            (void)signal(SIGTERM, SIG_DFL);
            for (;;) {
                (void)replace_file(path, other);
                (void)replace_file(path, one);
            }
        }
        usleep(2000 + 137 * round);
        kill(child, SIGTERM);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WTERMSIG(status) == SIGTERM);
        CHECK(entries(folder) == 1);
        const std::string left = bytes_of(path);
        CHECK((left == one || left == other));
    }
}
