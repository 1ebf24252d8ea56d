#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "backend/listing/target.h"
#include "backend/procfs/connections.h"
#include "backend/table/table.h"

namespace lbctl::procfs {

/// Which real servers a table has, for looking connections up: the kernel's list of connections says neither whether
/// the server is still there nor by which firewall mark a connection came.
class KnownServers {
public:
    explicit KnownServers(const table::Table& table);

    /// Whether the connection's real server is one of its service in the table. A service of port 0 is that of all
    /// ports, and what came by a firewall mark is compared with the servers of all services by mark.
    [[nodiscard]] bool has(const Connection& connection) const;

    /// Whether the connection can only have come by one of these firewall marks: its service is none of the table's,
    /// and its real server is one of such a mark.
    [[nodiscard]] bool comes_by_mark(const Connection& connection, const listing::Target& mark) const;

private:
    struct Server {
        Family family;
        std::array<std::uint8_t, 16> bytes;
        std::uint16_t port;  ///< 0: any
        auto operator<=>(const Server&) const = default;
    };
    struct Service {
        std::uint16_t protocol;
        Endpoint endpoint;
        std::vector<Server> servers;  ///< sorted
    };
    struct MarkedService {
        table::FwmarkKey key;
        std::vector<Server> servers;  ///< sorted
    };

    static std::vector<Server> servers_of(const table::Service& service);
    static bool has(const std::vector<Server>& servers, const Endpoint& endpoint);
    /// Null where the table has none.
    [[nodiscard]] const Service* find(std::uint16_t protocol, const Endpoint& endpoint) const;
    [[nodiscard]] const Service* service_of(const Connection& connection) const;

    std::vector<Service> services_;  ///< sorted by protocol and endpoint
    std::vector<MarkedService> marked_;
};

}  // namespace lbctl::procfs
