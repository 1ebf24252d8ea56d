#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/health/checked_services.h"
#include "backend/health/conversation.h"
#include "backend/health/conversation_kinds.h"
#include "grammar/validate/analysis.h"
#include "tests/fuzz/property.h"

#ifndef LBCTL_FUZZ_CHECKERS
#error "LBCTL_FUZZ_CHECKERS names the checkers that are asked"
#endif

namespace {

using namespace lbctl;

/// One real server for each block, with checkers that make use of every part of an answer.
[[maybe_unused]] constexpr std::string_view http_checkers = R"(
HTTP_GET {
    url {
        path /
    }
}
HTTP_GET {
    url {
        path /
        digest 106a6c241b8797f52e1e77317b96a201
    }
    url {
        path /
        status_code 100-599
        regex "b+(a+)+$"
        regex_options utf caseless
        digest 106a6c241b8797f52e1e77317b96a201
    }
    url {
        path /
        regex "(?<=on .)page.*end"
        regex_options dotall multiline
        regex_min_offset 40
        regex_max_offset 900
        regex_no_match
    }
    url {
        path /
        regex "a.*(b|c)\\1"
        regex_stack 1 64
    }
}
SSL_GET {
    url {
        path /
        regex home
    }
}
)";
[[maybe_unused]] constexpr std::string_view smtp_checkers = R"(
SMTP_CHECK {
    helo_name mail.example
}
)";
[[maybe_unused]] constexpr std::string_view dns_checkers = R"(
DNS_CHECK {
}
DNS_CHECK {
    type MX
    name a.long.name.example.
}
)";
[[maybe_unused]] constexpr std::string_view udp_checkers = R"(
UDP_CHECK {
}
UDP_CHECK {
    require_reply
}
UDP_CHECK {
    payload 00ff
    require_reply 0102X4X5060708
    min_reply_length 4
    max_reply_length 100
}
)";
[[maybe_unused]] constexpr std::string_view ping_checkers = R"(
PING_CHECK {
}
)";

struct Configured {
    Configured()
        : analysis(validate::analyse("fuzz.conf",
                                     std::string("virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\n") +
                                         "real_server 10.0.0.2 80 {\n" + std::string(LBCTL_FUZZ_CHECKERS) + "}\n}\n",
                                     {})),
          checked(health::checked_services(analysis.root, keywords::default_target)) {
        fuzz::hold(!checked.checkers.empty(), "the configuration has checkers");
    }

    validate::Analysis analysis;
    health::CheckedServices checked;
};

/// Takes the input apart.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    std::string_view bytes(std::size_t most) {
        const std::string_view taken = rest_.substr(0, std::min(most, rest_.size()));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    [[nodiscard]] bool is_empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

/// Plays a server as a driver of the conversation sees it, and holds what drivers rely on.
class Server {
public:
    Server(const model::Checker& checker, std::size_t url, keywords::Version target)
        : transport_(health::transport_of(checker).value()),
          conversation_(health::begin_conversation(checker, {.url = url, .number = number, .target = target})) {
        tell([this](health::Effects& effects) { conversation_->begin(effects); });
        fuzz::hold(waits_, "who begins waits for a time");
        tell([this](health::Effects& effects) { conversation_->opened(effects); });
    }

    /// The number of DNS questions.
    static constexpr std::uint16_t number = 0x3132;

    [[nodiscard]] bool is_over() const { return verdict_.has_value(); }
    [[nodiscard]] const std::optional<health::Verdict>& verdict() const { return verdict_; }
    [[nodiscard]] bool is_stream() const {
        return transport_ == health::Transport::tcp || transport_ == health::Transport::tls;
    }

    void answer(std::string_view bytes) {
        if (is_over()) return;
        if (!is_stream()) {
            tell([&](health::Effects& effects) { conversation_->received(bytes, effects); });
            return;
        }
        while (!bytes.empty() && !is_over()) {
            const std::size_t room = conversation_->room();
            fuzz::hold(room <= 4095, "what is held of a stream is bounded");
            if (room == 0) {
                end(health::Ending::end_of_stream);
                return;
            }
            const std::string_view piece = bytes.substr(0, room);
            bytes.remove_prefix(piece.size());
            tell([&](health::Effects& effects) { conversation_->received(piece, effects); });
        }
    }

    void end(health::Ending ending) {
        if (is_over()) return;
        tell([&](health::Effects& effects) { conversation_->ended(ending, effects); });
        fuzz::hold(is_over(), "a conversation ends with its stream");
    }

    void expire() {
        if (is_over()) return;
        tell([this](health::Effects& effects) { conversation_->expired(effects); });
        fuzz::hold(is_over(), "a conversation ends with its time");
    }

private:
    template <class Event>
    void tell(const Event& event) {
        health::Effects effects;
        event(effects);
        waits_ = waits_ || effects.wait.has_value();
        std::size_t sent = 0;
        for (const std::string& bytes : effects.send) sent += bytes.size();
        fuzz::hold(sent <= 4096, "what is sent fits a socket");
        if (!effects.verdict) return;
        verdict_ = std::move(effects.verdict);
        fuzz::hold(!verdict_->reason.empty(), "a verdict has its reason");
        fuzz::hold(verdict_->reason.size() <= 1000, "a reason is bounded");
    }

    health::Transport transport_;
    std::unique_ptr<health::Conversation> conversation_;
    std::optional<health::Verdict> verdict_;
    bool waits_ = false;
};

/// The whole answer, cut as the input says.
void play(Server& server, Input input) {
    const std::uint8_t how = input.byte();
    const bool is_cut = (how & 0x80U) != 0;
    do {
        const std::size_t size = is_cut ? std::size_t{input.byte()} * 4U + 1U : std::size_t{65536};
        server.answer(input.bytes(size));
    } while (!input.is_empty() && !server.is_over());
    if ((how & 0x40U) != 0) {
        server.expire();
    } else if (server.is_stream() || (how & 0x20U) != 0) {
        constexpr std::array endings{health::Ending::end_of_stream, health::Ending::farewell, health::Ending::reset,
                                     health::Ending::failure};
        server.end(endings.at(how % endings.size()));
    }
    server.expire();
}

}  // namespace

/// An answer of any bytes, cut anywhere, ends in a verdict; nothing grows with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Configured configured;
    const fuzz::Stopwatch stopwatch;
    Input input(data, size);
    const std::uint8_t which = input.byte();
    const auto& checkers = configured.checked.checkers;
    const model::Checker& checker = checkers[which % checkers.size()];
    const auto* http = std::get_if<model::HttpCheck>(&checker.details);
    const std::size_t url = http == nullptr ? 0 : which / checkers.size() % http->urls.size();
    for (const keywords::Version target : {keywords::default_target, keywords::Version{2, 2, 7}}) {
        Server server(checker, url, target);
        play(server, input);
        fuzz::hold(server.is_over(), "a conversation ends");
    }
    return 0;
}
