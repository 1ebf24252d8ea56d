#include "backend/procfs/connection_tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "backend/procfs/connection_format.h"
#include "grammar/base/number.h"

namespace lbctl::procfs {

namespace {

constexpr std::array<std::pair<std::string_view, TallyField>, 5> field_words{{{"client", TallyField::client},
                                                                              {"real-server", TallyField::real_server},
                                                                              {"service", TallyField::service},
                                                                              {"state", TallyField::state},
                                                                              {"protocol", TallyField::protocol}}};

constexpr int usual_inet6_bits = 64;  // what a site gives one of its networks (RFC 7421)

constexpr std::size_t bytes_a_word = sizeof(std::uint64_t);
/// Of the kernel's words for protocols and states none is longer.
constexpr std::size_t longest_word = 16;

/// How a key is laid out: its bytes sort as it is to sort.
struct Layout {
    std::array<std::uint8_t, 64> bytes{};  ///< the longest two: a service and a server
    std::size_t used = 0;

    void put(std::uint8_t byte) { bytes[used++] = byte; }
    void put(std::string_view word) {
        std::memcpy(bytes.data() + used, word.data(), std::min(word.size(), longest_word));
        used += longest_word;
    }
    void put(Family family, const std::array<std::uint8_t, 16>& address, int bits) {
        put(family == Family::inet ? std::uint8_t{4} : std::uint8_t{6});
        const std::size_t whole = static_cast<std::size_t>(bits) / 8;
        std::memcpy(bytes.data() + used, address.data(), whole);
        if (bits % 8 != 0) bytes[used + whole] = static_cast<std::uint8_t>(address[whole] & 0xffU << (8 - bits % 8));
        used += address.size();
    }
    void put(std::uint16_t port) {
        put(static_cast<std::uint8_t>(port >> 8));
        put(static_cast<std::uint8_t>(port & 0xff));
    }
    void put(const Endpoint& endpoint) {
        put(endpoint.family, endpoint.bytes, 128);
        put(endpoint.port);
    }
    /// The next key begins with a word.
    void align() { used = (used + bytes_a_word - 1) / bytes_a_word * bytes_a_word; }
};

/// The bytes of a key, from its beginning on.
class Reading {
public:
    explicit Reading(const std::uint64_t* key) : at_(reinterpret_cast<const std::uint8_t*>(key)), begin_(at_) {}

    std::uint8_t byte() { return *at_++; }
    std::string_view word() {
        const char* text = reinterpret_cast<const char*>(at_);
        at_ += longest_word;
        return {text, ::strnlen(text, longest_word)};
    }
    Endpoint address() {
        Endpoint endpoint;
        endpoint.family = byte() == 4 ? Family::inet : Family::inet6;
        std::memcpy(endpoint.bytes.data(), at_, endpoint.bytes.size());
        at_ += endpoint.bytes.size();
        return endpoint;
    }
    Endpoint endpoint() {
        Endpoint endpoint = address();
        endpoint.port = static_cast<std::uint16_t>(byte() << 8U);
        endpoint.port = static_cast<std::uint16_t>(endpoint.port | byte());
        return endpoint;
    }
    void align() {
        const auto used = static_cast<std::size_t>(at_ - begin_);
        at_ = begin_ + (used + bytes_a_word - 1) / bytes_a_word * bytes_a_word;
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* begin_;
};

constexpr std::size_t address_bytes = 1 + 16;
constexpr std::size_t endpoint_bytes = address_bytes + 2;

std::size_t words_of(TallyField field) {
    std::size_t bytes = longest_word;
    if (field == TallyField::client) bytes = address_bytes;
    if (field == TallyField::real_server) bytes = endpoint_bytes + 1;
    if (field == TallyField::service) bytes = longest_word + endpoint_bytes;
    return (bytes + bytes_a_word - 1) / bytes_a_word;
}

std::size_t words_of(const std::vector<TallyBy>& by) {
    return std::accumulate(by.begin(), by.end(), std::size_t{0},
                           [](std::size_t sum, const TallyBy& one) { return sum + words_of(one.field); });
}

/// Protocols by which ports have names, as one byte: those of the others have none.
std::uint8_t protocol_byte(std::string_view protocol) {
    return static_cast<std::uint8_t>(protocol_number(protocol));
}

void put(Layout& layout, const Connection& connection, const TallyBy& by) {
    switch (by.field) {
        case TallyField::client:
            layout.put(connection.client.family, connection.client.bytes,
                       connection.client.family == Family::inet ? by.inet_bits : by.inet6_bits);
            break;
        case TallyField::real_server:
            layout.put(connection.destination);
            layout.put(protocol_byte(connection.protocol));
            break;
        case TallyField::service:
            layout.put(connection.protocol);
            layout.put(connection.service);
            break;
        case TallyField::state:
            layout.put(connection.state);
            break;
        case TallyField::protocol:
            layout.put(connection.protocol);
            break;
    }
    layout.align();
}

int prefix_of(const TallyBy& by, Family family) {
    return family == Family::inet ? by.inet_bits : by.inet6_bits;
}

bool is_less(const std::uint64_t* one, const std::uint64_t* other, std::size_t words) {
    return std::memcmp(one, other, words * bytes_a_word) < 0;
}

}  // namespace

std::string_view to_string(TallyField field) {
    const auto found = std::ranges::find(field_words, field, &decltype(field_words)::value_type::second);
    return found->first;
}

std::string to_string(const TallyBy& by) {
    const std::string field(to_string(by.field));
    if (by.field != TallyField::client || (by.inet_bits == 32 && by.inet6_bits == 128)) return field;
    if (by.inet_bits == 32 && by.inet6_bits > 32) return fmt::format("{}/{}", field, by.inet6_bits);
    if (by.inet6_bits == usual_inet6_bits) return fmt::format("{}/{}", field, by.inet_bits);
    return fmt::format("{}/{}/{}", field, by.inet_bits, by.inet6_bits);
}

Result<TallyBy> TallyBy::parse(std::string_view word) {
    const auto refused = [word] {
        return failure(fmt::format("`{}' is nothing to group by", word),
                       "client, client/BITS (networks; client/24/48 says both those of IPv4 and of IPv6), real-server, "
                       "service, state or protocol");
    };
    const std::size_t slash = word.find('/');
    const auto found = std::ranges::find(field_words, word.substr(0, slash), &decltype(field_words)::value_type::first);
    if (found == field_words.end()) return refused();
    TallyBy by;
    by.field = found->second;
    if (slash == std::string_view::npos) return by;
    if (by.field != TallyField::client) return refused();
    const std::string_view bits = word.substr(slash + 1);
    const std::size_t second = bits.find('/');
    const auto first_bits = base::whole_number<int>(bits.substr(0, second));
    if (!first_bits || *first_bits < 0 || *first_bits > 128) return refused();
    if (second == std::string_view::npos) {
        by.inet_bits = std::min(*first_bits, 32);
        by.inet6_bits = *first_bits > 32 ? *first_bits : usual_inet6_bits;
        return by;
    }
    const auto second_bits = base::whole_number<int>(bits.substr(second + 1));
    if (*first_bits > 32 || !second_bits || *second_bits < 0 || *second_bits > 128) return refused();
    by.inet_bits = *first_bits;
    by.inet6_bits = *second_bits;
    return by;
}

std::size_t KeyCounts::place_of(const std::uint64_t* key) const {
    // Multiplies and rotates the words into each other; the upper bits are the best ones.
    std::uint64_t hash = 0x9e3779b97f4a7c15U;
    for (std::size_t i = 0; i < words_; ++i) hash = (std::rotl(hash, 27) ^ key[i]) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 32U;
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = static_cast<std::size_t>(hash) & mask;
    while (slots_[place] != 0 && !std::equal(key, key + words_, this->key(slots_[place] - 1)))
        place = (place + 1) & mask;
    return place;
}

void KeyCounts::grow() {
    slots_.assign(std::max<std::size_t>(1024, slots_.size() * 2), 0);
    for (std::size_t i = 0; i < counts_.size(); ++i) slots_[place_of(key(i))] = static_cast<std::uint32_t>(i + 1);
}

void KeyCounts::add(const std::uint64_t* key) {
    // At most two thirds are taken, so that the next free one is near.
    if ((counts_.size() + 1) * 3 > slots_.size() * 2) grow();
    const std::size_t place = place_of(key);
    if (slots_[place] == 0) {
        keys_.insert(keys_.end(), key, key + words_);
        counts_.push_back(0);
        slots_[place] = static_cast<std::uint32_t>(counts_.size());
    }
    ++counts_[slots_[place] - 1];
}

ConnectionTally::ConnectionTally(std::vector<TallyBy> by, listing::NameCache* names)
    : by_(std::move(by)), names_(names), words_(words_of(by_)), counts_(words_) {}

void ConnectionTally::group(const Connection& connection, std::vector<std::uint64_t>& groups) const {
    Layout layout;
    for (const TallyBy& by : by_) put(layout, connection, by);
    const std::size_t begin = groups.size();
    groups.resize(begin + words_);
    std::memcpy(groups.data() + begin, layout.bytes.data(), words_ * bytes_a_word);
}

void ConnectionTally::add(std::span<const std::uint64_t> groups) {
    for (std::size_t i = 0; i < groups.size(); i += words_) counts_.add(groups.data() + i);
    total_ += groups.size() / words_;
}

void ConnectionTally::add(const Connection& connection) {
    scratch_.clear();
    group(connection, scratch_);
    add(scratch_);
}

ConnectionTally::Row ConnectionTally::row_of(std::size_t index) const {
    Row row;
    row.connections = counts_.count(index);
    Reading key(counts_.key(index));
    for (const TallyBy& by : by_) {
        switch (by.field) {
            case TallyField::client: {
                const Endpoint client = key.address();
                const int bits = prefix_of(by, client.family);
                const bool is_network = bits != (client.family == Family::inet ? 32 : 128);
                const IpAddress address = client.address();
                row.names.push_back(is_network          ? fmt::format("{}/{}", address.to_string(), bits)
                                    : names_ != nullptr ? names_->host(address)
                                                        : address.to_string());
                break;
            }
            case TallyField::real_server: {
                const Endpoint server = key.endpoint();
                row.names.push_back(endpoint_text(server, key.byte(), names_));
                row.real_server = table::DestinationKey{server.address(), server.port};
                break;
            }
            case TallyField::service: {
                const std::string protocol(key.word());
                const Endpoint service = key.endpoint();
                row.names.push_back(
                    fmt::format("{} {}", protocol, endpoint_text(service, protocol_number(protocol), names_)));
                row.service = service_key(protocol, service);
                break;
            }
            case TallyField::state:
            case TallyField::protocol:
                row.names.emplace_back(key.word());
                break;
        }
        key.align();
    }
    return row;
}

std::vector<ConnectionTally::Row> ConnectionTally::top(std::size_t most) const {
    std::vector<std::uint32_t> order(counts_.size());
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    const auto is_greater = [this](std::uint32_t a, std::uint32_t b) {
        if (counts_.count(a) != counts_.count(b)) return counts_.count(a) > counts_.count(b);
        return is_less(counts_.key(a), counts_.key(b), words_);
    };
    most = std::min(most, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(), is_greater);
    std::vector<Row> rows;
    rows.reserve(most);
    for (std::size_t i = 0; i < most; ++i) rows.push_back(row_of(order[i]));
    return rows;
}

}  // namespace lbctl::procfs
