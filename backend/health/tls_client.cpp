#include "backend/health/tls_client.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>

namespace lbctl::health {

namespace {

/// The newest error of OpenSSL's list, which is emptied.
std::string openssl_fault() {
    std::string text;
    while (const unsigned long error = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(error);
        text = reason != nullptr ? reason : "unknown error";
    }
    return text;
}

int give_password(char* buffer, int size, int /*for_writing*/, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    const std::size_t length = std::min(text.size(), static_cast<std::size_t>(std::max(size, 0)));
    std::memcpy(buffer, text.data(), length);
    return static_cast<int>(length);
}

/// Whether OpenSSL's folder of certificates has them by the hash of their names (c_rehash(1)): then only those are read
/// that are asked for, and not all of them, which takes a tenth of a second.
bool has_hashed_certificates() {
    const char* folder = std::getenv(X509_get_default_cert_dir_env());
    if (folder == nullptr) folder = X509_get_default_cert_dir();
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        if (entry->path().extension() == ".0") return true;
    }
    return false;
}

/// OpenSSL makes room for a whole chain of certificates as soon as a server says how long it will be, and takes 100 KiB
/// unless told otherwise. Those of the Web have some 5 KiB.
constexpr long longest_chain = 64L * 1024;

/// What a BIO reads and writes.
struct Stream {
    int socket = -1;
    bool has_ended = false;
};

Stream& stream_of(BIO* bio) {
    return *static_cast<Stream*>(BIO_get_data(bio));
}

bool is_to_be_repeated() {
    return errno == EAGAIN || errno == EINTR;
}

int read_stream(BIO* bio, char* into, int room) {
    BIO_clear_retry_flags(bio);
    Stream& stream = stream_of(bio);
    const ssize_t count = ::recv(stream.socket, into, static_cast<std::size_t>(room), 0);
    if (count == 0) stream.has_ended = true;
    if (count < 0 && is_to_be_repeated()) BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

int write_stream(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::send(stream_of(bio).socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0 && is_to_be_repeated()) BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

long control_stream(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return stream_of(bio).has_ended ? 1 : 0;
        default:
            return 0;
    }
}

}  // namespace

struct TlsClient::Context {
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
    };
    std::unique_ptr<SSL_CTX, Free> ssl;
    /// OpenSSL's own writes to sockets raise SIGPIPE when the server has gone.
    std::unique_ptr<BIO_METHOD, Free> sockets;
    std::string password;
};

struct TlsSession::Connection {
    struct Free {
        void operator()(SSL* connection) const { SSL_free(connection); }
    };
    Stream stream;
    std::unique_ptr<SSL, Free> ssl;
};

TlsClient::TlsClient() = default;
TlsClient::TlsClient(TlsClient&&) noexcept = default;
TlsClient& TlsClient::operator=(TlsClient&&) noexcept = default;
TlsClient::~TlsClient() = default;
TlsSession::TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;
TlsSession::~TlsSession() = default;

Result<TlsClient> TlsClient::make(const model::TlsIdentity& identity, bool judges_certificates) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    TlsClient client;
    client.context_ = std::make_unique<Context>();
    Context& context = *client.context_;
    context.ssl.reset(SSL_CTX_new(TLS_client_method()));
    // There are no more than 128 of these numbers in a process, and the file may be read again more often than that.
    static const int kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR;
    context.sockets.reset(BIO_meth_new(kind, "socket"));
    if (!context.ssl || !context.sockets) return failure(fmt::format("TLS cannot be set up: {}", openssl_fault()));
    BIO_meth_set_read(context.sockets.get(), read_stream);
    BIO_meth_set_write(context.sockets.get(), write_stream);
    BIO_meth_set_ctrl(context.sockets.get(), control_stream);
    SSL_CTX* const ssl = context.ssl.get();
    const auto refused = [](std::string_view what, std::string_view file) {
        return failure(fmt::format("the {} of the SSL block, {}, cannot be loaded: {}", what, file, openssl_fault()),
                       "keepalived ends with this file");
    };
    const std::string certificate(identity.certificate);
    if (!certificate.empty() && SSL_CTX_use_certificate_chain_file(ssl, certificate.c_str()) != 1)
        return refused("certificate", certificate);
    context.password = identity.password;
    SSL_CTX_set_default_passwd_cb(ssl, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, &context.password);
    const std::string key(identity.key);
    if (!key.empty() && SSL_CTX_use_PrivateKey_file(ssl, key.c_str(), SSL_FILETYPE_PEM) != 1)
        return refused("key", key);
    const std::string authorities(identity.authorities);
    // Without `ca' those of the system; keepalived looks at neither.
    if (authorities.empty() && judges_certificates) {
        if (has_hashed_certificates()) {
            SSL_CTX_set_default_verify_dir(ssl);
        } else {
            SSL_CTX_set_default_verify_paths(ssl);
        }
        ERR_clear_error();
    }
    if (!authorities.empty() && SSL_CTX_load_verify_locations(ssl, authorities.c_str(), nullptr) != 1)
        return refused("ca", authorities);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
    // Many servers may stall at the same time, and none is to keep the buffers that it might need.
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(ssl, longest_chain);
    return client;
}

TlsSession TlsClient::session(int socket, std::string_view server_name, bool says_farewell,
                              const std::string& peer) const {
    TlsSession session;
    session.connection_ = std::make_unique<TlsSession::Connection>();
    session.connection_->ssl.reset(SSL_new(context_->ssl.get()));
    SSL* const ssl = session.connection_->ssl.get();
    session.connection_->stream.socket = socket;
    BIO* const bio = BIO_new(context_->sockets.get());
    BIO_set_data(bio, &session.connection_->stream);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    if (!says_farewell) SSL_set_quiet_shutdown(ssl, 1);
    if (!server_name.empty()) SSL_set_tlsext_host_name(ssl, std::string(server_name).c_str());
    if (!peer.empty()) {
        // SSL_VERIFY_NONE lets the handshake go on; the result is kept all the same.
        X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
        if (X509_VERIFY_PARAM_set1_ip_asc(wanted, peer.c_str()) != 1) SSL_set1_host(ssl, peer.c_str());
    }
    SSL_set_connect_state(ssl);
    return session;
}

TlsStep TlsSession::step_after(int result) {
    switch (SSL_get_error(connection_->ssl.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return TlsStep::wants_read;
        case SSL_ERROR_WANT_WRITE:
            return TlsStep::wants_write;
        case SSL_ERROR_ZERO_RETURN:
            return TlsStep::farewell;
        default:
            break;
    }
    fault_ = openssl_fault();
    return TlsStep::failed;
}

TlsStep TlsSession::handshake() {
    ERR_clear_error();
    const int result = SSL_connect(connection_->ssl.get());
    return result == 1 ? TlsStep::done : step_after(result);
}

TlsStep TlsSession::read(char* into, std::size_t room, std::size_t& count) {
    ERR_clear_error();
    count = 0;
    const int result = SSL_read(connection_->ssl.get(), into,
                                static_cast<int>(std::min<std::size_t>(room, std::numeric_limits<int>::max())));
    if (result <= 0) return step_after(result);
    count = static_cast<std::size_t>(result);
    return TlsStep::done;
}

bool TlsSession::write(std::string_view bytes) {
    ERR_clear_error();
    return SSL_write(connection_->ssl.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
}

void TlsSession::shut_down() {
    ERR_clear_error();
    SSL_shutdown(connection_->ssl.get());
}

std::string TlsSession::certificate_fault() const {
    const long result = SSL_get_verify_result(connection_->ssl.get());
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

std::string TlsSession::fault() const {
    return fault_;
}

}  // namespace lbctl::health
