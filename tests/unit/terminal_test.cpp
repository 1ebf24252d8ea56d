#include "cli/terminal.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "cli/counted.h"
#include "cli/status_line.h"
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

TEST_CASE("a status line is cut to the terminal, and gone at the end") {
    int near = -1;
    int far = -1;
    const winsize size{.ws_row = 24, .ws_col = 12, .ws_xpixel = 0, .ws_ypixel = 0};
    REQUIRE(openpty(&near, &far, nullptr, nullptr, &size) == 0);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(fdopen(far, "w"), &std::fclose);
    {
        StatusLine line(stream.get());
        CHECK(line.on_terminal());
        line.clear();  // writes nothing: nothing was shown
        line.show("checking: 1 of 7");
        line.show("done");
    }
    const std::string wanted = "\r\x1b[Kchecking: 1\r\x1b[Kdone\r\x1b[K";
    // The terminal may hand it over in pieces.
    std::string shown;
    std::array<char, 200> bytes{};
    while (shown.size() < wanted.size()) {
        const ssize_t count = read(near, bytes.data(), bytes.size());
        REQUIRE(count > 0);
        shown.append(bytes.data(), static_cast<std::size_t>(count));
    }
    CHECK(shown == wanted);
    close(near);
}

TEST_CASE("a status line says nothing where there is no terminal") {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::tmpfile(), &std::fclose);
    {
        StatusLine line(stream.get());
        CHECK_FALSE(line.on_terminal());
        line.show("checking: 1 of 7");
    }
    CHECK(std::ftell(stream.get()) == 0);
}

TEST_CASE("one is singular, all else plural") {
    CHECK(counted(0, "connection") == "0 connections");
    CHECK(counted(1, "connection") == "1 connection");
    CHECK(counted(2, "connection") == "2 connections");
    CHECK(counted(1, "connection did", "connections did") == "1 connection did");
    CHECK(counted(7, "connection did", "connections did") == "7 connections did");
}
