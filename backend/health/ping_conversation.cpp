#include <fmt/format.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include "backend/health/conversation_kinds.h"

// PING_CHECK: one ICMP echo request (RFC 792, RFC 4443 section 4).
namespace lbctl::health {

namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t data_size = 128;
constexpr std::string_view data_words = "keepalived check - ";
constexpr std::uint16_t sequence_number = 1;
constexpr std::size_t sequence_at = 6;

class PingConversation : public Conversation {
public:
    PingConversation(const model::Checker& checker, keywords::Version target)
        : family_(checker.endpoint.address.family()),
          patience_(checker.timing.connect_timeout.value),
          compares_sequence_(target >= keywords::Version{2, 3, 0}) {}

    void begin(Effects& effects) override { effects.wait = patience_; }

    /// Identifier and checksum are for the kernel, or for whoever sends it.
    void opened(Effects& effects) override {
        std::string packet(header_size, '\0');
        packet[0] = static_cast<char>(family_ == Family::inet ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
        packet[sequence_at + 1] = static_cast<char>(sequence_number);
        while (packet.size() < header_size + data_size) packet += data_words;
        packet.resize(header_size + data_size);
        effects.send.push_back(std::move(packet));
        effects.wait = patience_;
    }

    void received(std::string_view bytes, Effects& effects) override {
        const unsigned reply = family_ == Family::inet ? unsigned{ICMP_ECHOREPLY} : unsigned{ICMP6_ECHO_REPLY};
        if (bytes.size() < header_size || static_cast<unsigned char>(bytes[0]) != reply) {
            effects.decide(State::down, "what came is no echo reply");
            return;
        }
        const unsigned sequence = static_cast<unsigned>(static_cast<unsigned char>(bytes[sequence_at])) << 8U |
                                  static_cast<unsigned char>(bytes[sequence_at + 1]);
        if (compares_sequence_ && sequence != sequence_number) {
            effects.decide(State::down,
                           fmt::format("an echo reply with number {}, wanted {}", sequence, sequence_number));
            return;
        }
        effects.decide(State::up, "answered the echo request");
    }

    void ended(Ending /*ending*/, Effects& effects) override {
        effects.decide(State::down, "the echo request could not be sent");
    }

    void expired(Effects& effects) override {
        effects.decide(State::down, fmt::format("no echo reply within {}", in_seconds(patience_)));
    }

    [[nodiscard]] std::size_t room() const override { return whole_datagram; }

private:
    Family family_;
    Microseconds patience_;
    bool compares_sequence_;
};

}  // namespace

std::unique_ptr<Conversation> ping_conversation(const model::Checker& checker, keywords::Version target) {
    return std::make_unique<PingConversation>(checker, target);
}

}  // namespace lbctl::health
