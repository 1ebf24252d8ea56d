#pragma once

#include <cstdint>

#include "grammar/model/lvs.h"

namespace lbctl::model {

/// When a virtual server has its quorum: held against the sum of the weights of the real servers that are alive.
struct Quorum {
    std::uint32_t needed = 1;      ///< `quorum' as it counts
    std::int64_t gained_from = 1;  ///< it is gained with this sum or more
    std::int64_t lost_below = 1;   ///< it is lost with a smaller sum, and always with 0

    [[nodiscard]] bool is_gained(std::int64_t sum) const { return sum >= gained_from; }
    [[nodiscard]] bool is_lost(std::int64_t sum) const { return sum == 0 || sum < lost_below; }
};

/// What `quorum' and `hysteresis' come to: keepalived lowers a quorum that all servers together cannot reach, and a
/// hysteresis that is not below the quorum. The servers that keepalived drops must have been taken out.
Quorum quorum_of(const VirtualServer& service);

}  // namespace lbctl::model
