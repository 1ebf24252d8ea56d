#include "grammar/base/shown_text.h"

#include <nlohmann/json.hpp>
#include <set>

#include "grammar/base/json_text.h"
#include "tests/unit/catch.h"

using namespace lbctl::base;

namespace {

/// The text that shown() was given, out of what it gave: the escapes are unambiguous.
std::string read_back(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        while (at < text.size() && text[at] == '\\') ++at;
        const std::size_t backslashes = at - begin;
        if (backslashes == 0) {
            out += text[at++];
            continue;
        }
        const char kind = at < text.size() ? text[at] : ' ';
        const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        const bool reads_as_escape =
            digits != 0 && text.size() > at + digits &&
            text.substr(at + 1, digits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
        if (!reads_as_escape) {
            out.append(backslashes, '\\');
            continue;
        }
        out.append(backslashes / 2, '\\');
        if (backslashes % 2 == 0) continue;
        const auto code = static_cast<std::uint32_t>(std::stoul(std::string(text.substr(at + 1, digits)), nullptr, 16));
        at += 1 + digits;
        if (kind == 'x') {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xc0 | code >> 6U);
            out += static_cast<char>(0x80 | (code & 0x3fU));
        } else if (code < 0x10000) {
            out += static_cast<char>(0xe0 | code >> 12U);
            out += static_cast<char>(0x80 | (code >> 6U & 0x3fU));
            out += static_cast<char>(0x80 | (code & 0x3fU));
        } else {
            out += static_cast<char>(0xf0 | code >> 18U);
            out += static_cast<char>(0x80 | (code >> 12U & 0x3fU));
            out += static_cast<char>(0x80 | (code >> 6U & 0x3fU));
            out += static_cast<char>(0x80 | (code & 0x3fU));
        }
    }
    return out;
}

}  // namespace

TEST_CASE("text without controls is shown as it is") {
    for (const char* text : {"", "lb_algo rr", "größer 日本語 🙂", "C:\\temp\\n", "a\\", "\\u12", "\\xzz"}) {
        CHECK(shown(text) == text);
    }
}

TEST_CASE("controls, what turns text round and what cannot be seen are shown as escapes") {
    CHECK(shown("\x1b[31m") == "\\x1b[31m");
    CHECK(shown("a\nb\tc\r\x7f") == "a\\x0ab\\x09c\\x0d\\x7f");
    CHECK(shown("\x9b") == "\\x9b");
    CHECK(shown("\xc2\x9b\xc2\x85") == "\\u009b\\u0085");
    CHECK(shown("\xe2\x80\xae") == "\\u202e");
    CHECK(shown("\xe2\x80\x8b\xef\xbb\xbf") == "\\u200b\\ufeff");
    CHECK(shown("\xf3\xa0\x81\x81") == "\\U000e0041");
    CHECK(shown("\xc0\x80\xe2\x80") == "\\xc0\\x80\\xe2\\x80");
    CHECK(shown(std::string_view("\0", 1)) == "\\x00");
    for (std::uint32_t code : {0x00U, 0x1fU, 0x7fU, 0x80U, 0x9fU, 0x061cU, 0x200eU, 0x200fU, 0x2028U, 0x2029U, 0x202aU,
                               0x202eU, 0x2066U, 0x2069U, 0xfeffU, 0xd800U, 0x00adU, 0x115fU, 0xe0001U}) {
        CHECK(is_unshowable(code));
    }
    for (std::uint32_t code : {0x20U, 0x7eU, 0xa0U, 0xe4U, 0x300U, 0x3042U, 0x1f642U}) CHECK(!is_unshowable(code));
}

TEST_CASE("what is shown can be told from what looks like it") {
    CHECK(shown("\\x1b") == "\\\\x1b");
    CHECK(shown("\\\x1b") == "\\\\\\x1b");
    std::set<std::string> all;
    const std::string pieces[] = {"\\", "x1b", "\x1b", "u202e", "\xe2\x80\xae", "\xff", "a"};
    for (const std::string& one : pieces) {
        for (const std::string& two : pieces) {
            for (const std::string& three : pieces) {
                for (const std::string& four : pieces) {
                    const std::string text = one + two + three + four;
                    CHECK(read_back(shown(text)) == text);
                }
            }
        }
    }
}

TEST_CASE("a part of a text is shown as in the whole") {
    const std::string text =
        "a\\x1b\x1b\xe2\x80\xae"
        "b";
    for (std::size_t cut = 0; cut <= 6; ++cut) {
        CHECK(shown(text, 0, cut) + shown(text, cut, text.size()) == shown(text));
    }
}

TEST_CASE("a part that ends or begins within a character is UTF-8 all the same") {
    const std::string text = "a\xe6\xa3\x80";
    CHECK(shown(text, 0, 2) == "a\\xe6");
    CHECK(shown(text, 0, 3) == "a\\xe6\\xa3");
    CHECK(shown(text, 3, 4) == "\\x80");
}

TEST_CASE("columns are those of a terminal") {
    CHECK(columns_of("abc") == 3);
    CHECK(columns_of("日本") == 4);
    CHECK(columns_of("e\xcc\x81") == 1);  // e and a combining accent
    CHECK(columns_of("🙂") == 2);
    CHECK(columns_of("ä") == 1);
}

TEST_CASE("JSON escapes the same characters as JSON does") {
    const std::string text = "\x1b\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81 ä 日";
    const std::string json = json_string(text);
    CHECK(json == "\"\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41 ä 日\"");
    CHECK(nlohmann::json::parse(json).get<std::string>() == text);
}
