#include "backend/procfs/connection_tally.h"

#include <algorithm>

#include "backend/procfs/connection_format.h"

namespace lbctl::procfs {

std::string_view to_string(TallyBy by) {
    switch (by) {
        case TallyBy::client:
            return "client";
        case TallyBy::real_server:
            return "real-server";
        case TallyBy::service:
            return "service";
        case TallyBy::state:
            return "state";
    }
    return "";
}

void ConnectionTally::add(const Connection& connection) {
    ++total_;
    const std::uint16_t protocol = protocol_number(connection.protocol);
    switch (by_) {
        case TallyBy::client:
            if (names_ != nullptr) {
                name_ = names_->host(connection.client.address());
            } else {
                name_.resize(listing::text::longest_address + listing::text::spill);
                const char* end =
                    listing::text::put_address(name_.data(), connection.client.family, connection.client.bytes);
                name_.resize(static_cast<std::size_t>(end - name_.data()));
            }
            break;
        case TallyBy::real_server:
            name_ = endpoint_text(connection.destination, protocol, names_);
            break;
        case TallyBy::service:
            name_ = connection.protocol;
            name_ += ' ';
            name_ += endpoint_text(connection.service, protocol, names_);
            break;
        case TallyBy::state:
            name_ = connection.state;
            break;
    }
    ++counts_[name_];
}

std::vector<ConnectionTally::Row> ConnectionTally::top(std::size_t most) const {
    std::vector<Row> rows;
    rows.reserve(counts_.size());
    for (const auto& [name, connections] : counts_) rows.push_back({name, connections});
    const auto greater = [](const Row& a, const Row& b) {
        return a.connections != b.connections ? a.connections > b.connections : a.name < b.name;
    };
    most = std::min(most, rows.size());
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end(), greater);
    rows.resize(most);
    return rows;
}

}  // namespace lbctl::procfs
