#pragma once

#include <sys/socket.h>

#include <chrono>
#include <functional>

#include "backend/netlink/client.h"
#include "backend/netlink/message.h"

struct nl_sock;

namespace lbctl::netlink {

/// The socket beneath a Client: sends datagrams, and matches what comes back by sequence number.
class Client::Connection {
public:
    using RowReader = std::function<void(nlmsghdr*)>;

    static Result<std::unique_ptr<Connection>> open(const ClientOptions& options);

    /// A read with one row as its answer. Gives 0 or an errno, and sets last_error to it.
    int query(std::uint8_t command, const table::ServiceKey* key, const RowReader& reader);

    /// A read with any number of rows. Gives 0, an errno, or EAGAIN when rows were lost or the kernel says that the
    /// table changed meanwhile; sets last_error to it.
    int dump(std::uint8_t command, const table::ServiceKey* key, const RowReader& reader);

    /// Sends one datagram of at most batch_limit() changes and waits until all are answered.
    void exchange(std::span<const table::Request* const> requests, std::span<std::optional<RequestError>> outcomes);

    /// So many requests that their answers fit into the receive buffer even if all fail.
    [[nodiscard]] std::size_t batch_limit() const { return batch_limit_; }

    int last_error = 0;

private:
    struct Free {
        void operator()(nl_sock* socket) const;
    };

    /// What ends the reading of answers that would go on for ever. One value for each request.
    class Patience {
    public:
        Patience();
        /// Notes that the kernel lost answers. Gives whether it has said so too often.
        bool is_overrun_too_often();
        /// Notes so many bytes of an answer. Gives whether it is longer than that of any table.
        bool is_too_long(std::size_t bytes);
        [[nodiscard]] bool is_over() const;

    private:
        std::chrono::steady_clock::time_point end_;
        int overruns_ = 0;
        std::size_t bytes_ = 0;
    };

    /// The datagrams of one receive call.
    struct Received {
        int error = 0;  ///< errno; 0 when datagrams came
        std::span<mmsghdr> datagrams;
    };

    Connection() = default;
    void size_buffers();
    MessageHeader header(std::uint8_t command, int flags);
    int transmit();
    /// Takes at most so many datagrams of that size; `flags` (MSG_*) say whether it waits for the first.
    Received receive(const Patience& patience, std::size_t count, std::size_t slice, int flags = MSG_WAITFORONE);

    std::unique_ptr<nl_sock, Free> socket_;
    int descriptor_ = -1;
    int family_ = 0;
    std::uint32_t port_ = 0;
    std::size_t batch_limit_ = 1;
    MessageBuilder builder_;
    std::vector<std::uint8_t> outgoing_;
    std::unique_ptr<std::uint8_t[]> incoming_;  ///< not a vector, whose zeros would touch pages that few answers need
    std::vector<iovec> slices_;
    std::vector<mmsghdr> datagrams_;
};

}  // namespace lbctl::netlink
