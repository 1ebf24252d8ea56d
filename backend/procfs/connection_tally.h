#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/listing/names.h"
#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// What connections are counted by.
enum class TallyBy { client, real_server, service, state };

/// "client", "real-server", "service", "state".
std::string_view to_string(TallyBy by);

/// How many connections each client, real server, service or state has. Memory grows with their number.
class ConnectionTally {
public:
    struct Row {
        std::string name;
        std::uint64_t connections = 0;
    };

    ConnectionTally(TallyBy by, listing::NameCache* names) : by_(by), names_(names) {}

    void add(const Connection& connection);
    [[nodiscard]] std::uint64_t total() const { return total_; }

    /// The `most` greatest, greatest first; equal ones by name.
    [[nodiscard]] std::vector<Row> top(std::size_t most) const;

private:
    TallyBy by_;
    listing::NameCache* names_;
    std::uint64_t total_ = 0;
    std::string name_;
    std::unordered_map<std::string, std::uint64_t> counts_;
};

}  // namespace lbctl::procfs
