#include "cli/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "cli/counted.h"
#include "tests/unit/catch.h"

using namespace lbctl::cli;

TEST_CASE("arrows are ASCII where the locale has nothing else") {
    CHECK(with_arrows("weight 1 \u2192 2, method NAT \u2192 DR", true) == "weight 1 \u2192 2, method NAT \u2192 DR");
    CHECK(with_arrows("weight 1 \u2192 2, method NAT \u2192 DR", false) == "weight 1 -> 2, method NAT -> DR");
    unsetenv("LC_CTYPE");
    unsetenv("LANG");
    struct Case {
        const char* locale;
        bool unicode;
    };
    for (const Case& one : {Case{"C", false}, Case{"POSIX", false}, Case{"C.UTF-8", true}, Case{"xx_XX.UTF-8", true},
                            Case{"xx_XX.utf8@euro", true}, Case{"xx_XX.ISO-8859-1", false}, Case{"xx_XX", false}}) {
        INFO(one.locale);
        setenv("LC_ALL", one.locale, 1);
        CHECK(locale_has_unicode() == one.unicode);
    }
}

TEST_CASE("a line of progress leaves the last column free") {
    CHECK(cut_to_columns("draining: 5", std::nullopt) == "draining: 5");
    CHECK(cut_to_columns("draining: 5", 80) == "draining: 5");
    CHECK(cut_to_columns("draining: 5", 11) == "draining: ");
    CHECK(cut_to_columns("draining: 5", 1).empty());
    CHECK(cut_to_columns("draining: 5", 0).empty());
}

TEST_CASE("one is singular, all else plural") {
    CHECK(counted(0, "connection") == "0 connections");
    CHECK(counted(1, "connection") == "1 connection");
    CHECK(counted(2, "connection") == "2 connections");
    CHECK(counted(1, "connection did", "connections did") == "1 connection did");
    CHECK(counted(7, "connection did", "connections did") == "7 connections did");
}
