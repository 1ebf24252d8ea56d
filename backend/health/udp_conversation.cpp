#include <fmt/format.h>

#include <algorithm>

#include "backend/health/conversation_kinds.h"

// UDP_CHECK: one datagram, and silence is success unless a reply must come.
namespace lbctl::health {

namespace {

class UdpConversation : public Conversation {
public:
    explicit UdpConversation(const model::Checker& checker)
        : udp_(std::get<model::UdpCheck>(checker.details)), patience_(checker.timing.connect_timeout.value) {}

    void begin(Effects& effects) override { effects.wait = patience_; }

    void opened(Effects& effects) override {
        effects.send.push_back(udp_.payload);
        effects.wait = patience_;
    }

    void received(std::string_view bytes, Effects& effects) override {
        if (!udp_.reply_needed || udp_.pattern.empty()) {
            effects.decide(State::up, "a reply came");
        } else if (bytes.size() < udp_.shortest_reply || bytes.size() > udp_.longest_reply) {
            effects.decide(State::down, fmt::format("a reply of {} bytes, wanted {} to {}", bytes.size(),
                                                    udp_.shortest_reply, udp_.longest_reply));
        } else if (!fits(bytes)) {
            effects.decide(State::down, "the reply is not what require_reply wants");
        } else {
            effects.decide(State::up, "the reply is what require_reply wants");
        }
    }

    void ended(Ending /*ending*/, Effects& effects) override {
        effects.decide(State::down, "ICMP says that it cannot be reached");
    }

    void expired(Effects& effects) override {
        if (udp_.reply_needed) {
            effects.decide(State::down, fmt::format("no reply within {}", in_seconds(patience_)));
        } else {
            effects.decide(State::up, fmt::format("no error within {}", in_seconds(patience_)));
        }
    }

    [[nodiscard]] std::size_t room() const override { return whole_datagram; }

private:
    /// Only as far as both go: keepalived takes a shorter reply, also an empty one.
    [[nodiscard]] bool fits(std::string_view bytes) const {
        const std::size_t compared = std::min(bytes.size(), udp_.pattern.size());
        for (std::size_t i = 0; i < compared; ++i) {
            const model::MaskedOctet& octet = udp_.pattern[i];
            if ((static_cast<unsigned char>(bytes[i]) & octet.mask) != (octet.value & octet.mask)) return false;
        }
        return true;
    }

    const model::UdpCheck& udp_;
    Microseconds patience_;
};

}  // namespace

std::unique_ptr<Conversation> udp_conversation(const model::Checker& checker) {
    return std::make_unique<UdpConversation>(checker);
}

}  // namespace lbctl::health
