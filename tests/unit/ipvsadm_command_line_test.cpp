#include <cerrno>
#include <sstream>

#include "backend/ipvsadm/address.h"
#include "backend/ipvsadm/command_line.h"
#include "cli/commands/ipvsadm_request.h"
#include "tests/unit/catch.h"
#include "tests/unit/shared_cases.h"

using namespace lbctl;
using namespace lbctl::cli::ipvsadm;
using ipvsadm::read_host_and_port;
using ipvsadm::Refusal;

namespace {

tl::expected<Line, Refusal> read(const std::string& text) {
    std::vector<std::string_view> words;
    ipvsadm::split_line(text, words);
    return ipvsadm::read_line(words, ipvsadm::Origin::arguments);
}

std::string refusal(const std::string& text) {
    const auto line = read(text);
    return line ? std::string("accepted") : std::to_string(line.error().status) + " " + line.error().message;
}

}  // namespace

TEST_CASE("the same options in every spelling") {
    for (const std::string text :
         {"-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 5", "-at 10.0.0.1:80 -r10.0.1.1:8080 -mw5",
          "-a -mw=5 -t=10.0.0.1:80 -r=10.0.1.1:8080",
          "--add-server --tcp-service=10.0.0.1:80 --real-server 10.0.1.1:8080 --masquerading --weight=5"}) {
        INFO(text);
        const auto line = read(text);
        REQUIRE(line);
        CHECK(line->command == Command::add_server);
        CHECK(to_string(request_of(*line)) ==
              to_string(request_of(*read("-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 5"))));
        CHECK(line->destination.weight == 5);
        CHECK(line->destination.method == table::ForwardingMethod::nat);
        CHECK(line->destination.key.port == 8080);
    }
}

TEST_CASE("defaults") {
    auto line = read("-A -t 10.0.0.1:80");
    REQUIRE(line);
    CHECK(line->service.scheduler == "wlc");
    CHECK_FALSE(line->service.persistence);
    line = read("-A -t 10.0.0.1 -p");
    REQUIRE(line);
    CHECK(line->service.persistence->timeout == 360);
    line = read("-A -p -t 10.0.0.1:80");
    REQUIRE(line);
    CHECK(line->service.persistence->timeout == 360);
    line = read("-a -t 10.0.0.1:80 -r 10.0.1.1:81");
    REQUIRE(line);
    CHECK(line->destination.key.port == 80);  // direct routing keeps the service's
    line = read("-a -r 10.0.1.1 -t 10.0.0.1:80 -m");
    REQUIRE(line);
    CHECK(line->destination.key.port == 0);  // the service came later
    line = read("--start-daemon backup");
    REQUIRE(line);
    CHECK(line->daemon.interface == "eth0");
    line = read("-A -f 78 -p 9 -M 60 -6");
    REQUIRE(line);
    CHECK(line->service.netmask == 128);
    line = read("-A -f 78 -6 -p 9 -M 60");
    REQUIRE(line);
    CHECK(line->service.netmask == 60);
    line = read("-A -u 10.0.0.1:5060 --pe sip");
    REQUIRE(line);
    CHECK(line->service.persistence == table::Persistence{0, "sip"});
    CHECK(read("-E -t 10.0.0.1:80 -b sh-port,sh-fallback -s sh")->service.flags == 0x18);
}

TEST_CASE("addresses are read as ipvsadm reads them") {
    const auto text = [](const std::string& word) {
        const auto place = read_host_and_port(word, table::Protocol::tcp);
        return place ? place->address.to_string() + (place->port ? ":" + std::to_string(*place->port) : "")
                     : std::string("none");
    };
    CHECK(text("10.7:80") == "10.0.0.7:80");
    CHECK(text("010.0.0.6:80") == "8.0.0.6:80");
    CHECK(text("fd00::2:80") == "fd00::2:80");  // an address of its own
    CHECK(text("[fd00::2]:80") == "fd00::2:80");
    CHECK(text("[fd00::2]") == "none");
    CHECK(text("[10.0.0.1]:80") == "10.0.0.1");
    CHECK(text("80") == "none");
    CHECK(text("") == "none");
    CHECK(text("10.0.0.1:70000") == "none");
    CHECK(text("10.0.0.1:") == "none");
}

TEST_CASE("refusals in ipvsadm's words") {
    CHECK(refusal("-x") == "255 Try `ipvsadm -h' or 'ipvsadm --help' for more information.");
    CHECK(refusal("-A -t") == "255 -t: missing argument");
    CHECK(refusal("-A -t 10.0.0.1:80 --nosuch") == "255 --nosuch: unknown option");
    CHECK(refusal("-A -D -t 10.0.0.1:80") == "2 invalid option `-D'");
    CHECK(refusal("-L --start-daemon master") == "2 invalid option `master'");
    CHECK(refusal("-L -c -t 10.0.0.1:80") ==
          "2 The option 'service-address' conflicts with the 'connection' option in the 'list' command");
    CHECK(refusal("-a -t 10.0.0.1:80 -r 10.9.8.9 -i --tun-type gue --tun-port 5 --tun-csum --tun-nocsum") ==
          "2 The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gue' tunnel type");
    CHECK(kernel_words(Command::add_service, ENOENT) == "Scheduler or persistence engine not found");
    CHECK(kernel_words(Command::edit_server, ENOENT) == "No such destination");
    CHECK(kernel_words(Command::delete_server, ESRCH) == "Service not defined");
    CHECK(kernel_words(Command::add_server, ERANGE) == "Numerical result out of range");
}

TEST_CASE("command lines of the samples are accepted and refused as by ipvsadm") {
    const auto sample = tests::shared_case("ipvsadm-errors.txt");
    if (!sample) {
        WARN("the shared cases are not here: skipped");
        return;
    }
    std::istringstream stream(*sample);
    std::string command;
    std::string message;
    unsigned checked = 0;
    for (std::string text; std::getline(stream, text);) {
        if (text.starts_with("$ ipvsadm ")) {
            command = text.substr(10);
            message.clear();
        } else if (text.starts_with("err: ")) {
            message += (message.empty() ? "" : "\n") + text.substr(5);
        } else if (text.starts_with("exit ") && !command.empty()) {
            const std::string status = text.substr(5);
            // Status 255 with a message of the kernel, and status 1, come later.
            const bool syntax =
                status == "2" || (status == "255" && (message.starts_with("Try ") || message.starts_with("-")));
            INFO(command);
            CHECK(refusal(command) == (syntax ? status + " " + message : "accepted"));
            ++checked;
        }
    }
    CHECK(checked > 150);
}
