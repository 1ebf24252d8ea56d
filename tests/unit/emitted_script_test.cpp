#include <fmt/format.h>

#include "backend/emit/emitter.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/table/plan.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

std::string text_of(table::Wanted wanted, std::string_view source) {
    emit::Configuration configuration;
    configuration.wanted = std::move(wanted);
    configuration.name = source;
    const auto documents = emit::find_emitter("ipvsadm")->emit(configuration, {});
    REQUIRE(documents.has_value());
    REQUIRE(documents->size() == 1);
    return documents->front().text;
}

std::string script_of(std::string_view saved, std::string_view source = "a.save") {
    auto table = ipvsadm::read_saved_text(saved, "a.save");
    REQUIRE(table.has_value());
    return text_of(table::wanted_from(*std::move(table), "a.save"), source);
}

}  // namespace

TEST_CASE("what a file says is data for the shell that runs the script") {
    const std::string text = script_of(
        "-A -t 10.0.0.1:80 -s $(reboot)\n"
        "-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 1\n");
    CHECK(text.find("service '-t 10.0.0.1:80' -s '$(reboot)'\n") != std::string::npos);
    CHECK(text.find("server '-t 10.0.0.1:80' '10.0.0.2:80' -g -w 1\n") != std::string::npos);
}

TEST_CASE("the name of a file cannot end the comment that it stands in") {
    const std::string text = script_of("-A -f 1 -s rr\n", "a\nreboot\n.save");
    CHECK(text.find("# The IPVS table of a\\x0areboot\\x0a.save, written by lbctl\n") != std::string::npos);
}

TEST_CASE("the script asks once for the table, behind what empties it") {
    std::string saved;
    for (int i = 1; i <= 20; ++i)
        saved += fmt::format("-A -t 10.0.0.{}:80 -s rr\n-a -t 10.0.0.{}:80 -r 10.1.0.1:80 -g -w 1\n", i, i);
    auto read = ipvsadm::read_saved_text(saved, "a.save");
    REQUIRE(read.has_value());
    table::Wanted wanted = table::wanted_from(*std::move(read), "a.save");
    wanted.flush = true;
    const std::string text = text_of(std::move(wanted), "a.save");
    const std::size_t asked = text.find("ipvsadm -S");
    CHECK(asked != std::string::npos);
    CHECK(text.find("ipvsadm -S", asked + 1) == std::string::npos);
    CHECK(text.find("ipvsadm -C") < asked);
    CHECK(asked < text.find("\nservice "));
}
