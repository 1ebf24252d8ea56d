#include "cli/command_line.h"

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

/// What is wrong with these words of a command that takes numbers; empty when nothing is.
std::string complaint(const std::vector<const char*>& words) {
    cli::CommandLine line("lbctl", "", "");
    std::uint32_t plain = 0;
    std::uint32_t within = 0;
    double pause = 0;
    double positive = 0;
    cli::Command command = line.program().command("count", "");
    command.option("--plain", plain, "");
    command.option("--within", within, "").within(0U, 2147483647U);
    command.option("--pause", pause, "").value_optional().within(0.05, 86400.0);
    command.option("--positive", positive, "").positive();
    std::vector<const char*> all{"lbctl", "count"};
    all.insert(all.end(), words.begin(), words.end());
    const auto read = line.read(static_cast<int>(all.size()), all.data());
    return read ? std::string() : read.error().message;
}

}  // namespace

TEST_CASE("numbers that an option takes") {
    CHECK(complaint({"--plain", "7", "--within", "2147483647", "--pause", "0.05", "--positive", "0.1"}).empty());
    CHECK(complaint({"--pause", "--plain", "7"}).empty());
}

TEST_CASE("errors say which number an option wants") {
    CHECK(complaint({"--plain", "-3"}) == "--plain: `-3' is not a number that fits here");
    CHECK(complaint({"--plain", "abc"}) == "--plain: `abc' is not a number that fits here");
    CHECK(complaint({"--within", "1.5"}) == "--within: `1.5' is not a whole number from 0 to 2147483647");
    CHECK(complaint({"--within", "2147483648"}) == "--within: `2147483648' is not a whole number from 0 to 2147483647");
    CHECK(complaint({"--pause", "1e30"}) == "--pause: `1e30' is not a number from 0.05 to 86400");
    CHECK(complaint({"--positive", "0"}) == "--positive: `0' is not a number greater than 0");
    CHECK(complaint({"--positive", "nan"}) == "--positive: `nan' is not a number greater than 0");
    CHECK(complaint({"--positive", "1x"}) == "--positive: `1x' is not a number greater than 0");
}

TEST_CASE("an option of several values takes one word, and leaves the next to what follows") {
    cli::CommandLine line("lbctl", "", "");
    std::vector<std::string> allowed;
    std::string file;
    cli::Command command = line.program().command("apply", "");
    command.option("--allow", allowed, "").separated_by(',').one_of({"add", "edit", "remove"});
    command.option("FILE", file, "");
    const std::vector<const char*> words{"lbctl", "apply", "--allow", "add,edit", "a.conf", "--allow", "remove"};
    REQUIRE(line.read(static_cast<int>(words.size()), words.data()));
    CHECK(allowed == std::vector<std::string>{"add", "edit", "remove"});
    CHECK(file == "a.conf");
}
