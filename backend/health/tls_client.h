#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "grammar/base/result.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// What a step of TLS came to.
enum class TlsStep : std::uint8_t {
    done,
    wants_read,   ///< again when the socket can be read
    wants_write,  ///< again when it can be written
    farewell,     ///< close_notify came
    failed,       ///< anything else: the stream is over
};

class TlsSession;

/// What all TLS connections of a run share: OpenSSL's defaults without its configuration file, as keepalived has them,
/// and no verification of certificates, which keepalived does not do either.
class TlsClient {
public:
    /// Fails when a file of the SSL block cannot be loaded: keepalived ends then.
    /// `judges_certificates`: certificate_fault() knows the authorities of the system, where the block names none.
    static Result<TlsClient> make(const model::TlsIdentity& identity, bool judges_certificates);

    /// On a connected socket, which has to outlive it. `server_name` is for the handshake; empty: none. `peer` is the
    /// name or address that the certificate is to have, for certificate_fault(); empty: nobody asks.
    [[nodiscard]] TlsSession session(int socket, std::string_view server_name, bool says_farewell,
                                     const std::string& peer = {}) const;

    TlsClient(TlsClient&&) noexcept;
    TlsClient& operator=(TlsClient&&) noexcept;
    ~TlsClient();

private:
    TlsClient();
    struct Context;
    std::unique_ptr<Context> context_;
};

class TlsSession {
public:
    TlsStep handshake();
    /// At most `room` bytes at a time; `count` is what came when the step is done.
    TlsStep read(char* into, std::size_t room, std::size_t& count);
    /// Small texts only: what does not fit the socket at once has failed.
    bool write(std::string_view bytes);
    /// close_notify, where it was asked for.
    void shut_down();
    /// Why a client that verifies certificates would not go on, after the handshake; empty: it would.
    [[nodiscard]] std::string certificate_fault() const;
    /// OpenSSL's words for what failed last.
    [[nodiscard]] std::string fault() const;

    TlsSession(TlsSession&&) noexcept;
    TlsSession& operator=(TlsSession&&) noexcept;
    ~TlsSession();

private:
    friend class TlsClient;
    TlsSession();
    TlsStep step_after(int result);
    struct Connection;
    std::unique_ptr<Connection> connection_;
    std::string fault_;
};

}  // namespace lbctl::health
