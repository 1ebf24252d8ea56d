#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "grammar/source/result.h"

/// Network namespaces by name (as `ip netns` keeps them under /run/netns) or by path.
namespace lbctl::netlink {

/// An open file; closes it at the end of its life. -1 is none.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept;
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    [[nodiscard]] int get() const { return number_; }

private:
    int number_ = -1;
};

/// The path of a namespace: "/run/netns/NAME" for a name, a word with a slash as it is, "/proc/self/ns/net" for "".
std::string namespace_path(const std::string& name_or_path);

/// The inode of the namespace, which is what makes two namespaces the same one while both exist.
Result<std::uint64_t> namespace_inode(const std::string& name_or_path);

/// The calling thread inside a network namespace, for as long as the value lives; then back where it came from.
/// "" enters nothing. What is opened meanwhile (a socket, a file of /proc/thread-self/net) stays in that namespace.
class NamespaceVisit {
public:
    static Result<NamespaceVisit> enter(const std::string& name_or_path);
    NamespaceVisit(NamespaceVisit&&) noexcept = default;
    NamespaceVisit& operator=(NamespaceVisit&&) = delete;
    NamespaceVisit(const NamespaceVisit&) = delete;
    NamespaceVisit& operator=(const NamespaceVisit&) = delete;
    ~NamespaceVisit();

private:
    explicit NamespaceVisit(FileDescriptor home) : home_(std::move(home)) {}
    FileDescriptor home_;
};

}  // namespace lbctl::netlink
