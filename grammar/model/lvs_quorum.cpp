#include "grammar/model/lvs_quorum.h"

#include <algorithm>

#include "grammar/model/lvs_effective.h"

namespace lbctl::model {

Quorum quorum_of(const VirtualServer& service) {
    // keepalived reckons with 32 bits: the sum may come round to 0, and so may one less than a quorum of 0.
    std::uint32_t all = 0;
    for (const RealServer& server : service.real_servers) {
        if (server.is_taken()) all += weight_of(service, server);
    }
    const auto quorum =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max<std::uint64_t>(service.quorum, 1), all));
    const auto hysteresis = service.hysteresis < quorum ? static_cast<std::uint32_t>(service.hysteresis) : quorum - 1;
    return {quorum, std::int64_t{quorum} + hysteresis, std::int64_t{quorum} - hysteresis};
}

}  // namespace lbctl::model
