#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/health/verdict.h"
#include "grammar/model/checker.h"

/// What a checker says to a server and what it makes of the answer, as state machines: they are told what happens and
/// say what to do. Sockets and clocks belong to those who drive them. What keepalived's checkers say is measured: see
/// tests/parity/checkers.
namespace lbctl::health {

using model::Microseconds;

/// How a stream ended.
enum class Ending : std::uint8_t {
    end_of_stream,  ///< the server closed it
    farewell,       ///< TLS said close_notify
    reset,          ///< RST
    failure,        ///< any other error of reading
};

/// What a state machine asks for. The driver sends first, then sets the timer.
struct Effects {
    std::vector<std::string> send;
    std::optional<Microseconds> wait;  ///< expired() is called after that time, unless it is set anew before
    std::optional<Verdict> verdict;    ///< the conversation is over
    std::optional<Page> page;          ///< with the verdict, where the digest was asked for and the page was read

    void decide(State state, std::string reason, Fault fault = Fault::other) {
        verdict = Verdict{state, std::move(reason), fault};
    }
};

/// One conversation with one server, from the opening of the socket to a verdict.
class Conversation {
public:
    Conversation() = default;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    virtual ~Conversation() = default;

    /// The driver begins to open the socket.
    virtual void begin(Effects& effects) = 0;
    /// The connection is there, with TLS after its handshake; a datagram socket is ready.
    virtual void opened(Effects& effects) = 0;
    /// Bytes of a stream, or one datagram. Empty for a stream: something came, but nothing for us (a TLS ticket).
    virtual void received(std::string_view bytes, Effects& effects) = 0;
    /// The stream is over.
    virtual void ended(Ending ending, Effects& effects) = 0;
    /// The time set last has run out.
    virtual void expired(Effects& effects) = 0;
    /// At most so many bytes are to be read next. 0: what comes next is taken for the end.
    [[nodiscard]] virtual std::size_t room() const = 0;
};

/// How the driver reaches the server.
enum class Transport : std::uint8_t { tcp, tls, udp, ping };

/// That of a checker which talks to a server; nothing for the others.
std::optional<Transport> transport_of(const model::Checker& checker);

struct ConversationOptions {
    std::size_t url = 0;       ///< which one is asked
    std::uint16_t number = 0;  ///< a random one, by which questions of DNS are told apart
    keywords::Version target = keywords::default_target;
    bool wants_digest = false;  ///< of the page, also when the file has none
};

/// One conversation. The checker must outlive it, and has to have a transport.
std::unique_ptr<Conversation> begin_conversation(const model::Checker& checker, const ConversationOptions& options);

/// "5 s", "0.5 s"
std::string in_seconds(Microseconds time);

}  // namespace lbctl::health
