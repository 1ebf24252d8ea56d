#include <fmt/format.h>

#include "backend/health/conversation_kinds.h"

// TCP_CHECK: a connection that is made is success, whatever follows.
namespace lbctl::health {

namespace {

class TcpConversation : public Conversation {
public:
    explicit TcpConversation(Microseconds patience) : patience_(patience) {}

    void begin(Effects& effects) override { effects.wait = patience_; }
    void opened(Effects& effects) override { effects.decide(State::up, "connected"); }
    void received(std::string_view /*bytes*/, Effects& /*effects*/) override {}
    void ended(Ending /*ending*/, Effects& /*effects*/) override {}
    void expired(Effects& effects) override {
        effects.decide(State::down, fmt::format("no connection within {}", in_seconds(patience_)));
    }
    [[nodiscard]] std::size_t room() const override { return 1; }

private:
    Microseconds patience_;
};

}  // namespace

std::unique_ptr<Conversation> tcp_conversation(const model::Checker& checker) {
    return std::make_unique<TcpConversation>(checker.timing.connect_timeout.value);
}

}  // namespace lbctl::health
