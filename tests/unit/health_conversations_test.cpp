#include <algorithm>
#include <string>
#include <vector>

#include "backend/health/checked_services.h"
#include "backend/health/conversation.h"
#include "backend/health/http_answer.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace std::chrono_literals;
using health::Effects;
using health::Ending;
using health::State;

namespace {

/// A configuration with one real server, 10.0.0.2:80, and these lines in its block; more may stand around it.
struct Configured {
    explicit Configured(const std::string& lines, const std::string& service_lines = {}, const std::string& above = {})
        : analysis(validate::analyse("test.conf",
                                     above + "\nvirtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\n" +
                                         service_lines + "\nreal_server 10.0.0.2 80 {\n" + lines + "\n}\n}\n",
                                     {})),
          checked(health::checked_services(analysis.root, keywords::default_target)) {}

    [[nodiscard]] const model::Checker& checker(std::size_t index = 0) const { return checked.checkers.at(index); }

    validate::Analysis analysis;
    health::CheckedServices checked;
};

/// Plays the other side of a conversation.
class Talk {
public:
    explicit Talk(const model::Checker& checker, std::size_t index = 0)
        : conversation_(health::begin_conversation(checker, {.url = index, .number = 0x1234})) {
        note([this](Effects& effects) { conversation_->begin(effects); });
    }

    Talk& open() {
        return note([this](Effects& effects) { conversation_->opened(effects); });
    }
    Talk& receive(std::string_view bytes) {
        return note([&](Effects& effects) { conversation_->received(bytes, effects); });
    }
    Talk& end(Ending ending) {
        return note([&](Effects& effects) { conversation_->ended(ending, effects); });
    }
    Talk& expire() {
        return note([this](Effects& effects) { conversation_->expired(effects); });
    }

    [[nodiscard]] std::size_t room() const { return conversation_->room(); }
    [[nodiscard]] const std::string& sent() const { return sent_; }
    [[nodiscard]] bool is_over() const { return verdict_.has_value(); }
    [[nodiscard]] State state() const { return verdict_ ? verdict_->state : State::none; }
    [[nodiscard]] std::string reason() const { return verdict_ ? verdict_->reason : "not over"; }
    [[nodiscard]] std::optional<model::Microseconds> wait() const { return wait_; }

private:
    template <class Event>
    Talk& note(const Event& event) {
        Effects effects;
        event(effects);
        for (const std::string& bytes : effects.send) sent_ += bytes;
        wait_ = effects.wait;
        if (effects.verdict && !verdict_) verdict_ = effects.verdict;
        return *this;
    }

    std::unique_ptr<health::Conversation> conversation_;
    std::string sent_;
    std::optional<health::Verdict> verdict_;
    std::optional<model::Microseconds> wait_;
};

const std::string page = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhome";

}  // namespace

TEST_CASE("a setting of a checker comes from the nearest level that has it") {
    const Configured configured("connect_timeout 2\ndelay_loop 7\nTCP_CHECK {\nretry 4\n}", "connect_timeout 9\nalpha");
    const model::Timing& timing = configured.checker().timing;
    CHECK(timing.connect_timeout.value == 2s);
    CHECK(timing.connect_timeout.level == model::Level::real_server);
    CHECK(timing.delay_loop.value == 7s);
    CHECK(timing.warmup.value == 7s);
    CHECK(timing.warmup.level == model::Level::built_in);
    CHECK(timing.retry.value == 4);
    CHECK(timing.retry.level == model::Level::checker);
    CHECK(timing.delay_before_retry.value == 1s);
    CHECK(timing.alpha.value);
    CHECK(timing.alpha.level == model::Level::virtual_server);
}

TEST_CASE("kinds of checkers have their own defaults") {
    CHECK(Configured("DNS_CHECK {\n}").checker().timing.retry.value == 3);
    CHECK(Configured("delay_loop 8\nDNS_CHECK {\n}").checker().timing.delay_before_retry.value == 8s);
    CHECK(Configured("HTTP_GET {\nurl {\npath /\n}\n}").checker().timing.delay_before_retry.value == 3s);
    CHECK(Configured("MISC_CHECK {\nmisc_path /x\n}").checker().timing.retry.value == 0);
    const Configured misc("delay_loop 3\nMISC_CHECK {\nmisc_path /x\ndelay_loop 4\n}", "delay_loop 11");
    CHECK(std::get<model::MiscCheck>(misc.checker().details).timeout.value == 11s);
}

TEST_CASE("times above an SMTP_CHECK count for it, times below do not") {
    CHECK(Configured("connect_timeout 2\nSMTP_CHECK {\n}").checker().timing.connect_timeout.value == 2s);
    CHECK(Configured("SMTP_CHECK {\n}\nconnect_timeout 2").checker().timing.connect_timeout.value == 5s);
}

TEST_CASE("an option that a checker does not heed is not in its endpoint") {
    const std::string lines = "bindto 10.0.0.9\nbind_if eth0\nfwmark 7\nbind_port 1000\n";
    const Configured configured_tcp("TCP_CHECK {\n" + lines + "}");
    const auto& tcp = configured_tcp.checker().endpoint;
    CHECK(tcp.own_address == IpAddress::parse("10.0.0.9"));
    CHECK(tcp.own_port == 1000);
    CHECK(tcp.fwmark == 7);
    const Configured udp("UDP_CHECK {\n" + lines + "}");
    CHECK(udp.checker().endpoint.own_interface.empty());
    CHECK(udp.checker().endpoint.fwmark == 7);
    const Configured ping("PING_CHECK {\n" + lines + "}");
    CHECK_FALSE(ping.checker().endpoint.own_address);
    CHECK(ping.checker().endpoint.fwmark == 0);
    CHECK(Configured("TCP_CHECK {\nbind_port 1000\n}").checker().endpoint.own_port == 0);
}

TEST_CASE("checkers that keepalived takes away say why") {
    using model::Removal;
    CHECK(Configured("HTTP_GET {\n}").checker().removal == Removal::no_url);
    CHECK(Configured("HTTP_GET {\nurl {\nstatus_code 200\n}\n}").checker().removal == Removal::no_url);
    CHECK(Configured("TCP_CHECK {\nconnect_ip fe80::1\n}").checker().removal == Removal::no_interface);
    CHECK(Configured("TCP_CHECK {\nconnect_ip fe80::1\nbind_if eth0\n}").checker().removal == Removal::none);
    CHECK(Configured("MISC_CHECK {\n}").checker().removal == Removal::no_command);
    CHECK(Configured("FILE_CHECK {\ntrack_file nowhere\n}").checker().removal == Removal::no_file);
}

TEST_CASE("a TCP connection that is made is success, and one that is not is failure") {
    const Configured configured("TCP_CHECK {\nconnect_timeout 2\n}");
    Talk talk(configured.checker());
    CHECK(talk.wait() == model::Microseconds(2s));
    CHECK(talk.open().state() == State::up);
    Talk silent(configured.checker());
    CHECK(silent.expire().state() == State::down);
    CHECK(silent.reason() == "no connection within 2 s");
}

TEST_CASE("HTTP_GET asks as keepalived asks") {
    const Configured configured("HTTP_GET {\nvirtualhost www.example\nhttp_protocol 1.1\nurl {\npath /a\n}\n}");
    Talk talk(configured.checker());
    talk.open();
    CHECK(talk.sent() ==
          "GET /a HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example\r\n\r\n");
}

TEST_CASE("an HTTP answer is judged alike however it is cut, and only when the server has closed") {
    const Configured configured("HTTP_GET {\nurl {\npath /\nregex hom\ndigest 106a6c241b8797f52e1e77317b96a201\n}\n}");
    for (std::size_t cut = 0; cut <= page.size(); ++cut) {
        Talk talk(configured.checker());
        talk.open().receive(std::string_view(page).substr(0, cut)).receive(std::string_view(page).substr(cut));
        INFO("cut at " << cut);
        CHECK_FALSE(talk.is_over());
        CHECK(talk.end(Ending::end_of_stream).state() == State::up);
    }
}

TEST_CASE("an HTTP answer that is cut short before the end of its header is a failure at every length") {
    const Configured configured("HTTP_GET {\nurl {\npath /\n}\n}");
    const std::size_t header = page.find("home");
    for (std::size_t length = 0; length < page.size(); ++length) {
        Talk talk(configured.checker());
        talk.open().receive(std::string_view(page).substr(0, length)).end(Ending::end_of_stream);
        INFO("length " << length);
        CHECK(talk.state() == (length < header ? State::down : State::up));
    }
}

TEST_CASE("HTTP_GET takes a reset for a failure, SSL_GET judges what it has") {
    const Configured http("HTTP_GET {\nurl {\npath /\n}\n}");
    CHECK(Talk(http.checker()).open().receive(page).end(Ending::reset).state() == State::down);
    const Configured https("SSL_GET {\nurl {\npath /\n}\n}");
    CHECK(Talk(https.checker()).open().receive(page).end(Ending::failure).state() == State::up);
}

TEST_CASE("the time of HTTP_GET begins anew with every read, that of SSL_GET once") {
    const Configured http("HTTP_GET {\nconnect_timeout 3\nurl {\npath /\n}\n}");
    Talk plain(http.checker());
    CHECK(plain.open().receive("H").wait() == model::Microseconds(3s));
    CHECK(plain.receive("T").wait() == model::Microseconds(3s));
    const Configured https("SSL_GET {\nconnect_timeout 3\nurl {\npath /\n}\n}");
    Talk tls(https.checker());
    CHECK(tls.open().receive("").wait() == model::Microseconds(3s));
    CHECK_FALSE(tls.receive("H").wait());
}

TEST_CASE("status codes that keepalived reads") {
    CHECK(health::status_in("HTTP/1.1 200 OK\r\n") == 200);
    CHECK(health::status_in("ICY 404 x\r\n") == 404);
    CHECK(health::status_in("HTTP/1.1 200\r\n") == 0);
    CHECK(health::status_in("HTTP/1.1  200 OK\r\n") == 0);
    CHECK(health::status_in("HTTP/1.1 2000 OK\r\n") == 0);
    CHECK(health::status_in("HTTP/1.1\r\n200 OK") == 0);
    CHECK(health::status_in("") == 0);
}

TEST_CASE("a header that does not fit the buffer is the end") {
    const Configured configured("HTTP_GET {\nurl {\npath /\n}\n}");
    Talk talk(configured.checker());
    talk.open().receive(std::string(talk.room(), 'x'));
    CHECK(talk.room() == 0);
    CHECK(talk.end(Ending::end_of_stream).state() == State::down);
}

TEST_CASE("an answer of any size is read in bounded memory") {
    const Configured configured("HTTP_GET {\nurl {\npath /\nregex nowhere.*to.*be\n}\n}");
    Talk talk(configured.checker());
    talk.open().receive("HTTP/1.0 200 OK\r\n\r\n");
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(talk.room() > 0);
        talk.receive(std::string(talk.room(), 'n'));
    }
    CHECK(talk.end(Ending::end_of_stream).state() == State::down);
}

TEST_CASE("an expression that does not compile has no verdict") {
    const Configured configured("HTTP_GET {\nurl {\npath /\nregex \"a(\"\n}\n}");
    Talk talk(configured.checker());
    CHECK(talk.open().is_over());
    CHECK(talk.state() == State::none);
    CHECK(talk.sent().empty());
}

TEST_CASE("SMTP_CHECK talks as keepalived talks, and wants a blank after the number") {
    const Configured configured("SMTP_CHECK {\nhelo_name me.example\n}");
    Talk talk(configured.checker());
    talk.open().receive("220 hello\r\nlost").receive("250 yes\r\n").receive("500 whatever\r\n");
    CHECK(talk.sent() == "HELO me.example\r\nQUIT\r\n");
    CHECK(talk.state() == State::up);
    CHECK(Talk(configured.checker()).open().receive("220-hello\r\n").state() == State::down);
    CHECK(Talk(configured.checker()).open().receive("220\r\n").state() == State::down);
    CHECK_FALSE(Talk(configured.checker()).open().receive("220\n").is_over());
    CHECK(Talk(configured.checker()).open().receive("220 x\n").end(Ending::end_of_stream).state() == State::down);
}

TEST_CASE("DNS_CHECK asks one question and takes an answer without error") {
    const Configured configured("DNS_CHECK {\ntype a\nname www.example.\n}");
    Talk talk(configured.checker());
    talk.open();
    const std::string name("\3www\7example\0", 13);
    CHECK(talk.sent() == std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0", 12) + name + std::string("\0\1\0\1", 4));
    talk.receive(std::string("\x12\x35\x80\0\0\0\0\0\0\0\0\0", 12));
    talk.receive(std::string("\x12\x34\x80", 3));
    talk.receive(std::string("\x12\x34\0\0\0\0\0\0\0\0\0\0", 12));
    CHECK_FALSE(talk.is_over());
    CHECK(talk.receive(std::string("\x12\x34\x80\0\0\0\0\0\0\0\0\0", 12)).state() == State::up);
    const std::string refused("\x12\x34\x80\5\0\0\0\0\0\0\0\0", 12);
    CHECK(Talk(configured.checker()).open().receive(refused).reason() == "answered REFUSED");
}

TEST_CASE("silence is success for UDP_CHECK, unless a reply must come") {
    CHECK(Talk(Configured("UDP_CHECK {\n}").checker()).open().expire().state() == State::up);
    const Configured required("UDP_CHECK {\nrequire_reply ab x1\npayload 12 3\n}");
    CHECK(Talk(required.checker()).open().expire().state() == State::down);
    CHECK(Talk(required.checker()).open().sent() == "\x12\x03");
    CHECK(Talk(required.checker()).open().receive("\xab\x91").state() == State::up);
    CHECK(Talk(required.checker()).open().receive("\xab\x92").state() == State::down);
    CHECK(Talk(required.checker()).open().receive("").state() == State::up);
}

TEST_CASE("an expression is searched in every piece, and what may go on is held back") {
    const Configured configured("HTTP_GET {\nurl {\npath /\nregex \"fo+bar\"\n}\n}");
    Talk talk(configured.checker());
    talk.open().receive("HTTP/1.0 200 OK\r\n\r\nxxfo").receive("oooo").receive("bar");
    CHECK(talk.end(Ending::end_of_stream).state() == State::up);
    const Configured at_end("HTTP_GET {\nurl {\npath /\nregex \"END$\"\n}\n}");
    Talk never(at_end.checker());
    never.open().receive("HTTP/1.0 200 OK\r\n\r\n").receive("the END");
    CHECK(never.end(Ending::end_of_stream).state() == State::down);
}

TEST_CASE("random bytes in the place of an answer decide nothing wrong and break nothing") {
    const std::vector<std::string> checkers{"HTTP_GET {\nurl {\npath /\nregex a.*b\n}\n}", "SMTP_CHECK {\n}",
                                            "DNS_CHECK {\n}", "UDP_CHECK {\nrequire_reply 00\n}", "PING_CHECK {\n}"};
    std::uint32_t number = 1;
    const auto next = [&number] { return number = number * 1664525U + 1013904223U; };
    for (const std::string& lines : checkers) {
        const Configured configured(lines);
        for (int round = 0; round < 200; ++round) {
            Talk talk(configured.checker());
            talk.open();
            for (int piece = 0; piece < 8 && !talk.is_over() && talk.room() > 0; ++piece) {
                std::string bytes(std::min<std::size_t>(next() >> 20U, talk.room()), '\0');
                std::ranges::generate(bytes, [&] { return static_cast<char>(next() >> 24U); });
                talk.receive(bytes);
            }
            if (!talk.is_over()) talk.end(Ending::end_of_stream);
            CHECK(talk.is_over());
        }
    }
}
