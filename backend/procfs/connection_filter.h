#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/listing/target.h"
#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// Which connections are wanted: those that every given condition accepts.
struct ConnectionFilter {
    std::vector<listing::Target> services;  ///< any of these, or all when empty; so for every list
    std::vector<listing::Target> clients;
    std::vector<listing::Target> real_servers;
    std::vector<std::string> states;     ///< upper case
    std::vector<std::string> protocols;  ///< upper case
    std::optional<Family> family;        ///< of client and service
    std::uint32_t least_expires = 0;     ///< seconds

    [[nodiscard]] bool accepts(const Connection& connection) const;
    [[nodiscard]] bool accepts_everything() const;
};

}  // namespace lbctl::procfs
