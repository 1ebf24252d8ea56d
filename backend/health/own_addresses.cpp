#include "backend/health/own_addresses.h"

#include <ifaddrs.h>

#include <memory>

#include "grammar/base/socket_address.h"

namespace lbctl::health {

bool is_own_address(const IpAddress& address) {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, &::freeifaddrs);
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        if (base::address_of(one->ifa_addr) == address) return true;
    }
    return false;
}

}  // namespace lbctl::health
