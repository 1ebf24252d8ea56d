#include "grammar/keywords/argument_pattern.h"

#include <string>
#include <vector>

#include "grammar/keywords/keyword.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace lbctl::keywords;

namespace {

using Words = std::vector<std::string_view>;

Match match(std::string_view notation, const Words& words, Version target = default_target) {
    auto result = match_arguments(notation, "subject", words, target);
    REQUIRE(result.has_value());
    return *result;
}

/// The only mismatch there is.
Mismatch mismatch(std::string_view notation, const Words& words) {
    const Match result = match(notation, words);
    REQUIRE(result.mismatches.size() == 1);
    return result.mismatches.front();
}

Match entry(std::string_view context, std::string_view block, const Words& words) {
    const Keyword* keyword = find_keyword(context, block);
    REQUIRE(keyword != nullptr);
    return match_entry(*keyword, words);
}

}  // namespace

TEST_CASE("integers are read as keepalived reads them", "[arguments]") {
    for (const char* word : {"1", "+1", "001", " 1", "\t1", "255"}) {
        INFO(word);
        CHECK(match("INT[1..255]", {word}).fits());
    }
    CHECK(std::get<std::int64_t>(match("INT[0..]", {""}).values.front()) == 0);
    CHECK(std::get<std::int64_t>(match("INT[0..]", {"010"}).values.front()) == 10);
    CHECK(std::get<std::int64_t>(match("INT[-253..253]", {"-10"}).values.front()) == -10);
    CHECK(mismatch("INT[1..255]", {"-0"}).kind == MismatchKind::negative);
    CHECK(mismatch("INT[1..255]", {"-5x"}).kind == MismatchKind::negative);
    CHECK(mismatch("INT[1..255]", {"300x"}).kind == MismatchKind::not_a_number);
    CHECK(mismatch("INT[1..255]", {"1 "}).kind == MismatchKind::not_a_number);
    CHECK(mismatch("INT[1..255]", {"0x10"}).kind == MismatchKind::not_a_number);
    CHECK(mismatch("INT[1..255]", {"+-5"}).kind == MismatchKind::not_a_number);
    CHECK(mismatch("INT[1..255]", {"0"}).kind == MismatchKind::out_of_range);
    CHECK(mismatch("INT[1..255]", {"99999999999999999999999"}).kind == MismatchKind::out_of_range);
    CHECK(mismatch("INT[-1..]", {"2147483648"}).kind == MismatchKind::out_of_range);
    CHECK(match("NUMBER[0..4294967295]", {"0x10"}).fits());
    CHECK(std::get<std::int64_t>(match("NUMBER[0..]", {"010"}).values.front()) == 8);
    CHECK(match("UINT64", {"18446744073709551615"}).fits());
    CHECK(mismatch("UINT64", {"18446744073709551616"}).kind == MismatchKind::out_of_range);
}

TEST_CASE("times have up to six decimals and no unit", "[arguments]") {
    CHECK(std::get<Decimal>(match("TIMER[0.01..255]", {"1.5"}).values.front()) == Decimal{1500000, 6});
    for (const char* word : {".5", "1.", "+1", "00001.50", " 1"}) {
        INFO(word);
        CHECK(match("TIMER[0.01..255]", {word}).fits());
    }
    CHECK(std::get<Decimal>(match("TIMER[0..]", {"."}).values.front()).units == 0);
    for (const char* word : {"1s", "1,5", "1e3", "1.x", "1 ", "1.2.3"}) {
        INFO(word);
        CHECK(mismatch("TIMER[0..]", {word}).kind == MismatchKind::not_a_number);
    }
    CHECK(mismatch("TIMER[0.01..255]", {"0.001"}).kind == MismatchKind::out_of_range);
    CHECK(mismatch("TIMER[0.01..255]", {"-1"}).kind == MismatchKind::negative);
    CHECK(mismatch("TIMER[0..]", {"99999999999999999999999"}).kind == MismatchKind::out_of_range);
    const Match precise = match("TIMER[0..]", {"1.23456789"});
    REQUIRE(precise.mismatches.size() == 1);
    CHECK(precise.mismatches.front().kind == MismatchKind::too_precise);
    CHECK(precise.used());
    CHECK(std::get<Decimal>(precise.values.front()).units == 1234568);
    CHECK(mismatch("TIMER[0..]", {"500ms"}).suggestion.hint == "write `0.5', without a unit");
    CHECK(mismatch("TIMER[0..]", {"1,5"}).suggestion.hint == "write `1.5', with a point");
    CHECK(mismatch("INT[0..]", {"30s"}).suggestion.hint == "write `30', without a unit");
    CHECK(mismatch("INT[0..]", {"500ms"}).suggestion.hint.empty());
    CHECK(mismatch("INT[0..]", {"30;"}).suggestion.hint == "write `30', without the `;'");
    CHECK(mismatch("INT[0..]", {"0x10"}).suggestion.hint == "write `16', in decimal");
}

TEST_CASE("a decimal out of nothing, in one function", "[arguments]") {
    bool too_precise = true;
    CHECK(parse_decimal("2.0000004", 6, &too_precise)->units == 2000000);
    CHECK(too_precise);
    CHECK(parse_decimal("2.0000005", 6)->units == 2000001);
    CHECK_FALSE(parse_decimal("2..5", 6).has_value());
    CHECK(parse_integer(" +5") == 5);
    CHECK_FALSE(parse_integer("5x").has_value());
    CHECK(parse_bool("yes") == true);
    CHECK_FALSE(parse_bool("YES").has_value());
}

TEST_CASE("booleans are lower case words", "[arguments]") {
    CHECK(std::get<bool>(match("[BOOL]", {"on"}).values.front()));
    CHECK_FALSE(std::get<bool>(match("[BOOL]", {"no"}).values.front()));
    CHECK(match("[BOOL]", {}).fits());
    CHECK(mismatch("[BOOL]", {"True"}).suggestion.hint == "write `true'");
    CHECK(mismatch("[BOOL]", {"1"}).suggestion.hint == "write `on'");
    CHECK(mismatch("[BOOL]", {"0"}).suggestion.hint == "write `off'");
    CHECK(mismatch("[BOOL]", {"yes;"}).suggestion.hint == "write `yes'");
    CHECK(mismatch("[BOOL]", {"on", "off"}).kind == MismatchKind::surplus);
}

TEST_CASE("addresses lose their suffix where keepalived cuts it off", "[arguments]") {
    const Match cut = match("IPADDR [PORT[0..65535]]", {"10.0.0.1/24", "80"});
    REQUIRE(cut.mismatches.size() == 1);
    CHECK(cut.mismatches.front().kind == MismatchKind::ignored_suffix);
    CHECK(cut.used());
    CHECK(cut.values.size() == 2);
    CHECK(mismatch("EXACT_IPADDR", {"10.0.0.1/24"}).kind == MismatchKind::bad_address);
    for (const char* word : {"10.0.0.256", "10.0.0", "010.0.0.1", "0x0a.0.0.1", "[::1]", "fe80::1%eth0", "host", ""}) {
        INFO(word);
        CHECK(mismatch("IPADDR", {word}).kind == MismatchKind::bad_address);
    }
    CHECK(mismatch("IPADDR", {"1.2.3.4:80"}).suggestion.hint == "write `1.2.3.4 80', the port as a word of its own");
    CHECK(mismatch("IPADDR", {"[::1]:80"}).suggestion.hint == "write `::1 80', the port as a word of its own");
    CHECK(mismatch("IPADDR", {"fe80::1%eth0"}).suggestion.hint == "write `fe80::1', without a zone");
    CHECK(mismatch("IPADDR", {"010.0.0.1"}).suggestion.hint == "write `10.0.0.1', without leading zeros");
    CHECK(mismatch("IPADDR", {"$VIP"}).suggestion.hint == "no parameter `VIP' is defined");
    CHECK(mismatch("IPADDR", {"10.0.0.${LAST}"}).suggestion.hint == "no parameter `LAST' is defined");
    CHECK(mismatch("MCAST_IPV4", {"10.0.0.1"}).kind == MismatchKind::bad_address);
    CHECK(match("MCAST_IPV6", {"ff02::12"}).fits());
}

TEST_CASE("addresses have as many leading bits in common as their networks", "[arguments]") {
    const auto common = [](const char* one, const char* other) {
        return IpAddress::parse(one)->common_bits(*IpAddress::parse(other));
    };
    CHECK(common("10.0.0.1", "10.0.0.1") == 32);
    CHECK(common("10.0.0.1", "10.0.0.2") == 30);
    CHECK(common("10.0.0.1", "138.0.0.1") == 0);
    CHECK(common("fd00::1", "fd00::1") == 128);
    CHECK(common("fd00:0:0:1::1", "fd00::1") == 63);
    CHECK(common("0.0.0.0", "::") == 0);
}

TEST_CASE("prefix lengths belong to the address", "[arguments]") {
    const Match whole = match("IPADDR[/PREFIX]", {"10.0.0.1/24"});
    REQUIRE(whole.fits());
    CHECK(std::get<Network>(whole.values.front()).prefix == 24);
    CHECK(std::get<Network>(match("IPADDR[/PREFIX]", {"10.0.0.1"}).values.front()).prefix == 32);
    CHECK(std::get<Network>(match("IPADDR[/PREFIX]", {"10.0.0.1/"}).values.front()).prefix == 0);
    CHECK(mismatch("IPADDR[/PREFIX]", {"10.0.0.1/33"}).kind == MismatchKind::out_of_range);
    CHECK(mismatch("IPADDR[/PREFIX]", {"10.0.0.1/x"}).kind == MismatchKind::not_a_number);
    CHECK(match("IPADDR[/PREFIX]", {"::1/128"}).fits());
}

TEST_CASE("ranges of virtual_server_group", "[arguments]") {
    const auto range = [](std::string_view word) { return AddressRange::parse(word).value(); };
    CHECK(range("10.0.0.1").form == AddressRange::Form::single);
    CHECK(range("10.0.0.1-9").last == IpAddress::parse("10.0.0.9"));
    CHECK(range("10.0.0.1-10.0.1.1").last == IpAddress::parse("10.0.1.1"));
    CHECK(range("10.0.0.0/24").last == IpAddress::parse("10.0.0.255"));
    CHECK(range("2001:db8::1-ff").last == IpAddress::parse("2001:db8::ff"));
    CHECK(range("2001:db8::/120").last == IpAddress::parse("2001:db8::ff"));
    CHECK(range("10.0.0.1-10.0.0.1").last == IpAddress::parse("10.0.0.1"));
    for (const char* word : {"10.0.0.9-1", "10.0.0.9-9", "10.0.0.1-256", "10.0.0.1/24", "10.0.0.0/0", "10.0.0.0/33",
                             "10.0.0.9-10.0.0.1", "10.0.0.1-", "10.0.0.1-x", "2001:db8::1-fffff", "host"}) {
        INFO(word);
        CHECK(mismatch("ADDRESS_RANGE", {word}).kind == MismatchKind::bad_address);
    }
}

TEST_CASE("words are told by their set, and by the release", "[arguments]") {
    CHECK(match("<lvs_sched>", {"rr"}).fits());
    CHECK(mismatch("<lvs_sched>", {"RR"}).suggestion.hint == "did you mean `rr'?");
    CHECK(mismatch("<state>", {"MASER"}).message == "subject must be MASTER or BACKUP, not `MASER'");
    CHECK(match("<protocol>i", {"tcp"}).fits());
    const Match old = match("<lvs_sched>", {"twos"}, {2, 2, 0});
    REQUIRE(old.mismatches.size() == 1);
    CHECK(old.mismatches.front().message == "subject knows `twos' since keepalived 2.2.5");
    CHECK(mismatch("{MASTER|BACKUP}", {"MASTER;"}).suggestion.hint == "write `MASTER', without the `;'");
}

TEST_CASE("the furthest word is to blame", "[arguments]") {
    const Mismatch port = mismatch("<lb_kind> [<tunnel_option> ...]", {"TUN", "type", "gue", "port", "1x"});
    CHECK(port.word == 4);
    CHECK(port.kind == MismatchKind::not_a_number);
    const Mismatch option = mismatch("<lb_kind> [<tunnel_option> ...]", {"TUN", "prot", "5"});
    CHECK(option.word == 1);
    CHECK(option.kind == MismatchKind::unknown_word);
    CHECK(option.suggestion.hint == "did you mean `port'?");
    const Mismatch missing = mismatch("IPADDR [PORT] | fwmark UINT | group NAME", {"fwmark"});
    CHECK(missing.word == 1);
    CHECK(missing.kind == MismatchKind::missing);
    CHECK(missing.message == "subject fwmark needs a number, 0-4294967295");
}

TEST_CASE("words behind the last one are ignored, or refused", "[arguments]") {
    CHECK(mismatch("NAME", {"a", "b"}).kind == MismatchKind::surplus);
    CHECK(mismatch("NAME END", {"a", "b"}).kind == MismatchKind::unwanted);
    CHECK(mismatch("END", {"a"}).kind == MismatchKind::unwanted);
    CHECK(mismatch("", {"a"}).kind == MismatchKind::surplus);
    const Match skipped = match("[~<regex_option> ...]", {"caseless", "nonsense", "utf"});
    REQUIRE(skipped.mismatches.size() == 1);
    CHECK(skipped.mismatches.front().kind == MismatchKind::ignored_word);
    CHECK(skipped.mismatches.front().word == 1);
    CHECK(skipped.values.size() == 3);
}

TEST_CASE("octets in hexadecimal", "[arguments]") {
    for (const char* word : {"00ff", "1 2 34", "a", "0a0"}) {
        INFO(word);
        CHECK(match("HEX ...", {word}).fits());
    }
    for (const char* word : {"", "0x0a", "zz", "1x"}) {
        INFO(word);
        CHECK_FALSE(match("HEX ...", {word}).fits());
    }
    CHECK(match("[HEX_PATTERN ...]", {"0x0a", "XX"}).fits());
}

TEST_CASE("text that is cut says so", "[arguments]") {
    const Match cut = match("STRING[..8]", {"123456789"});
    REQUIRE(cut.mismatches.size() == 1);
    CHECK(cut.mismatches.front().kind == MismatchKind::too_long);
    CHECK(cut.used());
    CHECK(match("STRING[..8]", {"12345678"}).fits());
}

TEST_CASE("lines of blocks", "[arguments]") {
    CHECK(entry("vrrp_instance", "virtual_ipaddress",
                {"10.0.0.1/24", "dev", "eth0", "scope", "global", "label", "eth0:1", "brd", "+", "-nodad"})
              .fits());
    const Match unknown = entry("vrrp_instance", "virtual_ipaddress", {"10.0.0.1", "dve", "eth0"});
    REQUIRE(unknown.mismatches.size() == 1);
    CHECK(unknown.mismatches.front().message == "unknown option `dve' in virtual_ipaddress");
    CHECK(unknown.mismatches.front().word == 1);
    CHECK(
        entry("vrrp_instance", "virtual_routes", {"default", "via", "10.0.0.1", "dev", "eth0", "metric", "5"}).fits());
    CHECK(entry("vrrp_instance", "virtual_routes",
                {"blackhole", "10.0.0.0/8", "nexthop", "via", "inet", "10.0.0.1", "weight", "5", "nexthop", "dev",
                 "eth1"})
              .fits());
    CHECK_FALSE(entry("vrrp_instance", "virtual_routes", {"10.0.0.0/8", "rtt", "100"}).fits());
    CHECK(entry("vrrp_instance", "virtual_routes", {"10.0.0.0/8", "rtt", "lock", "300ms"}).fits());
    CHECK_FALSE(entry("vrrp_instance", "virtual_routes", {"10.0.0.0/8", "track_group", "a"}).fits());
    CHECK(entry("/", "static_routes", {"10.0.0.0/8", "track_group", "a"}).fits());
    CHECK(entry("vrrp_instance", "virtual_rules", {"from", "10.0.0.0/8", "lookup", "5", "priority", "10"}).fits());
    CHECK_FALSE(entry("vrrp_instance", "virtual_rules", {"sport", "80"}).fits());
    CHECK(entry("vrrp_instance", "track_script", {"check", "weight", "-5", "reverse"}).fits());
    CHECK_FALSE(entry("vrrp_instance", "track_script", {"check", "weight", "254"}).fits());
    CHECK_FALSE(entry("vrrp_instance", "track_script", {"check", "weight"}).fits());
    CHECK(entry("vrrp_instance", "unicast_peer", {"10.0.0.1", "min_ttl", "5", "max_ttl", "255"}).fits());
    CHECK(entry("/", "virtual_server_group", {"fwmark", "5", "inet6"}).fits());
    CHECK(entry("/", "virtual_server_group", {"10.0.0.1-5", "80"}).fits());
    const Match dropped = entry("vrrp_instance", "virtual_routes", {"inet6", "default", "via", "fe80::1"});
    REQUIRE(dropped.mismatches.size() == 1);
    CHECK(dropped.mismatches.front().kind == MismatchKind::ignored_word);
}

TEST_CASE("older releases read some arguments in another way", "[arguments]") {
    const Keyword* interval = find_keyword("vrrp_script", "interval");
    REQUIRE(interval != nullptr);
    const Words half{"0.5"};
    CHECK(match_keyword(*interval, half).fits());
    CHECK_FALSE(match_keyword(*interval, half, {2, 2, 7}).fits());
    const Keyword* strict = find_keyword("global_defs", "vrrp_strict");
    REQUIRE(strict != nullptr);
    const Words maybe{"maybe"};
    CHECK_FALSE(match_keyword(*strict, maybe).used());
    CHECK(match_keyword(*strict, maybe, {2, 2, 7}).used());
}

TEST_CASE("a notation that is none is a failure", "[arguments]") {
    for (const char* notation : {"[INT", "NOSUCHTYPE", "<no-such-set>", "INT[1..", "{a|}", "a |", ")", "INT[1..5] ]"}) {
        INFO(notation);
        const auto result = match_arguments(notation, "subject", {});
        CHECK_FALSE(result.has_value());
    }
}
