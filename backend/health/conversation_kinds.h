#pragma once

#include <memory>

#include "backend/health/conversation.h"

/// The conversation of each kind of checker, a file each; begin_conversation() chooses. The checker must outlive it.
namespace lbctl::health {

std::unique_ptr<Conversation> tcp_conversation(const model::Checker& checker);
std::unique_ptr<Conversation> http_conversation(const model::Checker& checker, const model::Url& url,
                                                bool wants_digest);
std::unique_ptr<Conversation> smtp_conversation(const model::Checker& checker);
std::unique_ptr<Conversation> dns_conversation(const model::Checker& checker, std::uint16_t number,
                                               keywords::Version target);
std::unique_ptr<Conversation> udp_conversation(const model::Checker& checker);
std::unique_ptr<Conversation> ping_conversation(const model::Checker& checker, keywords::Version target);

/// The room of a datagram that is read whole.
inline constexpr std::size_t whole_datagram = 65536;

}  // namespace lbctl::health
