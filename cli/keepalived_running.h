#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lbctl::cli {

/// The process number of a keepalived that works in the network namespace with that inode: a process whose program has
/// that name, or the one that a pid file of keepalived names. Processes that may not be looked at do not count.
std::optional<int> find_keepalived(std::uint64_t namespace_inode);

}  // namespace lbctl::cli
