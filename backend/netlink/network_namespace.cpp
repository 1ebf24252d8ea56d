#include "backend/netlink/network_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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
        error == ENOENT || error == ENOTDIR ? "`ip netns list' shows the named ones" : "this needs root");
}

tl::unexpected<Failure> not_a_namespace(const std::string& path) {
    return failure(fmt::format("{} is not a network namespace", path),
                   "`ip netns list' shows the named ones; /proc/PID/ns/net is that of a process");
}

/// Opens the file of a namespace, and no other: opening a pipe would wait for its writer, opening a device may do
/// anything. Both are told from a namespace before they are opened.
Result<base::Descriptor> open_namespace(const std::string& name_or_path) {
    const std::string path = namespace_path(name_or_path);
    const base::Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place.is_open()) return cannot_open(name_or_path, errno);
    struct statfs system {};
    if (::fstatfs(place.number(), &system) != 0) return cannot_open(name_or_path, errno);
    if (system.f_type != NSFS_MAGIC) return not_a_namespace(path);
    // The same file, whatever has come to stand at the path meanwhile.
    base::Descriptor file(
        ::open(fmt::format("/proc/self/fd/{}", place.number()).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) return cannot_open(name_or_path, errno);
    // Kernels before 4.11 do not say which kind it is; entering it shows that as well.
    const int kind = ::ioctl(file.number(), NS_GET_NSTYPE);
    if (kind >= 0 && kind != CLONE_NEWNET) return not_a_namespace(path);
    return file;
}

}  // namespace

Result<std::uint64_t> namespace_inode(const std::string& name_or_path) {
    const auto file = open_namespace(name_or_path);
    if (!file) return tl::make_unexpected(file.error());
    struct stat status {};
    if (::fstat(file->number(), &status) != 0) return cannot_open(name_or_path, errno);
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
    const base::Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    if (!socket.is_open()) return failure(fmt::format("cannot open a netlink socket: {}", std::strerror(errno)));
    std::uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    if (::getsockopt(socket.number(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) == 0) identity.cookie = cookie;
#endif
    return identity;
}

Result<NamespaceVisit> NamespaceVisit::enter(const std::string& name_or_path) {
    if (name_or_path.empty()) return NamespaceVisit(base::Descriptor());
    const auto target = open_namespace(name_or_path);
    if (!target) return tl::make_unexpected(target.error());
    base::Descriptor home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home.is_open()) return cannot_open("/proc/thread-self/ns/net", errno);
    if (::setns(target->number(), CLONE_NEWNET) != 0) {
        const int error = errno;
        if (error == EINVAL) return not_a_namespace(namespace_path(name_or_path));
        return failure(
            fmt::format("cannot enter network namespace {}: {}", namespace_path(name_or_path), std::strerror(error)),
            "this needs root");
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
    if (name_or_path.empty()) return HeldNamespace(base::Descriptor(), "");
    const auto visit = NamespaceVisit::enter(name_or_path);
    if (!visit) return tl::make_unexpected(visit.error());
    base::Descriptor file(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return cannot_open("/proc/thread-self/ns/net", errno);
    std::string path = fmt::format("/proc/self/fd/{}", file.number());
    return HeldNamespace(std::move(file), std::move(path));
}

}  // namespace lbctl::netlink
