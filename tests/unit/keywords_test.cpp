#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/notation.h"
#include "grammar/keywords/other_names.h"
#include "grammar/keywords/sample.h"
#include "grammar/keywords/tables/tables.h"
#include "grammar/keywords/usage.h"
#include "tests/unit/catch.h"

using namespace lbctl::keywords;

namespace {

std::string where(const Keyword& keyword) {
    return std::string(keyword.context) + " " + std::string(keyword.name);
}

/// Words that a type takes, and words that it does not: of the manual and of keepalived's own check, not of the
/// matcher.
struct KnownWords {
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

struct KnownType {
    std::string_view type;
    KnownWords words;
};

const KnownType known_types[] = {
    {"INT", {{}, {"x", "1x", "1.5", "0x10", "1,5", "--1"}}},
    {"UINT", {{"0", "7", "007", "+7", "4294967295"}, {"-1", "4294967296", "x", "7s", "0x10"}}},
    {"CPU", {{"0", "3"}, {"-1", "x"}}},
    {"PORT", {{"1", "80", "080", "+80", "65535"}, {"65536", "-1", "http", "80/tcp"}}},
    {"TIMER", {{}, {"-1", "x", "1s", "1,5", "1.2.3", "1e3"}}},
    {"DEC3", {{}, {"-1", "x", "1s", "1.0005"}}},
    {"BOOL", {{"on", "true", "yes", "off", "false", "no"}, {"ON", "True", "1", "0", "maybe"}}},
    {"IPADDR",
     {{"10.0.0.1", "255.255.255.255", "fd00::1", "::", "::ffff:10.0.0.1", "FE80::1"},
      {"10.0.0", "10.0.0.256", "010.0.0.1", "0x0a.0.0.1", "10.0.0.1:80", "[fd00::1]", "fe80::1%eth0", "fd00:::1", "web",
       "10.0.0.1/24", "10.0.0.1-5"}}},
    {"MCAST_IPADDR", {{"224.0.0.18", "ff02::12"}, {"10.0.0.1", "fd00::1", "224.0.0"}}},
    {"MCAST_IPV4", {{"224.0.0.18"}, {"ff02::12", "10.0.0.1"}}},
    {"MCAST_IPV6", {{"ff02::12"}, {"224.0.0.18", "fd00::1"}}},
    {"NETMASK", {{"255.255.255.0", "255.0.0.0"}, {"255.255.255", "255.255.255.256", "x"}}},
    {"MD5",
     {{"0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF"},
      {"0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"}}},
    {"STATUS", {{"200", "100", "599", "200-299"}, {"99", "600", "299-200", "2xx", "ok"}}},
    {"HEX", {{"00ff", "0a"}, {"0g", "xyz"}}},
    {"DNS_NAME", {{"www.example.com", "."}, {"www..example.com", ".com"}}},
    {"IFNAME", {{"eth0", "eth0.100", "abcdefghijklmno"}, {"abcdefghijklmnop", "a/b"}}},
    {"<state>", {{"MASTER", "BACKUP"}, {"master", "Master", "FAULT"}}},
    {"<lvs_sched>",
     {{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "sed", "nq", "fo", "ovf", "twos"},
      {"RR", "wr", "round_robin"}}},
    {"<lb_kind>", {{"NAT", "DR", "TUN"}, {"nat", "MASQ", "TUNNEL"}}},
    {"<protocol>i", {{"TCP", "UDP", "SCTP", "tcp"}, {"ICMP", "6"}}},
    {"<auth_type>", {{"PASS", "AH"}, {"SIMPLE", "MD5"}}},
    {"<http_protocol>", {{"1.0", "1.0C", "1.1"}, {"2", "HTTP/1.1"}}},
    {"<ip_family>", {{"inet", "inet6"}, {"ipv4", "INET"}}},
    {"<vrrp_version>", {{"2", "3"}, {"1", "4"}}},
    {"<dns_type>i", {{"A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "a"}, {"PTR", "1"}}},
};

/// "3" and one less or more: of whole numbers and of those with decimals.
std::string beside(const std::string& number, int step) {
    return std::to_string(std::stoll(number.substr(0, number.find('.'))) + step);
}

/// What is known of the first word of a notation; nothing if that is none of the types above.
std::optional<KnownWords> known_words(std::string_view notation) {
    std::string_view first = notation.substr(0, notation.find(' '));
    if (first.size() < notation.size() && first.starts_with('[')) return std::nullopt;
    if (first.starts_with('[')) first = first.substr(1, first.size() - 2);
    const std::string_view type = first.substr(0, first.find('['));
    const auto* const found = std::ranges::find(known_types, type, &KnownType::type);
    if (found == std::ranges::end(known_types)) return std::nullopt;
    KnownWords words = found->words;
    const auto dots = first.find("..");
    if (dots == std::string_view::npos) return words;
    // The limits are in the notation, which was taken from keepalived.
    const std::string low(first.substr(type.size() + 1, dots - type.size() - 1));
    const std::string high(first.substr(dots + 2, first.size() - dots - 3));
    const bool is_whole = type == "INT" || type == "PORT";
    if (type == "PORT") words = {{}, {"x", "http"}};
    if (!low.empty()) {
        words.good.push_back(low);
        if (is_whole) words.bad.push_back(beside(low, -1));
    }
    if (!high.empty()) {
        words.good.push_back(high);
        words.bad.push_back(beside(high, 1));
    }
    return words;
}

/// Whether the keyword finds nothing wrong with its first word; more may be missing after it.
bool fits_first(const Keyword& keyword, std::string_view word) {
    const Match match = match_keyword(keyword, std::span(&word, 1));
    return std::ranges::none_of(match.mismatches, [](const Mismatch& mismatch) { return mismatch.word == 0; });
}

}  // namespace

TEST_CASE("the table has every row once, with all that belongs to it", "[keywords]") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Keyword& keyword : all_keywords()) {
        INFO(where(keyword));
        CHECK(seen.emplace(keyword.context, keyword.name).second);
        CHECK(find_keyword(keyword.context, keyword.name) == &keyword);
        CHECK_FALSE(keyword.documentation.empty());
        CHECK_FALSE(keyword.documentation.ends_with('.'));
        CHECK(keyword.since != Version{});
        CHECK((keyword.removed == Version{} || keyword.since < keyword.removed));
        CHECK((entry_notation(keyword).empty() == (keyword.kind != Kind::line_block && keyword.kind != Kind::list)));
        if (keyword.kind == Kind::block) CHECK_FALSE(keywords_of(context_inside(keyword)).empty());
        CHECK(notation::parse(keyword.arguments).has_value());
        CHECK(notation::parse(entry_notation(keyword)).has_value());
        CHECK(notation::parse(arguments_in(keyword, oldest_target)).has_value());
    }
    CHECK(all_keywords().size() >= 567);  // no file of rows was left out
}

TEST_CASE("what is told of repetition is told of a keyword", "[keywords]") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const RepeatedLine& row : tables::repetitions()) {
        INFO(row.context << " " << row.name);
        CHECK(seen.emplace(row.context, row.name).second);
        CHECK((row.context.empty() ? !find_everywhere(row.name).empty()
                                   : find_keyword(row.context, row.name) != nullptr));
    }
}

TEST_CASE("every context but the ends of the tree is inside a block", "[keywords]") {
    std::set<std::string> inside{"/", "*"};
    for (const Keyword& keyword : all_keywords()) {
        if (keyword.kind == Kind::block) inside.insert(context_inside(keyword));
    }
    for (const std::string_view context : all_contexts()) {
        INFO(context);
        CHECK(inside.contains(std::string(context)));
    }
}

TEST_CASE("every value word stands once in its set and has arguments that can be read", "[keywords]") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const ValueWord& word : all_value_words()) {
        INFO(word.set << " " << word.word);
        CHECK(seen.emplace(word.set, word.word).second);
        CHECK(notation::parse(word.arguments).has_value());
        CHECK_FALSE(word.documentation.empty());
    }
}

TEST_CASE("keywords are found where they stand and only there", "[keywords]") {
    REQUIRE(find_keyword("virtual_server", "lb_algo") != nullptr);
    CHECK(find_keyword("virtual_server/real_server", "lb_algo") == nullptr);
    CHECK(find_keyword("/", "vrrp_instance")->kind == Kind::block);
    CHECK(find_keyword("", "vrrp_instance") == nullptr);
    CHECK(find_everywhere("connect_port").size() > 6);
    CHECK(all_contexts().front() == "/");
    CHECK(all_contexts().back() == "*");
    const Keyword* url = find_keyword("virtual_server/real_server/HTTP_GET", "url");
    REQUIRE(url != nullptr);
    CHECK(context_inside(*url) == "virtual_server/real_server/HTTP_GET/url");
}

TEST_CASE("releases are compared number by number", "[keywords]") {
    CHECK(Version::parse("2.4.3") == Version{2, 4, 3});
    CHECK(Version::parse("v1.1.18") == oldest_target);
    CHECK(Version{1, 1, 18} < Version{1, 2, 0});
    CHECK(Version{2, 0, 9} < Version{2, 0, 10});
    for (const char* text : {"", "2.4", "2.4.3.1", "2.4.x", "2.4.300", "2..3", "2.4.3 "}) {
        INFO(text);
        CHECK_FALSE(Version::parse(text).has_value());
    }
    const Keyword* twos = find_keyword("vrrp_instance", "timer_expired_backup");
    REQUIRE(twos != nullptr);
    CHECK(twos->known_to(default_target));
    CHECK_FALSE(twos->known_to({2, 2, 7}));
    CHECK_FALSE(find_keyword("virtual_server", "nat_mask")->known_to(default_target));
    CHECK(find_keyword("virtual_server", "nat_mask")->known_to({1, 1, 18}));
}

TEST_CASE("the nearest word is the one that was meant", "[keywords]") {
    const std::vector<std::string_view> known{"lb_kind", "lb_algo", "priority", "protocol", "DR", "NAT", "state"};
    CHECK(nearest("lb-kind", known) == "lb_kind");
    CHECK(nearest("LB_ALGO", known) == "lb_algo");
    CHECK(nearest("prioirty", known) == "priority");
    CHECK(nearest("prioritty", known) == "priority");
    CHECK(nearest("nat", known) == "NAT");
    CHECK(nearest("dr", known) == "DR");
    CHECK(nearest("xy", known).empty());
    CHECK(nearest("something_else", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest(std::string(10000, 'x'), known).empty());
}

TEST_CASE("every other name of a keyword leads to one, in releases of today, and is none where it leads there",
          "[keywords]") {
    const auto names_in = [](std::string_view context) {
        std::vector<std::string_view> names;
        for (const Keyword* keyword : keywords_of(context)) {
            if (keyword->known_to(default_target)) names.push_back(keyword->name);
        }
        return names;
    };
    std::set<std::pair<std::string_view, std::string_view>> used;
    for (const std::string_view context : all_contexts()) {
        if (context == "*") continue;
        const auto known = names_in(context);
        for (const OtherName& name : all_other_names()) {
            const bool is_keyword = std::ranges::find(known, name.written) != known.end();
            if (is_keyword || meant_by(name.written, known) != name.meant) continue;
            INFO(name.written << " in " << context);
            used.emplace(name.written, name.meant);
            const Keyword* meant = find_keyword(context, name.meant);
            REQUIRE(meant != nullptr);
            CHECK(meant->known_to({2, 2, 7}));
            CHECK(meant->known_to({2, 4, 3}));
        }
    }
    for (const OtherName& name : all_other_names()) {
        INFO(name.written << " for " << name.meant);
        CHECK(used.contains({name.written, name.meant}));
    }
    const std::string server = "virtual_server/real_server";
    CHECK(meant_by("nb_get_retry", names_in(server + "/TCP_CHECK")) == "retry");
    CHECK(meant_by("host", names_in(server + "/HTTP_GET")) == "virtualhost");
    CHECK(meant_by("host", names_in(server + "/TCP_CHECK")) == "connect_ip");
    CHECK(meant_by("connect_timeout", names_in(server + "/MISC_CHECK")) == "misc_timeout");
    CHECK(meant_by("lb_kind", names_in(server)) == "lvs_method");
    CHECK(meant_by("bindto", names_in("bfd_instance")) == "source_ip");
    CHECK(meant_by("nothing_like_it", names_in(server)).empty());
}

TEST_CASE("each keyword takes a good value and refuses a bad one at its place", "[keywords]") {
    int taken = 0;
    int refused = 0;
    for (const Keyword& keyword : all_keywords()) {
        if (keyword.removed != Version{}) continue;
        const auto known = known_words(keyword.arguments);
        if (!known) continue;
        for (const std::string& word : known->good) {
            INFO(where(keyword) << " " << word);
            CHECK(fits_first(keyword, word));
            ++taken;
        }
        for (const std::string& word : known->bad) {
            INFO(where(keyword) << " " << word);
            CHECK_FALSE(fits_first(keyword, word));
            ++refused;
        }
    }
    // So many there are: a notation that the table of this test no longer meets would be missed here.
    CHECK(taken > 1050);
    CHECK(refused > 1850);
}

TEST_CASE("each kind of line takes a good entry and refuses a bad one at its place", "[keywords]") {
    struct KnownEntry {
        std::string_view block;
        std::vector<std::vector<std::string_view>> good;
        std::vector<std::vector<std::string_view>> bad;
        std::size_t wrong = 0;  ///< index of the bad word
    };
    const KnownEntry entries[] = {
        {"virtual_ipaddress", {{"10.0.0.1/24", "dev", "eth0"}, {"fd00::1"}}, {{"10.0.0.300"}, {"web", "dev", "eth0"}}},
        {"virtual_ipaddress", {{"10.0.0.1", "scope", "link"}}, {{"10.0.0.1", "device"}, {"10.0.0.1", "10.0.0.2"}}, 1},
        {"virtual_ipaddress_excluded", {{"10.0.0.1/24", "dev", "eth0"}}, {{"10.0.0.1:80"}}},
        {"static_ipaddress", {{"10.0.0.1/24", "brd", "+", "dev", "eth0"}}, {{"eth0"}}},
        {"virtual_routes", {{"10.1.0.0/16", "via", "10.0.0.1", "dev", "eth0"}}, {{"10.1.0.0/16", "via", "x"}}, 2},
        {"static_routes", {{"default", "via", "10.0.0.1"}}, {{"default", "via", "10.0.0.1", "metric", "abc"}}, 4},
        {"virtual_rules", {{"from", "10.0.0.0/8", "table", "5"}}, {{"from", "10.0.0.0/8", "preference", "x"}}, 3},
        {"static_rules", {{"from", "10.0.0.0/8", "blackhole"}}, {{"from", "10.0.0.0/40x"}}, 1},
        {"unicast_peer", {{"10.0.0.2"}, {"fd00::2"}}, {{"10.0.0.5x"}, {"peer"}}},
        {"track_interface", {{"eth0"}, {"eth0", "weight", "5"}}, {{"eth0", "priority"}}, 1},
        {"track_script", {{"s", "weight", "-5"}}, {{"s", "weight", "x"}}, 2},
        {"track_file", {{"f", "weight", "254"}}, {{"f", "weight", "255"}}, 2},
        {"track_process", {{"p", "weight", "1"}}, {{"p", "weight", "300"}}, 2},
        {"track_bfd", {{"b", "weight", "1"}}, {{"b", "weight", "x"}}, 2},
        {"interface_up_down_delays", {{"eth0", "1"}, {"eth0", "1", "2.5"}}, {{"eth0", "256"}, {"eth0", "x"}}, 1},
        {"virtual_server_group",
         {{"10.0.0.1", "80"}, {"10.0.0.1-5", "80"}, {"10.0.0.1-10.0.0.9"}, {"10.0.0.0/24"}, {"fwmark", "7"}},
         {{"10.0.0.5-1", "80"}, {"10.0.0.1-256"}, {"fd00::1-0"}, {"web", "80"}}},
        {"virtual_server_group", {{"fwmark", "4294967295"}}, {{"fwmark", "x"}, {"10.0.0.1", "65536"}}, 1},
    };
    std::set<std::string_view> walked;
    for (const KnownEntry& entry : entries) {
        for (const Keyword* keyword : find_everywhere(entry.block)) {
            if (entry_notation(*keyword).empty() || keyword->removed != Version{}) continue;
            walked.insert(entry.block);
            for (const auto& words : entry.good) {
                INFO(where(*keyword) << " " << words.front());
                CHECK(match_entry(*keyword, words).fits());
            }
            for (const auto& words : entry.bad) {
                INFO(where(*keyword) << " " << words.front() << " ... " << words.back());
                const Match wrong = match_entry(*keyword, words);
                CHECK(wrong.mismatches.size() == 1);
                if (!wrong.fits()) CHECK(wrong.mismatches.front().word == entry.wrong);
            }
        }
    }
    constexpr std::size_t kinds = 15;
    CHECK(walked.size() == kinds);
}

TEST_CASE("samples are what their notation says", "[keywords]") {
    RandomEngine random(7);
    int wrong = 0;
    for (const Keyword& keyword : all_keywords()) {
        const Version release = keyword.removed == Version{} ? default_target : keyword.since;
        for (const std::string_view notation : {keyword.arguments, entry_notation(keyword)}) {
            INFO(where(keyword) << ": " << notation);
            const auto good = good_sample(notation, random, release);
            REQUIRE(good.has_value());
            const auto bad = bad_sample(notation, random, release);
            if (!bad) continue;
            ++wrong;
            CHECK(bad->wrong <= bad->words.size());
        }
    }
    constexpr int most_of_them = 480;
    CHECK(wrong > most_of_them);
}

TEST_CASE("what needs a value says so when there is none", "[keywords]") {
    for (const Keyword& keyword : all_keywords()) {
        if (keyword.kind != Kind::value || keyword.context == "*") continue;
        if (keyword.name == "regex_options") continue;  // keepalived does not mind
        INFO(where(keyword));
        const Match match = match_keyword(keyword, {});
        REQUIRE(match.mismatches.size() == 1);
        CHECK(match.mismatches.front().kind == MismatchKind::missing);
        CHECK(match.mismatches.front().word == 0);
    }
}

TEST_CASE("usage is what people read", "[keywords]") {
    CHECK(usage_of("IPADDR [PORT[0..65535]] | fwmark UINT | group NAME") ==
          "IPADDR [PORT[0..65535]] | fwmark UINT | group NAME");
    CHECK(usage_of("<state>") == "{MASTER|BACKUP}");
    CHECK(usage_of("<lvs_sched>") == "<lvs_sched>");
    CHECK(usage_of("NAME END") == "NAME");
    CHECK(usage_of("TIMER[0.01..255]") == "TIMER[0.01..255]");
    CHECK(usage_of("[(<use_vmac-option> | MACADDR | IFNAME) ...]") == "[(<use_vmac-option> | MACADDR | IFNAME) ...]");
    CHECK(sets_in("<lb_kind> [<tunnel_option> ...]") ==
          std::vector<std::string_view>{"lb_kind", "tunnel_option", "tunnel_type"});
}

TEST_CASE("what to do about a deprecated keyword") {
    CHECK(replacement_hint("track_file") == "write track_file instead");
    CHECK(replacement_hint("nothing: the family follows from the addresses") ==
          "leave it out: the family follows from the addresses");
}
