#include "cli/command_line.h"

#include <unistd.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/application.h"
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

std::optional<std::string> read_words(cli::CommandLine& line, const std::vector<std::string>& words) {
    std::vector<const char*> all{"lbctl"};
    for (const std::string& word : words) all.push_back(word.c_str());
    const auto read = line.read(static_cast<int>(all.size()), all.data());
    if (read) return std::nullopt;
    return read.error().message;
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

TEST_CASE("an empty word is an argument like others, and an option keeps it") {
    cli::CommandLine line("lbctl", "", "");
    std::string name = "default";
    std::vector<std::string> files;
    std::vector<std::string> defined;
    std::uint32_t number = 7;
    bool flag = false;
    cli::Command command = line.program().command("count", "");
    command.option("--name", name, "").may_be_empty();
    command.option("--define", defined, "").one_value_each();
    command.option("--number", number, "");
    command.option("FILE", files, "");
    command.at_most_one("one of").flag("--flag", flag, "");
    CHECK(read_words(line, {"count", "", "--flag", "--name", "", "a", ""}) == std::nullopt);
    CHECK(files == std::vector<std::string>{"", "a", ""});
    CHECK(name.empty());
    CHECK(flag);
    name = "default";
    CHECK(read_words(line, {"count", "--name=", "[a]", "--define=", "--define", "[b,c]"}) == std::nullopt);
    CHECK(files == std::vector<std::string>{"[a]"});
    CHECK(defined == std::vector<std::string>{"", "[b,c]"});
    CHECK(name.empty());
    CHECK(read_words(line, {"count", "--number", ""}) == "--number: `' is not a number that fits here");
    CHECK(read_words(line, {"count", "--number=", "3"}) == "--number: `' is not a number that fits here");
}

TEST_CASE("an empty value is not the same as no option: no command takes one for a name") {
    cli::CommandLine line("lbctl", "", "");
    cli::Invocation invocation;
    cli::add_all_commands(line.program(), invocation);
    std::set<std::string> taken;
    std::size_t refused = 0;
    for (const cli::Command& command : line.program().commands()) {
        for (const cli::Option& option : command.options()) {
            for (const std::string& name : option.names()) {
                if (!name.starts_with("--") || name == "--help") continue;
                const auto said = read_words(line, {command.name(), name + "="});
                if (!said) taken.insert(command.name() + " " + name);
                if (said && said->find("the value is empty") != std::string::npos) ++refused;
            }
        }
    }
    // What is a name of a service, a file, a namespace or a rule in these is looked at by what reads it.
    for (const std::string& words : taken) {
        INFO(words);
        CHECK((words.ends_with(" --config-id") || words.ends_with(" --define") || words.ends_with(" --node") ||
               words == "lint --select" || words == "lint --ignore" || words == "lint --severity" ||
               words == "diff --only" || words.ends_with(" --output") || words.starts_with("connections --")));
    }
    CHECK(refused > 20);
    for (const char* command :
         {"apply", "confirm", "weight", "drain", "enable", "diff", "list", "stats", "rate", "save", "connections"}) {
        INFO(command);
        CHECK(read_words(line, {command, "--netns", ""}) == "--netns: the value is empty: give one, or leave it out");
    }
    CHECK(read_words(line, {"apply", "--out="}) == "--out: the value is empty: give one, or leave it out");
    CHECK(read_words(line, {"diff", "a.conf", ""}) == "OTHER: the value is empty: give one, or leave it out");
}

TEST_CASE("words that nothing takes are named in their order") {
    cli::CommandLine line("lbctl", "", "");
    line.program().command("count", "");
    CHECK(read_words(line, {"count", "a", "", "--b"}) == "unknown option `--b'");
    CHECK(read_words(line, {"count", "a", "", "b"}) == "unexpected words: `a' `' `b'");
    CHECK(read_words(line, {"count", ""}) == "unexpected word: `'");
}

TEST_CASE("every command ends with empty words anywhere") {
    alarm(120);  // what does not end takes memory, too
    cli::CommandLine line("lbctl", "", "");
    cli::Invocation invocation;
    cli::add_all_commands(line.program(), invocation);
    std::size_t options = 0;
    for (const cli::Command& command : line.program().commands()) {
        std::vector<std::string> all;
        for (const cli::Option& option : command.all_options()) {
            if (!option.is_positional()) all.push_back(option.names().back());
        }
        // And one that no command has.
        all.emplace_back("--misspelt");
        for (const std::string& option : all) {
            ++options;
            for (const std::string& empty : {std::string(), std::string(","), std::string("[]")}) {
                INFO("lbctl " << command.name() << " " << option << " `" << empty << "'");
                (void)read_words(line, {command.name(), empty, option});
                (void)read_words(line, {command.name(), option, empty});
                (void)read_words(line, {command.name(), empty, option, empty});
                (void)read_words(line, {command.name(), empty, empty, option + "=" + empty, empty, option});
                (void)read_words(line, {empty, command.name(), option, "x", empty, option, empty});
                (void)read_words(line, {command.name(), "--", empty, option, empty});
            }
        }
    }
    alarm(0);
    CHECK(options > 150);
}
