#include <algorithm>
#include <string>
#include <string_view>

#include "backend/health/as_meant.h"
#include "backend/health/http_page.h"
#include "backend/health/mail_conversation.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace std::chrono_literals;
using health::Effects;
using health::Ending;
using health::State;

namespace {

health::Mail mail() {
    health::Mail mail;
    mail.hello_name = "director";
    mail.sender = "lb@example.org";
    mail.recipients = {"one@example.org", "Two <two@example.org>"};
    mail.date = "Sun, 29 Nov 2026 18:04:24 +0000";
    mail.subject = "[LB1] a subject";
    mail.body = "=> text <=\n.hidden\n";
    mail.timeout = 2s;
    return mail;
}

/// Plays the mail server.
class Server {
public:
    explicit Server(health::Mail sent) : conversation_(std::move(sent)) {
        note([this](Effects& effects) { conversation_.begin(effects); });
        note([this](Effects& effects) { conversation_.opened(effects); });
    }
    Server& say(std::string_view bytes) {
        return note([&](Effects& effects) { conversation_.received(bytes, effects); });
    }
    Server& close() {
        return note([this](Effects& effects) { conversation_.ended(Ending::end_of_stream, effects); });
    }
    Server& wait() {
        return note([this](Effects& effects) { conversation_.expired(effects); });
    }
    /// What came since it was asked last.
    std::string heard() { return std::exchange(heard_, {}); }
    [[nodiscard]] const std::optional<health::Verdict>& verdict() const { return verdict_; }

private:
    template <class Event>
    Server& note(const Event& event) {
        Effects effects;
        event(effects);
        for (const std::string& text : effects.send) heard_ += text;
        if (effects.verdict) verdict_ = effects.verdict;
        return *this;
    }

    health::MailConversation conversation_;
    std::string heard_;
    std::optional<health::Verdict> verdict_;
};

}  // namespace

TEST_CASE("an answer of HTTP/1 is complete where its header says") {
    const auto complete = [](std::string_view answer, bool closed) {
        const auto page = health::read_http_page(answer, closed);
        return page && page->is_complete;
    };
    CHECK(complete("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhome", false));
    CHECK(complete("HTTP/1.1 200 OK\r\ncontent-length:4\r\n\r\nhome and more", false));
    CHECK_FALSE(complete("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhome", true));
    CHECK(complete("HTTP/1.0 200 OK\r\n\r\nhome", true));
    CHECK_FALSE(complete("HTTP/1.0 200 OK\r\n\r\nhome", false));
    CHECK(complete("HTTP/1.1 204 No Content\r\n\r\n", false));
    CHECK(complete("HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n4;a=b\r\nhome\r\n0\r\n\r\n", false));
    CHECK_FALSE(complete("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhome\r\n", true));
    CHECK_FALSE(health::read_http_page("ICY 200 OK\r\n\r\n", true));
    CHECK_FALSE(health::read_http_page("HTTP/1.1 2000 OK\r\n\r\n", true));
    CHECK_FALSE(health::read_http_page("", true));
    const auto after_interim =
        health::read_http_page("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", false);
    REQUIRE(after_interim);
    CHECK(after_interim->status == 404);
}

TEST_CASE("an answer that is cut anywhere is not complete, and harms nobody") {
    const std::string chunked =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n0\r\n\r\n";
    // The last chunk is known by its size; the empty line after it adds nothing.
    for (std::size_t length = 0; length + 2 < chunked.size(); ++length) {
        const auto page = health::read_http_page(std::string_view(chunked).substr(0, length), true);
        CHECK_FALSE((page && page->is_complete));
    }
    CHECK(health::read_http_page(chunked, false)->decoded == "hello\n");
    const auto huge =
        health::read_http_page("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello", true);
    REQUIRE(huge);
    CHECK_FALSE(huge->is_complete);
    const auto too_long =
        health::read_http_page("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello", true);
    REQUIRE(too_long);
    CHECK_FALSE(too_long->announced);
}

TEST_CASE("evidence is kept up to a limit, and of a longer answer nothing") {
    health::Evidence evidence;
    evidence.note(false, std::string(health::Evidence::most_kept - 1, 'x'));
    evidence.note(false, "y");
    CHECK_FALSE(evidence.is_cut);
    CHECK(evidence.answer.size() == health::Evidence::most_kept);
    evidence.note(false, "z");
    evidence.note(false, "more");
    CHECK(evidence.is_cut);
    CHECK(evidence.answer.empty());
}

TEST_CASE("mail goes out in the bytes that keepalived sends") {
    Server server(mail());
    CHECK(server.heard().empty());
    CHECK(server.say("220-mail\r\n220 ready\r\n").heard() == "HELO director\r\n");
    CHECK(server.say("250 ok\r\n").heard() == "MAIL FROM:<lb@example.org>\r\n");
    CHECK(server.say("250 ok\r").heard().empty());
    CHECK(server.say("\n").heard() == "RCPT TO:<one@example.org>\r\n");
    CHECK(server.say("250 ok\r\n").heard() == "RCPT TO:<two@example.org>\r\n");
    CHECK(server.say("250 ok\r\n").heard() == "DATA\r\n");
    CHECK(server.say("354 go on\r\n").heard() ==
          "Date: Sun, 29 Nov 2026 18:04:24 +0000\r\nFrom: lb@example.org\r\nSubject: [LB1] a subject\r\n"
          "X-Mailer: Keepalived\r\nTo: one@example.org,\r\n Two <two@example.org>\r\n\r\n"
          "=> text <=\r\n..hidden\r\n\r\n.\r\n");
    CHECK(server.say("250 taken\r\n").heard() == "QUIT\r\n");
    CHECK_FALSE(server.verdict());
    REQUIRE(server.say("221 bye\r\n").verdict());
    CHECK(server.verdict()->state == State::up);
}

TEST_CASE("a mail server that refuses is left in order, and the reason is its own") {
    Server server(mail());
    server.say("220 ready\r\n").say("250 ok\r\n").say("250 ok\r\n");
    (void)server.heard();
    CHECK(server.say("550 nobody here\r\n").heard() == "QUIT\r\n");
    REQUIRE(server.say("221 bye\r\n").verdict());
    CHECK(server.verdict()->state == State::down);
    CHECK(server.verdict()->reason == "it said `550 nobody here'");
}

TEST_CASE("a mail server that closes, is silent or talks without end has not taken the mail") {
    CHECK(Server(mail()).close().verdict()->state == State::down);
    CHECK(Server(mail()).say("220 ready\r\n").wait().verdict()->reason == "no reply within 2 s");
    Server endless(mail());
    for (int i = 0; i < 100 && !endless.verdict(); ++i) endless.say(std::string(100, 'x'));
    CHECK(endless.heard().starts_with("QUIT\r\n"));
    // What it said after it had the mail does not matter.
    Server taken(mail());
    taken.say("220 a\r\n")
        .say("250 b\r\n")
        .say("250 c\r\n")
        .say("250 d\r\n")
        .say("250 e\r\n")
        .say("354 f\r\n")
        .say("250 g\r\n");
    CHECK(taken.close().verdict()->state == State::up);
}

TEST_CASE("no text of a file makes a command of its own in a mail") {
    health::Mail odd = mail();
    odd.hello_name = "director\r\nRSET";
    odd.subject = "a\r\nBcc: all@example.org";
    Server server(odd);
    CHECK(server.say("220 ready\r\n").heard() == "HELO director  RSET\r\n");
    server.say("250 b\r\n").say("250 c\r\n").say("250 d\r\n").say("250 e\r\n");
    (void)server.heard();
    CHECK(server.say("354 f\r\n").heard().find("Subject: a  Bcc: all@example.org\r\n") != std::string::npos);
}
