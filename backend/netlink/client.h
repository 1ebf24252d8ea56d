#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/table/live.h"
#include "backend/table/request.h"
#include "grammar/base/result.h"

/// IPVS over generic netlink (family "IPVS", linux/ip_vs.h), by libnl-3.
namespace lbctl::netlink {

struct ClientOptions {
    std::string net_namespace;  ///< name under /run/netns, or a path; "" is the caller's
};

/// Why the kernel did not carry out a request.
struct RequestError {
    int error = 0;     ///< errno as the kernel gave it; ECANCELED with sent == false
    bool sent = true;  ///< false: the request was held back because an earlier one had failed
};

/// What became of each request of a send, in their order; nothing means done.
using Outcomes = std::vector<std::optional<RequestError>>;

/// What send() does once a request has failed.
enum class OnFailure {
    go_on,  ///< the rest is sent all the same
    stop,   ///< datagrams after the one with the failure are held back; the rest of that one was executed
};

/// A conversation with the IPVS of one network namespace. Reads need CAP_NET_ADMIN in the initial user namespace, as
/// changes do. Not for several threads at once.
class Client {
public:
    /// Connects and finds the family, which loads the module ip_vs where the kernel can. Does not need privilege by
    /// itself, unless another namespace is to be entered.
    static Result<Client> open(const ClientOptions& options = {});

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    // Reads. A Failure names the read, the object and the errno in words; kernel_error() has the number.
    Result<table::KernelInfo> info();
    /// In the kernel's order, `destinations` empty.
    Result<std::vector<table::LiveService>> services();
    /// One service without its destinations; kernel_error() is ESRCH when there is no such service.
    Result<table::LiveService> service(const table::ServiceKey& key);
    /// In the kernel's order (newest first); empty for a service that does not exist.
    Result<std::vector<table::LiveDestination>> destinations(const table::ServiceKey& key);
    Result<table::Timeouts> timeouts();
    Result<std::vector<table::SyncDaemon>> daemons();
    /// All of the above. The kernel gives no snapshot: what others change meanwhile may be in it or not.
    Result<table::LiveTable> dump();

    // Changes.
    Result<void> flush();
    /// One change.
    Result<void> send(const table::Request& request);
    /// Many changes in their order, many to a datagram.
    Outcomes send(std::span<const table::Request> requests, OnFailure on_failure);
    /// The same over pointers, for requests that live inside other values.
    Outcomes send(std::span<const table::Request* const> requests, OnFailure on_failure);

    /// errno of the last read or single change that failed, 0 before any.
    [[nodiscard]] int kernel_error() const;

private:
    class Connection;
    explicit Client(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace lbctl::netlink
