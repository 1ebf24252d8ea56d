#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "backend/health/as_meant.h"
#include "backend/health/conversation.h"
#include "tests/fuzz/property.h"

namespace lbctl::fuzz {

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

inline void hold_reason(const health::Verdict& verdict) {
    hold(!verdict.reason.empty(), "a verdict has its reason");
    hold(verdict.reason.size() <= 1000, "a reason is bounded");
}

/// Plays a server as a driver of the conversation sees it, and holds what drivers rely on.
class Server {
public:
    Server(std::unique_ptr<health::Conversation> conversation, bool is_stream)
        : is_stream_(is_stream), conversation_(std::move(conversation)) {
        tell([this](health::Effects& effects) { conversation_->begin(effects); });
        hold(waits_, "who begins waits for a time");
        tell([this](health::Effects& effects) { conversation_->opened(effects); });
    }

    [[nodiscard]] bool is_over() const { return verdict_.has_value(); }
    [[nodiscard]] const std::optional<health::Verdict>& verdict() const { return verdict_; }
    [[nodiscard]] bool is_stream() const { return is_stream_; }
    /// What a second judge may know of it.
    [[nodiscard]] const health::Evidence& evidence() const { return evidence_; }

    void answer(std::string_view bytes) {
        if (is_over()) return;
        if (!is_stream_) {
            evidence_.note(true, bytes);
            tell([&](health::Effects& effects) { conversation_->received(bytes, effects); });
            return;
        }
        while (!bytes.empty() && !is_over()) {
            const std::size_t room = conversation_->room();
            hold(room <= 4095, "what is held of a stream is bounded");
            if (room == 0) {
                end(health::Ending::end_of_stream);
                return;
            }
            const std::string_view piece = bytes.substr(0, room);
            bytes.remove_prefix(piece.size());
            evidence_.note(false, piece);
            tell([&](health::Effects& effects) { conversation_->received(piece, effects); });
        }
    }

    void end(health::Ending ending) {
        if (is_over()) return;
        evidence_.ending = ending;
        tell([&](health::Effects& effects) { conversation_->ended(ending, effects); });
        hold(is_over(), "a conversation ends with its stream");
    }

    void expire() {
        if (is_over()) return;
        tell([this](health::Effects& effects) { conversation_->expired(effects); });
        hold(is_over(), "a conversation ends with its time");
    }

private:
    template <class Event>
    void tell(const Event& event) {
        health::Effects effects;
        event(effects);
        waits_ = waits_ || effects.wait.has_value();
        std::size_t sent = 0;
        for (const std::string& bytes : effects.send) {
            sent += bytes.size();
            evidence_.sent = bytes;
        }
        hold(sent <= 4096, "what is sent fits a socket");
        if (!effects.verdict) return;
        verdict_ = std::move(effects.verdict);
        hold_reason(*verdict_);
    }

    bool is_stream_;
    std::unique_ptr<health::Conversation> conversation_;
    health::Evidence evidence_;
    std::optional<health::Verdict> verdict_;
    bool waits_ = false;
};

/// The whole answer, cut as the input says.
inline void play(Server& server, Input input) {
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

}  // namespace lbctl::fuzz
