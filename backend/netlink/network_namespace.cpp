#include "backend/netlink/network_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lbctl::netlink {

std::string namespace_path(const std::string& name_or_path) {
    if (name_or_path.empty()) return "/proc/self/ns/net";
    if (name_or_path.find('/') != std::string::npos) return name_or_path;
    return "/run/netns/" + name_or_path;
}

namespace {

tl::unexpected<Failure> cannot_open(const std::string& name_or_path, int error) {
    return failure(
        fmt::format("cannot open network namespace {}: {}", namespace_path(name_or_path), std::strerror(error)),
        error == ENOENT ? "`ip netns list' shows the named ones" : "this needs root");
}

}  // namespace

Result<std::uint64_t> namespace_inode(const std::string& name_or_path) {
    struct stat status {};
    if (::stat(namespace_path(name_or_path).c_str(), &status) != 0) return cannot_open(name_or_path, errno);
    return static_cast<std::uint64_t>(status.st_ino);
}

Result<NamespaceIdentity> namespace_identity(const std::string& name_or_path) {
    const auto visit = NamespaceVisit::enter(name_or_path);
    if (!visit) return tl::make_unexpected(visit.error());
    const auto inode = namespace_inode("/proc/thread-self/ns/net");
    if (!inode) return tl::make_unexpected(inode.error());
    NamespaceIdentity identity{*inode, std::nullopt};
#ifdef SO_NETNS_COOKIE
    // Every kernel has netlink, and a socket of it needs no privilege.
    const source::Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    if (!socket.is_open()) return failure(fmt::format("cannot open a netlink socket: {}", std::strerror(errno)));
    std::uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    if (::getsockopt(socket.number(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) == 0) identity.cookie = cookie;
#endif
    return identity;
}

Result<NamespaceVisit> NamespaceVisit::enter(const std::string& name_or_path) {
    if (name_or_path.empty()) return NamespaceVisit(source::Descriptor());
    const source::Descriptor target(::open(namespace_path(name_or_path).c_str(), O_RDONLY | O_CLOEXEC));
    if (!target.is_open()) return cannot_open(name_or_path, errno);
    source::Descriptor home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home.is_open()) return cannot_open("/proc/thread-self/ns/net", errno);
    if (::setns(target.number(), CLONE_NEWNET) != 0) {
        const int error = errno;
        return failure(
            fmt::format("cannot enter network namespace {}: {}", namespace_path(name_or_path), std::strerror(error)),
            error == EINVAL ? "the file is not a network namespace" : "this needs root");
    }
    return NamespaceVisit(std::move(home));
}

NamespaceVisit::~NamespaceVisit() {
    // Going on in a foreign namespace would change the wrong table; there is nothing better than to stop.
    if (!home_.is_open() || ::setns(home_.number(), CLONE_NEWNET) == 0) return;
    std::perror("lbctl: stopped, because it cannot go back to the network namespace that it was started in");
    std::abort();
}

Result<HeldNamespace> HeldNamespace::open(const std::string& name_or_path) {
    if (name_or_path.empty()) return HeldNamespace(source::Descriptor(), "");
    const auto visit = NamespaceVisit::enter(name_or_path);
    if (!visit) return tl::make_unexpected(visit.error());
    source::Descriptor file(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return cannot_open("/proc/thread-self/ns/net", errno);
    std::string path = fmt::format("/proc/self/fd/{}", file.number());
    return HeldNamespace(std::move(file), std::move(path));
}

}  // namespace lbctl::netlink
