#include "backend/procfs/connection_order.h"

#include <algorithm>
#include <array>
#include <compare>
#include <utility>

namespace lbctl::procfs {

namespace {

constexpr std::size_t block_size = 1U << 20;

constexpr std::array<std::pair<std::string_view, SortField>, 6> field_words{{{"client", SortField::client},
                                                                             {"service", SortField::service},
                                                                             {"real-server", SortField::real_server},
                                                                             {"state", SortField::state},
                                                                             {"expires", SortField::expires},
                                                                             {"protocol", SortField::protocol}}};

/// IPv4 first, then by address, then by port.
std::weak_ordering compare(const Endpoint& a, const Endpoint& b) {
    if (a.family != b.family) return a.family <=> b.family;
    if (a.bytes != b.bytes) return a.bytes <=> b.bytes;
    return a.port <=> b.port;
}

std::weak_ordering compare(const Connection& a, const Connection& b, SortField field) {
    switch (field) {
        case SortField::client:
            return compare(a.client, b.client);
        case SortField::service:
            return compare(a.service, b.service);
        case SortField::real_server:
            return compare(a.destination, b.destination);
        case SortField::state:
            return a.state <=> b.state;
        case SortField::expires:
            return a.expires <=> b.expires;
        case SortField::protocol:
            return a.protocol <=> b.protocol;
    }
    return std::weak_ordering::equivalent;
}

}  // namespace

std::optional<ConnectionOrder> ConnectionOrder::parse(std::string_view word) {
    ConnectionOrder order;
    if (word.starts_with('-')) {
        order.descending = true;
        word.remove_prefix(1);
    }
    const auto* found =
        std::find_if(field_words.begin(), field_words.end(), [&](const auto& pair) { return pair.first == word; });
    if (found == field_words.end()) return std::nullopt;
    order.field = found->second;
    return order;
}

void ConnectionStore::add(std::string_view line) {
    if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < line.size()) {
        blocks_.emplace_back().reserve(block_size);
    }
    std::string& block = blocks_.back();
    const std::size_t begin = block.size();
    block += line;
    if (auto connection = parse_connection(std::string_view(block).substr(begin))) connections_.push_back(*connection);
}

void ConnectionStore::sort(const ConnectionOrder& order) {
    std::stable_sort(connections_.begin(), connections_.end(), [&](const Connection& a, const Connection& b) {
        return std::is_lt(order.descending ? compare(b, a, order.field) : compare(a, b, order.field));
    });
}

}  // namespace lbctl::procfs
