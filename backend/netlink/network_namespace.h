#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

/// Network namespaces by name (as `ip netns` keeps them under /run/netns) or by path.
namespace lbctl::netlink {

/// The path of a namespace: "/run/netns/NAME" for a name, a word with a slash as it is, "/proc/self/ns/net" for "".
std::string namespace_path(const std::string& name_or_path);

/// The inode of the namespace, which is what makes two namespaces the same one while both exist.
Result<std::uint64_t> namespace_inode(const std::string& name_or_path);

struct NamespaceIdentity {
    std::uint64_t inode = 0;              ///< given again to another one when the namespace is gone
    std::optional<std::uint64_t> cookie;  ///< never given again; nothing before Linux 5.14
    bool operator==(const NamespaceIdentity&) const = default;
};

/// What tells the namespace from others. Needs the privilege to enter it.
Result<NamespaceIdentity> namespace_identity(const std::string& name_or_path);

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
    explicit NamespaceVisit(base::Descriptor home) : home_(std::move(home)) {}
    base::Descriptor home_;
};

/// A network namespace that is held open, so that it stays the same one, and does not end, whatever becomes of its
/// name.
/// "" is the caller's own, which needs no holding.
class HeldNamespace {
public:
    static Result<HeldNamespace> open(const std::string& name_or_path);
    /// What the other functions here take for the namespace, in this process and as long as the value lives.
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    HeldNamespace(base::Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
    base::Descriptor file_;
    std::string path_;
};

}  // namespace lbctl::netlink
