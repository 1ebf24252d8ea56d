// For LD_PRELOAD: lets the talk with the kernel go wrong in ways that a busy machine knows and a quiet one never shows.
// LBCTL_DISTURB says how, and after a colon how often (else: always):
//
//   small-buffer       the receive buffer is the least that the kernel grants, while the program is told that it is
//                      large: of the answers to many failing requests the kernel loses all but the first few
//   overrun-changes    the answers to changes: the kernel says that it had to drop some
//   silent-changes     the same, but they never come
//   overrun            the same for a datagram of a dump
//   endless-overrun    every receive call: the kernel says that it had to drop some, and nothing else ever comes
//   endless-overrun-changes  the same for the answers to changes alone
//   endless-rows       a dump never comes to its end: the same datagram again and again
//   interrupted        a datagram of a dump says that the table changed meanwhile
//   truncated          a datagram of a dump did not fit into the buffer
//   no-way-home        a network namespace that was entered cannot be left
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "tests/lab/preload.h"

namespace {

/// Larger than what any option of lbctl asks for.
constexpr int claimed_buffer = 8 << 20;

/// Whether this kind of trouble is due now.
bool is_due(std::string_view kind) {
    static int done = 0;
    const char* const value = std::getenv("LBCTL_DISTURB");
    const std::string_view wanted = value == nullptr ? std::string_view() : value;
    const std::size_t colon = wanted.find(':');
    if (wanted.substr(0, colon) != kind) return false;
    return colon == std::string_view::npos || done++ < std::atoi(value + colon + 1);
}

bool is_receive_buffer(int level, int name) {
    return level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_RCVBUFFORCE);
}

bool is_of_dump(const mmsghdr& datagram) {
    const auto* message = static_cast<const nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base);
    return NLMSG_OK(message, datagram.msg_len) && (message->nlmsg_flags & NLM_F_MULTI) != 0;
}

/// Keeps the first datagram of a dump, and from then on puts it in the place of every other.
bool is_of_dump_again(mmsghdr& datagram, bool received) {
    static std::vector<char> kept;
    auto* const room = static_cast<char*>(datagram.msg_hdr.msg_iov->iov_base);
    if (kept.empty() && received && is_of_dump(datagram)) kept.assign(room, room + datagram.msg_len);
    if (kept.empty()) return false;
    std::memcpy(room, kept.data(), kept.size());
    datagram.msg_len = static_cast<unsigned>(kept.size());
    return true;
}

void mark_interrupted(const mmsghdr& datagram) {
    auto* message = static_cast<nlmsghdr*>(datagram.msg_hdr.msg_iov->iov_base);
    for (auto left = datagram.msg_len; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
        message->nlmsg_flags |= NLM_F_DUMP_INTR;
    }
}

int fails_with(int error) {
    errno = error;
    return -1;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int setsockopt(int socket, int level, int name, const void* value,
                                                      socklen_t length) {
    const auto original = next<int (*)(int, int, int, const void*, socklen_t)>("setsockopt");
    if (!is_receive_buffer(level, name) || !is_due("small-buffer")) return original(socket, level, name, value, length);
    constexpr int least = 1;
    return original(socket, level, SO_RCVBUF, &least, sizeof least);
}

__attribute__((visibility("default"))) int getsockopt(int socket, int level, int name, void* value, socklen_t* length) {
    const int result =
        next<int (*)(int, int, int, void*, socklen_t*)>("getsockopt")(socket, level, name, value, length);
    if (result == 0 && is_receive_buffer(level, name) && is_due("small-buffer")) {
        std::memcpy(value, &claimed_buffer, sizeof claimed_buffer);
    }
    return result;
}

__attribute__((visibility("default"))) int recvmmsg(int socket, mmsghdr* datagrams, unsigned count, int flags,
                                                    timespec* timeout) {
    const auto original = next<int (*)(int, mmsghdr*, unsigned, int, timespec*)>("recvmmsg");
    if (is_due("endless-overrun")) return fails_with(ENOBUFS);
    if (is_due("endless-rows") && is_of_dump_again(datagrams[0], false)) return 1;
    if (count > 1 && is_due("endless-overrun-changes")) return fails_with(ENOBUFS);
    // Only the answers to changes are taken many at a time.
    if (count > 1 && is_due("overrun-changes")) return fails_with(ENOBUFS);
    const int received = original(socket, datagrams, count, flags, timeout);
    if (received <= 0) return received;
    if (is_due("endless-rows") && is_of_dump_again(datagrams[0], true)) return 1;
    if (count > 1) return is_due("silent-changes") ? fails_with(EAGAIN) : received;
    if (!is_of_dump(datagrams[0])) return received;
    if (is_due("overrun")) return fails_with(ENOBUFS);
    if (is_due("truncated")) {
        datagrams[0].msg_len /= 2;
        datagrams[0].msg_hdr.msg_flags |= MSG_TRUNC;
    }
    if (is_due("interrupted")) mark_interrupted(datagrams[0]);
    return received;
}

__attribute__((visibility("default"))) int setns(int descriptor, int kind) {
    static bool away = false;
    if (away && is_due("no-way-home")) return fails_with(EPERM);
    away = true;
    return next<int (*)(int, int)>("setns")(descriptor, kind);
}

}  // extern "C"
