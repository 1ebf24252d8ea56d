#include "backend/listing/target.h"

#include <fmt/format.h>

#include <array>
#include <random>

#include "backend/ipvsadm/saved_table.h"
#include "tests/unit/catch.h"

namespace {

using lbctl::listing::DottedPattern;
using lbctl::listing::glob_matches;
using lbctl::listing::Target;
using namespace lbctl::table;

ServiceKey service(std::string_view saved) {
    const auto key = lbctl::ipvsadm::read_saved_key(saved);
    REQUIRE(key.has_value());
    return *key;
}

bool names(std::string_view word, const ServiceKey& key) {
    const auto target = Target::parse(word);
    INFO(word);
    REQUIRE(target.has_value());
    return target->names(key);
}

bool names_server(std::string_view word, std::string_view address, std::uint16_t port) {
    const auto target = Target::parse(word);
    INFO(word);
    REQUIRE(target.has_value());
    return target->names(DestinationKey{*lbctl::IpAddress::parse(address), port});
}

}  // namespace

TEST_CASE("every spelling names a service", "[target]") {
    const ServiceKey web = service("-t 10.0.8.9:80");
    for (const std::string_view word :
         {"10.0.8.9", "10.0.8.9:80", "10.0.8.9:http", "TCP 10.0.8.9:80", "tcp:10.0.8.9:http", "tcp  10.0.8.9", ":80",
          ":http", "10.0.8.0/24", "10.0.8.8/31:80", "TCP 10.0.8.0/24", "10.0.8.*", "10.0.8.?:80", "*:http", "*",
          "TCP *", "tcp *:80", "T* 10.0.8.9:*"}) {
        INFO(word);
        CHECK(names(word, web));
    }
    for (const std::string_view word : {"10.0.8.8", "10.0.8.9:81", "UDP 10.0.8.9:80", "udp:*", ":81", "10.0.9.0/24",
                                        "10.0.8.9:https", "10.0.8.?:8", "fwmark:7", "fwmark:*", "80", "fd00::/8"}) {
        INFO(word);
        CHECK_FALSE(names(word, web));
    }
    const ServiceKey six = service("-t [fd00::9]:443");
    for (const std::string_view word :
         {"fd00::9", "[fd00::9]", "[fd00:0:0::9]:443", "[fd00::9]:https", "fd00::/64", "[fd00::]/64", "[fd00::/64]:443",
          "[fd00:*]:443", "[fd00::?]:https", "[FD00:*]", "fd00:*", ":443", "*"}) {
        INFO(word);
        CHECK(names(word, six));
    }
    CHECK_FALSE(names("[fd00::9]:80", six));
    CHECK_FALSE(names("0.0.0.0/0", six));
}

TEST_CASE("marks are named by their number", "[target]") {
    const ServiceKey mark = service("-f 7");
    const ServiceKey six = FwmarkKey{lbctl::Family::inet6, 7};
    for (const std::string_view word :
         {"fwmark:7", "FWM 7", "fwm:7", "fwmark 7", "7", "fwmark:0x7", "fwmark:*", "fwm *", "*"}) {
        INFO(word);
        CHECK(names(word, mark));
        CHECK(names(word, six));
    }
    CHECK(names("FWM 7 IPv6", six));
    CHECK_FALSE(names("FWM 7 IPv6", mark));
    CHECK_FALSE(names("fwmark:8", mark));
    CHECK_FALSE(names("0.0.0.7", mark));
    CHECK_FALSE(names("tcp *", mark));
    CHECK(Target::parse("fwmark:7")->names_mark(7));
    CHECK(Target::parse("fwmark:1?")->names_mark(12));
    CHECK_FALSE(Target::parse("fwmark:1?")->names_mark(1));
    CHECK_FALSE(names_server("fwmark:7", "0.0.0.7", 0));
}

TEST_CASE("servers and clients are named as services are", "[target]") {
    CHECK(names_server("10.0.1.1", "10.0.1.1", 80));
    CHECK(names_server("10.0.1.1:http", "10.0.1.1", 80));
    CHECK(names_server("10.0.1.*", "10.0.1.1", 80));
    CHECK(names_server("10.0.1.?", "10.0.1.1", 80));
    CHECK(names_server("10.0.0.0/8:80", "10.0.1.1", 80));
    CHECK_FALSE(names_server("10.0.0.0/8:81", "10.0.1.1", 80));
    CHECK_FALSE(names_server("10.0.1.1", "10.0.1.11", 80));
    CHECK(Target::parse("10.0.4.7")->address() == lbctl::IpAddress::parse("10.0.4.7"));
    CHECK_FALSE(Target::parse("10.0.4.0/24")->address().has_value());
    CHECK_FALSE(Target::parse("10.0.4.7:80")->address().has_value());
}

TEST_CASE("what can name nothing is refused, and the word is told", "[target]") {
    for (const std::string_view bad : {"", "name", "web1:80", "10.0.0.1/33", "10.0.0.1/24", "fd00::1/64", "10.0.0.1/",
                                       "10.0.0.1/x", "10.0.0.1:70000", "10.0.0.1:", "10.0.0.1:htp", "[fd00::1",
                                       "fwmark:x", "fwmark:4294967296", "fwmark:-1", "tcp", "tcp 7x"}) {
        const auto target = Target::parse(bad);
        INFO(bad);
        REQUIRE_FALSE(target.has_value());
        CHECK(target.error().message.find("`" + std::string(bad) + "'") == 0);
        CHECK_FALSE(target.error().hint.empty());
    }
}

TEST_CASE("a pattern is the whole text", "[target]") {
    CHECK(glob_matches("", ""));
    CHECK(glob_matches("*", ""));
    CHECK(glob_matches("**a*", "bab"));
    CHECK(glob_matches("a?c", "ABC"));
    CHECK(glob_matches("*aab", "aaaaab"));
    CHECK_FALSE(glob_matches("?", ""));
    CHECK_FALSE(glob_matches("a*b", "abc"));
    CHECK_FALSE(glob_matches("a", "ab"));
    CHECK_FALSE(glob_matches("[a]", "a"));
}

TEST_CASE("a pattern of numbers names what its text matches", "[target]") {
    std::mt19937 random(7);  // NOLINT: the same patterns each time
    const auto one_of = [&random](std::string_view characters) { return characters[random() % characters.size()]; };
    int known = 0;
    int named = 0;
    for (int i = 0; i < 200000; ++i) {
        // Near to an address, so that a good part of them names it.
        std::array<std::uint8_t, 4> address{};
        for (auto& number : address)
            number = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 256 : random() % 2);
        const auto port = static_cast<std::uint16_t>(random() % 2 == 0 ? 80 : random() % 200 + 1);
        const std::string host = fmt::format("{}.{}.{}.{}", address[0], address[1], address[2], address[3]);
        const std::string whole = fmt::format("{}:{}", host, port);
        std::string pattern = random() % 2 == 0 ? host : whole;
        for (auto changes = random() % 4; changes-- != 0 && !pattern.empty();) {
            const std::size_t at = random() % pattern.size();
            pattern.replace(at, random() % (pattern.size() - at) + 1, 1, one_of("**?0.:"));
        }
        const auto dotted = DottedPattern::from(pattern);
        if (!dotted) continue;
        const auto is_named = dotted->names(address, port);
        if (!is_named) continue;
        ++known;
        named += *is_named ? 1 : 0;
        const bool expected = glob_matches(pattern, whole) || glob_matches(pattern, host);
        if (*is_named != expected) FAIL_CHECK("`" << pattern << "' and " << whole);
    }
    CHECK(known > 50000);
    CHECK(named > 10000);
    CHECK(known - named > 1000);
}
