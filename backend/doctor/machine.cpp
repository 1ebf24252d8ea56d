#include "backend/doctor/machine.h"

#include "grammar/base/number.h"

namespace lbctl::doctor {

std::optional<std::int64_t> Machine::number(std::string_view path) const {
    const std::string* text = setting(path);
    return text == nullptr ? std::nullopt : base::whole_number<std::int64_t>(*text);
}

const Route* Machine::route_to(const IpAddress& address) const {
    const Route* best = nullptr;
    for (const Route& route : routes) {
        if (route.destination.family() != address.family() || route.destination.common_bits(address) < route.prefix)
            continue;
        if (best == nullptr || route.prefix > best->prefix ||
            (route.prefix == best->prefix && route.metric < best->metric))
            best = &route;
    }
    return best;
}

}  // namespace lbctl::doctor
