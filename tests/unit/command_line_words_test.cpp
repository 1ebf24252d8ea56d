#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cli/application.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
};

/// What lbctl does with this command line, in this process. Only for command lines that do nothing but print.
Outcome run(std::vector<std::string> words) {
    words.insert(words.begin(), "lbctl");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    char* texts[2] = {};
    std::size_t sizes[2] = {};
    cli::Streams streams;
    streams.out = open_memstream(&texts[0], &sizes[0]);
    streams.err = open_memstream(&texts[1], &sizes[1]);
    Outcome outcome;
    outcome.status = cli::run_application(static_cast<int>(argv.size()), argv.data(), streams);
    std::fclose(streams.out);
    std::fclose(streams.err);
    outcome.out.assign(texts[0], sizes[0]);
    outcome.err.assign(texts[1], sizes[1]);
    for (char* text : texts) std::free(text);
    return outcome;
}

std::string complaint(const std::vector<std::string>& words) {
    const Outcome outcome = run(words);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    return outcome.err.substr(0, outcome.err.find('\n'));
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// The names at the beginning of the lines of a --help: commands, or options.
std::vector<std::string> names_in(const std::string& help, bool options) {
    std::vector<std::string> names;
    for (const std::string& line : lines_of(help)) {
        if (!line.starts_with("  ") || line.starts_with("   ")) continue;
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            const bool goes_on = word.ends_with(',');
            if (goes_on) word.pop_back();
            if (word.starts_with('-') == options) names.push_back(word);
            if (!goes_on) break;
        }
    }
    return names;
}

std::vector<std::string> commands() {
    return names_in(run({"--help"}).out, false);
}

/// With a letter left out, and with two in the wrong order.
std::vector<std::string> misspellings(const std::string& name) {
    std::vector<std::string> all;
    for (std::size_t i = name.find_first_not_of('-'); i < name.size(); ++i) {
        all.push_back(name.substr(0, i) + name.substr(i + 1));
        if (i + 1 == name.size() || name[i] == name[i + 1]) continue;
        all.push_back(name);
        std::swap(all.back()[i], all.back()[i + 1]);
    }
    return all;
}

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("every misspelt command is told with the one that was meant") {
    const auto known = commands();
    REQUIRE(known.size() > 20);
    for (const std::string& command : known) {
        for (const std::string& wrong : misspellings(command)) {
            // `ft' and `mt' may be anything; `lit' is as near to lint, `emt' to fmt, `draine' and `draind' to drain.
            const std::vector<std::string> as_near = {"lit", "emt", "draine", "draind"};
            if (is_one_of(wrong, known) || wrong.size() < 3 || is_one_of(wrong, as_near)) continue;
            CHECK(complaint({wrong, "x"}) ==
                  fmt::format("lbctl: `{}' is no command; did you mean `lbctl {}'?", wrong, command));
        }
    }
}

TEST_CASE("every misspelt option of every command is told with the one that was meant, and blamed for what follows") {
    std::size_t looked_at = 0;
    for (const std::string& command : commands()) {
        if (command == "ipvsadm") continue;  // it reads its words itself, as ipvsadm does
        const auto options = names_in(run({command, "--help"}).out, true);
        REQUIRE(options.size() > 1);
        for (const std::string& option : options) {
            if (option.size() <= 3) continue;
            for (const std::string& wrong : misspellings(option)) {
                // What is left of `--by' is too little to know.
                if (is_one_of(wrong, options) || wrong.size() < 4) continue;
                // As near to the one as to the other.
                if (option == "--sctp-service" && !wrong.starts_with("--sct")) continue;
                if (wrong == "--sot" && command.starts_with("conn")) continue;
                const std::string wanted = fmt::format("lbctl: unknown option `{}'; did you mean `{}'?", wrong, option);
                const bool joined = looked_at % 2 == 0;
                CHECK(complaint(joined ? std::vector<std::string>{command, wrong + "=5"}
                                       : std::vector<std::string>{command, wrong, "5", "x"}) == wanted);
                ++looked_at;
            }
        }
    }
    CHECK(looked_at > 1000);
}

TEST_CASE("options of the program itself, and before a command") {
    CHECK(complaint({"--hlep"}) == "lbctl: unknown option `--hlep'; did you mean `--help'?");
    CHECK(complaint({"--vresion"}) == "lbctl: unknown option `--vresion'; did you mean `--version'?");
    CHECK(complaint({"--format", "json", "lint"}) ==
          "lbctl: unknown option `--format' before the command; options stand behind it: `lbctl lint --format'");
    CHECK(complaint({"lint", "-format", "json"}) == "lbctl: unknown option `-format'; did you mean `--format'?");
    CHECK(complaint({"apply", "--dry"}) == "lbctl: unknown option `--dry'; did you mean `--dry-run'?");
    CHECK(complaint({}) == "lbctl: a command is missing");
}

TEST_CASE("a command that another program has is told with lbctl's own") {
    CHECK(complaint({"validate", "a.conf"}) == "lbctl: `validate' is no command; did you mean `lbctl lint'?");
    CHECK(complaint({"help", "lint"}) == "lbctl: `help' is no command; did you mean `lbctl --help'?");
    CHECK(complaint({"aply", "--help"}) == "lbctl: `aply' is no command; did you mean `lbctl apply'?");
    CHECK(complaint({"frobnicate"}) == "lbctl: `frobnicate' is no command");
}

TEST_CASE("words that nothing takes are told in their order") {
    CHECK(complaint({"confirm", "a", "b", "c"}) == "lbctl: unexpected words: `a' `b' `c'");
    CHECK(complaint({"explain", "weight", "b"}) == "lbctl: unexpected word: `b'");
    CHECK(complaint({"drain", "--wiat", "5", "X"}) == "lbctl: unknown option `--wiat'; did you mean `--wait'?");
    CHECK(complaint({"emit", "--svaed", "a"}) == "lbctl: unknown option `--svaed'; did you mean `--saved'?");
}

TEST_CASE("a word that an option does not take is told with those that it takes") {
    CHECK(complaint({"explain", "--format", "jsn"}) ==
          "lbctl: --format: `jsn' is none of text, json; did you mean `json'?");
    CHECK(complaint({"completion", "bsh"}) == "lbctl: SHELL: `bsh' is none of bash, zsh, fish; did you mean `bash'?");
    CHECK(complaint({"apply", "--allow", "xyzzy"}) == "lbctl: --allow: `xyzzy' is none of add, edit, remove");
    CHECK(complaint({"emit"}) == "lbctl: KIND is missing");
    CHECK(complaint({"lint", "--format"}) == "lbctl: --format needs a value");
    CHECK(complaint({"lint", "--quiet=perhaps"}) == "lbctl: --quiet takes no value");
    CHECK(complaint({"lint", "--format", "json", "--format", "text"}) == "lbctl: --format is given more than once");
    CHECK(complaint({"list", "--stats", "--timeout"}) == "lbctl: --stats and --timeout cannot be given together");
    CHECK(complaint({"list", "-t", "a:1", "-f", "1"}) ==
          "lbctl: --tcp-service and --fwmark-service cannot be given together");
    CHECK(complaint({"connections", "--by", "client"}) == "lbctl: --by needs --top beside it");
}

TEST_CASE("no line of any --help is longer than 80 columns, and none shows an internal option") {
    auto all = commands();
    all.emplace_back();
    for (const std::string& command : all) {
        const Outcome help = command.empty() ? run({"--help"}) : run({command, "--help"});
        CHECK(help.status == 0);
        for (const std::string& line : lines_of(help.out)) {
            INFO(command << ": " << line);
            CHECK(line.size() <= 80);
        }
        CHECK(help.out.find("at-deadline") == std::string::npos);
    }
}

TEST_CASE("lbctl --help has the commands under headings") {
    const std::string help = run({"--help"}).out;
    const auto place = [&help](std::string_view text) { return help.find(text); };
    CHECK(place("\nConfigurations:\n") < place("\n  lint "));
    CHECK(place("\n  explain ") < place("\nChanging the live table:\n"));
    CHECK(place("\nChanging the live table:\n") < place("\n  apply "));
    CHECK(place("\nLooking at the live table:\n") < place("\n  connections, conns "));
    CHECK(place("\nOther tools and formats:\n") < place("\n  import "));
    CHECK(place("\n  completion ") != std::string::npos);
}

TEST_CASE("explain takes the end of a path") {
    const auto heads = [](const std::string& word) {
        std::vector<std::string> found;
        const Outcome outcome = run({"explain", word});
        for (const std::string& line : lines_of(outcome.out)) {
            if (line.find(" in virtual_server") != std::string::npos && !line.starts_with(" ")) found.push_back(line);
        }
        return found;
    };
    CHECK(heads("real_server/weight") == std::vector<std::string>{"weight in virtual_server/real_server"});
    CHECK(heads("TCP_CHECK/retry") == std::vector<std::string>{"retry in virtual_server/real_server/TCP_CHECK"});
    CHECK(heads("virtual_server/weight") == std::vector<std::string>{"weight in virtual_server"});
    CHECK(heads("url/path").size() >= 2);                  // of HTTP_GET and SSL_GET
    CHECK(run({"explain", "server/weight"}).status == 2);  // a part of a name is no end of a path
    CHECK(run({"explain", "real_server/TCP_CHECK"}).out.find("connect_port") != std::string::npos);
}

TEST_CASE("a service that is named without its port is told as that") {
    CHECK(complaint({"list", "-t", "10.0.0.1"}) ==
          "lbctl: `10.0.0.1' has no port; write HOST:PORT; HOST:0 is the service of all ports");
    CHECK(complaint({"stats", "-u", "fd00::1"}).find("has no port") != std::string::npos);
}
