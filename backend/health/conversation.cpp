#include "backend/health/conversation.h"

#include <fmt/format.h>

#include "backend/health/conversation_kinds.h"

namespace lbctl::health {

std::optional<Transport> transport_of(const model::Checker& checker) {
    using enum model::CheckerKind;
    switch (checker.kind) {
        case tcp:
        case http:
        case smtp:
            return Transport::tcp;
        case https:
            return Transport::tls;
        case dns:
        case udp:
            return Transport::udp;
        case ping:
            return Transport::ping;
        case misc:
        case file:
        case bfd:
            break;
    }
    return std::nullopt;
}

std::unique_ptr<Conversation> begin_conversation(const model::Checker& checker, const ConversationOptions& options) {
    using enum model::CheckerKind;
    switch (checker.kind) {
        case tcp:
            return tcp_conversation(checker);
        case http:
        case https:
            return http_conversation(checker, std::get<model::HttpCheck>(checker.details).urls.at(options.url),
                                     options.wants_digest);
        case smtp:
            return smtp_conversation(checker);
        case dns:
            return dns_conversation(checker, options.number, options.target);
        case udp:
            return udp_conversation(checker);
        case ping:
            return ping_conversation(checker, options.target);
        case misc:
        case file:
        case bfd:
            break;
    }
    return nullptr;
}

std::string in_seconds(Microseconds time) {
    constexpr double in_a_second = 1e6;
    return fmt::format("{:g} s", static_cast<double>(time.count()) / in_a_second);
}

}  // namespace lbctl::health
