#include "cli/render/watch_log.h"

#include <string>

#include "tests/unit/catch.h"

using namespace lbctl;

TEST_CASE("a line of the watch shows foreign text so that no terminal obeys it") {
    const std::string line =
        cli::watch_line(cli::WatchFormat::text, "problem", "the FIFO /run/\x1b[31m\n is not there");
    CHECK(line.ends_with(" the FIFO /run/\\x1b[31m\\x0a is not there\n"));
    CHECK(line.find('\x1b') == std::string::npos);
    const std::string json = cli::watch_line(cli::WatchFormat::ndjson, "problem", "\x1b[31m");
    CHECK(json.find(R"("event":"problem","message":"\u001b[31m"})") != std::string::npos);
}
