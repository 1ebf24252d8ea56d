#include "backend/netlink/connection.h"

#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "backend/netlink/kernel_failure.h"
#include "backend/netlink/network_namespace.h"

namespace lbctl::netlink {

namespace {

/// The kernel fills a datagram of a dump up to the largest buffer that the socket ever offered, but not beyond this.
constexpr std::size_t dump_slice = 32768;
/// An answer to a change is a header and an error number; without NETLINK_CAP_ACK it repeats the request.
constexpr std::size_t answer_slice = 2048;
/// Datagrams of a receive call. The kernel makes those of a dump during the call, so that one buffer serves them all:
/// touching more memory costs more than the calls it saves. Answers to changes lie there already.
constexpr std::size_t dump_datagrams = 1;
constexpr std::size_t answer_datagrams = 64;
constexpr std::size_t incoming_size = std::max(dump_datagrams * dump_slice, answer_datagrams* answer_slice);

/// What the kernel charges to the receive buffer for one answer (768 bytes measured), with room to spare.
constexpr std::size_t charge_per_answer = 1024;
constexpr int wanted_buffer = 4 << 20;
/// Longer datagrams gain nothing more and cost the kernel one large allocation.
constexpr std::size_t largest_batch = 400;
/// Longest message of a change, for the send buffer.
constexpr std::size_t largest_message = 320;

/// The answer is there when sendmsg returns; only a request that the kernel leaves unanswered takes so long.
constexpr timeval answer_timeout{2, 0};
/// All that answers one request has come by then. The largest tables take a few seconds on a slow machine.
constexpr auto talk_patience = std::chrono::seconds(60);
/// So often the kernel may say of one request that it lost answers. Once or twice is what it does.
constexpr int most_overruns = 100;
/// A list of the kernel is not longer: half a million services.
constexpr std::size_t longest_answer = std::size_t{128} << 20;

int error_number(nlmsghdr* message) {
    return -static_cast<nlmsgerr*>(nlmsg_data(message))->error;
}

bool is_daemon_request(const table::Request& request) {
    return std::holds_alternative<table::StartDaemon>(request) || std::holds_alternative<table::StopDaemon>(request);
}

}  // namespace

Client::Connection::Patience::Patience() : end_(std::chrono::steady_clock::now() + talk_patience) {}

bool Client::Connection::Patience::is_overrun_too_often() {
    return ++overruns_ >= most_overruns;
}

bool Client::Connection::Patience::is_too_long(std::size_t bytes) {
    bytes_ += bytes;
    return bytes_ > longest_answer;
}

bool Client::Connection::Patience::is_over() const {
    return std::chrono::steady_clock::now() >= end_;
}

void Client::Connection::Free::operator()(nl_sock* socket) const {
    nl_socket_free(socket);
}

Result<std::unique_ptr<Client::Connection>> Client::Connection::open(const ClientOptions& options) {
    std::unique_ptr<Connection> connection(new Connection);
    connection->socket_.reset(nl_socket_alloc());
    nl_sock* const socket = connection->socket_.get();
    if (socket == nullptr) return failure("no memory for a netlink socket");
    {
        auto visit = NamespaceVisit::enter(options.net_namespace);
        if (!visit) return tl::make_unexpected(visit.error());
        if (const int error = nl_connect(socket, NETLINK_GENERIC); error < 0) {
            return failure(std::string("cannot open a generic netlink socket: ") + nl_geterror(error));
        }
    }
    nl_socket_set_msg_buf_size(socket, dump_slice);
    connection->descriptor_ = nl_socket_get_fd(socket);
    (void)::setsockopt(connection->descriptor_, SOL_SOCKET, SO_RCVTIMEO, &answer_timeout, sizeof answer_timeout);
    connection->port_ = nl_socket_get_local_port(socket);
    connection->family_ = genl_ctrl_resolve(socket, IPVS_GENL_NAME);
    if (connection->family_ < 0) return tl::make_unexpected(missing_family_failure());
    connection->size_buffers();
    return connection;
}

void Client::Connection::size_buffers() {
    // The forced sizes need the privilege that the requests need as well; without it the batches become smaller.
    (void)::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &wanted_buffer, sizeof wanted_buffer);
    (void)::setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUFFORCE, &wanted_buffer, sizeof wanted_buffer);
    constexpr int on = 1;
    (void)::setsockopt(descriptor_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    const auto size_of = [this](int option) {
        int size = 0;
        socklen_t length = sizeof size;
        (void)::getsockopt(descriptor_, SOL_SOCKET, option, &size, &length);
        return static_cast<std::size_t>(std::max(size, 0));
    };
    batch_limit_ =
        std::clamp(std::min(size_of(SO_RCVBUF) / charge_per_answer, size_of(SO_SNDBUF) / 2 / largest_message),
                   std::size_t{1}, largest_batch);
    incoming_ = std::make_unique_for_overwrite<std::uint8_t[]>(incoming_size);
}

MessageHeader Client::Connection::header(std::uint8_t command, int flags) {
    return {family_, command, flags, nl_socket_use_seq(socket_.get()), port_};
}

int Client::Connection::transmit() {
    // The socket is not connected: without an address the kernel is the receiver.
    while (::send(descriptor_, outgoing_.data(), outgoing_.size(), 0) < 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

Client::Connection::Received Client::Connection::receive(const Patience& patience, std::size_t count, std::size_t slice,
                                                         int flags) {
    if (patience.is_over()) return {ETIMEDOUT, {}};
    slices_.resize(count);
    datagrams_.assign(count, mmsghdr{});
    for (std::size_t i = 0; i < count; ++i) {
        slices_[i] = {incoming_.get() + i * slice, slice};
        datagrams_[i].msg_hdr.msg_iov = &slices_[i];
        datagrams_[i].msg_hdr.msg_iovlen = 1;
    }
    for (;;) {
        const int received = ::recvmmsg(descriptor_, datagrams_.data(), static_cast<unsigned>(count), flags, nullptr);
        if (received > 0) return {0, std::span(datagrams_).first(static_cast<std::size_t>(received))};
        if (errno != EINTR) return {errno == EAGAIN ? ETIMEDOUT : errno, {}};
        if (patience.is_over()) return {ETIMEDOUT, {}};
    }
}

int Client::Connection::query(std::uint8_t command, const table::ServiceKey* key, const RowReader& reader) {
    outgoing_.clear();
    const MessageHeader head = header(command, 0);
    builder_.append(outgoing_, head, key);
    last_error = transmit();
    const Patience patience;
    while (last_error == 0) {
        const Received received = receive(patience, dump_datagrams, dump_slice);
        last_error = received.error;
        for (const mmsghdr& datagram : received.datagrams) {
            auto* message = static_cast<nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base);
            int left = static_cast<int>(datagram.msg_len);
            for (; nlmsg_ok(message, left) != 0; message = nlmsg_next(message, &left)) {
                if (message->nlmsg_seq != head.sequence) continue;
                if (message->nlmsg_type == NLMSG_ERROR) return last_error = error_number(message);
                if (message->nlmsg_type != family_) continue;
                reader(message);
                return 0;
            }
        }
    }
    return last_error;
}

int Client::Connection::dump(std::uint8_t command, const table::ServiceKey* key, const RowReader& reader) {
    outgoing_.clear();
    const MessageHeader head = header(command, NLM_F_DUMP);
    builder_.append(outgoing_, head, key);
    last_error = transmit();
    bool incomplete = false;
    Patience patience;
    while (last_error == 0) {
        const Received received = receive(patience, dump_datagrams, dump_slice);
        if (received.error == ENOBUFS) {
            if (patience.is_overrun_too_often()) return last_error = ENOBUFS;
            incomplete = true;  // read on to the end mark, so that the next dump is not refused
            continue;
        }
        // The end mark may have been in what was lost.
        last_error = received.error == ETIMEDOUT && incomplete ? EAGAIN : received.error;
        for (const mmsghdr& datagram : received.datagrams) {
            if (patience.is_too_long(datagram.msg_len)) return last_error = EOVERFLOW;
            if ((datagram.msg_hdr.msg_flags & MSG_TRUNC) != 0) incomplete = true;
            auto* message = static_cast<nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base);
            int left = static_cast<int>(std::min<std::size_t>(datagram.msg_len, dump_slice));
            for (; nlmsg_ok(message, left) != 0; message = nlmsg_next(message, &left)) {
                if (message->nlmsg_seq != head.sequence) continue;
                if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) incomplete = true;
                if (message->nlmsg_type == NLMSG_ERROR) return last_error = error_number(message);
                if (message->nlmsg_type == NLMSG_DONE) {
                    const int status = nlmsg_datalen(message) >= static_cast<int>(sizeof(int))
                                           ? *static_cast<int*>(nlmsg_data(message))
                                           : 0;
                    return last_error = status < 0 ? -status : (incomplete ? EAGAIN : 0);
                }
                if (message->nlmsg_type == family_) reader(message);
            }
        }
    }
    return last_error;
}

void Client::Connection::exchange(std::span<const table::Request* const> requests,
                                  std::span<std::optional<RequestError>> outcomes) {
    outgoing_.clear();
    // Only failures and the last request are answered: the answers of a thousand successes would cost more than the
    // work. The kernel never answers a daemon command that a signal interrupted, so after one of those a cheap read
    // is the last request; its row and its acknowledgement mark the end.
    const bool needs_mark = is_daemon_request(*requests.back());
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const bool is_last = i + 1 == requests.size() && !needs_mark;
        const MessageHeader head = header(0, is_last ? NLM_F_ACK : 0);
        if (i == 0) first = head.sequence;
        last = head.sequence;
        builder_.append(outgoing_, head, *requests[i]);
    }
    if (needs_mark) {
        const MessageHeader head = header(IPVS_CMD_GET_INFO, NLM_F_ACK);
        last = head.sequence;
        builder_.append(outgoing_, head, nullptr);
    }
    int error = transmit();
    if (error != 0) {
        std::fill(outcomes.begin(), outcomes.end(), RequestError{error, false});
        return;
    }
    Patience patience;
    for (bool done = false; !done;) {
        const Received received =
            receive(patience, answer_datagrams, answer_slice, error == 0 ? MSG_WAITFORONE : MSG_DONTWAIT);
        if (received.error == ENOBUFS) {
            // Answers were lost. Those that were not lie there still, and while they do the kernel loses all others,
            // those of the undoing, too.
            error = ENOBUFS;
            if (patience.is_overrun_too_often()) break;
            continue;
        }
        if (received.error != 0) {
            if (error == 0) error = received.error;
            break;
        }
        for (const mmsghdr& datagram : received.datagrams) {
            auto* message = static_cast<nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base);
            int left = static_cast<int>(std::min<std::size_t>(datagram.msg_len, answer_slice));
            for (; nlmsg_ok(message, left) != 0; message = nlmsg_next(message, &left)) {
                if (message->nlmsg_type != NLMSG_ERROR) continue;
                const std::uint32_t index = message->nlmsg_seq - first;
                if (index > last - first) continue;
                const int number = error_number(message);
                if (index < outcomes.size() && number != 0) outcomes[index] = RequestError{number, true};
                done = done || message->nlmsg_seq == last;
            }
        }
    }
    if (error == 0) return;
    // What was not answered so far may have failed or not.
    for (auto& outcome : outcomes) {
        if (!outcome) outcome = RequestError{error, true};
    }
}

}  // namespace lbctl::netlink
