#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backend/health/as_meant.h"
#include "backend/health/checked_services.h"
#include "backend/health/conversation_kinds.h"
#include "grammar/validate/analysis.h"
#include "tests/fuzz/played_server.h"

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

}  // namespace

/// An answer of any bytes, cut anywhere, ends in a verdict, and a second judge can read it; nothing grows with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Configured configured;
    constexpr std::uint16_t question = 0x3132;  // the number of DNS questions
    const fuzz::Stopwatch stopwatch;
    fuzz::Input input(data, size);
    const std::uint8_t which = input.byte();
    const auto& checkers = configured.checked.checkers;
    const model::Checker& checker = checkers[which % checkers.size()];
    const auto* http = std::get_if<model::HttpCheck>(&checker.details);
    const std::size_t url = http == nullptr ? 0 : which / checkers.size() % http->urls.size();
    const health::Transport transport = health::transport_of(checker).value();
    const bool is_stream = transport == health::Transport::tcp || transport == health::Transport::tls;
    for (const keywords::Version target : {keywords::default_target, keywords::Version{2, 2, 7}}) {
        fuzz::Server server(health::begin_conversation(checker, {.url = url, .number = question, .target = target}),
                            is_stream);
        fuzz::play(server, input);
        fuzz::hold(server.is_over(), "a conversation ends");
        const auto meant = health::verdict_as_meant(checker, url, server.evidence(), *server.verdict());
        if (meant) fuzz::hold_reason(*meant);
    }
    return 0;
}
