#include "backend/table/table.h"

namespace lbctl::table {

Family family_of(const ServiceKey& key) {
    if (const auto* address = std::get_if<AddressKey>(&key)) return address->address.family();
    return std::get<FwmarkKey>(key).family;
}

std::uint32_t default_netmask(Family family) {
    return family == Family::inet ? 0xffffffff : 128;
}

bool is_persistent(const Service& service) {
    return service.persistence && (service.persistence->timeout != 0 || service.persistence->engine.empty());
}

}  // namespace lbctl::table
