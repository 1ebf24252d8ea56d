#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lbctl::keepalived {

/// What the processes of this machine tell about a keepalived that looks after a table.
struct KeepalivedSearch {
    struct Found {
        int process = 0;
        std::string seen;  ///< "it runs /usr/sbin/keepalived in this network namespace"
    };
    std::optional<Found> found;
    std::vector<Found> others;  ///< besides: each the first of another family of processes
    /// A process that calls itself keepalived, and at which lbctl may not look.
    std::optional<int> suspect;
    /// What else could not be seen: "lbctl may not look at 12 processes"; empty when there is nothing.
    std::string unseen;
};

/// Looks for a keepalived that can change the table of a network namespace: a process
/// - whose program is keepalived with its part for virtual servers. The words in the executable file decide, whatever
///   the file is called; it is read of processes that are called keepalived, that a pid file of keepalived names, or
///   that have a generic netlink socket in the namespace, by which the table is changed;
/// - that has CAP_NET_ADMIN, in lbctl's own user namespace or in the one that the network namespace belongs to;
/// - that is in the network namespace, or has such a socket there (net_namespace_ipvs).
/// Gives the first process of those that keepalived consists of. Of several keepaliveds, one that looks after virtual
/// servers, by its options and what it has read, comes first, and `others` has the rest.
KeepalivedSearch find_keepalived(const std::string& net_namespace, std::uint64_t namespace_inode);

/// The same for the table of a configuration, whose net_namespace_ipvs is given: keepalived may have its own home
/// elsewhere, so where there is none it is looked for in this process's namespace, too.
KeepalivedSearch find_keepalived_of(const std::string& net_namespace, std::uint64_t namespace_inode,
                                    std::string_view net_namespace_ipvs);

}  // namespace lbctl::keepalived
