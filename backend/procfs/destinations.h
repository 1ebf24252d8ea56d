#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "backend/procfs/connections.h"
#include "backend/table/live.h"

namespace lbctl::procfs {

/// The destinations of all services as /proc/net/ip_vs has them: forwarding method, weight and numbers of connections,
/// which is all that a plain listing shows. Of a table with a thousand services that file takes a hundred and fifty
/// reads; netlink wants a request and an answer for every single service.
class DestinationRows {
public:
    /// Reads the whole file. Fails only when it can't be read.
    static Result<DestinationRows> read(const Source& source = {"/proc/thread-self/net/ip_vs", true});

    /// The service's destinations in the kernel's order, with what the file says of them. Nothing when the file does
    /// not say it for sure: of fwmark services, whose family it does not tell; of services that it had not, or had
    /// twice because the table changed meanwhile; of services with a line that is not laid out as Linux 6.1 does it.
    [[nodiscard]] std::optional<std::vector<table::LiveDestination>> of(const table::ServiceKey& key) const;

private:
    struct Row {
        Endpoint endpoint;
        table::ForwardingMethod method{};
        std::uint32_t weight = 0;
        std::uint32_t active = 0;
        std::uint32_t inactive = 0;
    };
    struct Service {
        table::ServiceKey key;
        std::size_t first = 0;  ///< in rows_
        std::size_t count = 0;
        bool certain = true;
    };

    void take_line(std::string_view line);
    static std::optional<Row> parse_row(std::string_view line);
    static std::optional<table::ServiceKey> parse_service(std::string_view line);

    std::vector<Row> rows_;
    std::vector<Service> services_;  ///< by key, once everything is read
    bool in_service_ = false;        ///< whether the rows that come belong to the last service
};

}  // namespace lbctl::procfs
