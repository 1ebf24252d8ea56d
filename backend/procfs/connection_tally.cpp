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

/// How the addresses of a key are laid out: compact ones are all of IPv4 and have 4 bytes; others have a byte for their
/// family and 16 more.
enum class Form : std::uint8_t { compact, wide };

/// A key as it is built, after others: its bytes sort as it is to sort, and what nothing is put into is zero.
class Layout {
public:
    Layout(Form form, std::vector<std::uint64_t>& keys, std::size_t words) : form_(form) {
        const std::size_t begin = keys.size();
        keys.resize(begin + words);
        at_ = reinterpret_cast<std::uint8_t*>(keys.data() + begin);
    }

    void put(std::uint8_t byte) { *at_++ = byte; }
    void put(std::string_view word) {
        std::memcpy(at_, word.data(), std::min(word.size(), longest_word));
        at_ += longest_word;
    }
    /// The first `bits` of an address, and zeros.
    void put(Family family, const std::array<std::uint8_t, 16>& address, int bits) {
        if (form_ == Form::wide) put(family == Family::inet ? std::uint8_t{4} : std::uint8_t{6});
        const auto whole = static_cast<std::size_t>(bits) / 8;
        const std::size_t bytes = address_bytes(form_);
        if (whole >= bytes) {
            std::memcpy(at_, address.data(), bytes);
        } else {
            std::memcpy(at_, address.data(), whole);
            at_[whole] = static_cast<std::uint8_t>(address[whole] & 0xff00U >> bits % 8);
        }
        at_ += bytes;
    }
    void put(std::uint16_t port) {
        put(static_cast<std::uint8_t>(port >> 8));
        put(static_cast<std::uint8_t>(port & 0xff));
    }
    void put(const Endpoint& endpoint) {
        put(endpoint.family, endpoint.bytes, 128);
        put(endpoint.port);
    }

    static constexpr std::size_t address_bytes(Form form) { return form == Form::compact ? 4 : 16; }

private:
    Form form_;
    std::uint8_t* at_ = nullptr;
};

/// The bytes of a key, from its beginning on.
class Reading {
public:
    Reading(const std::uint64_t* key, Form form) : at_(reinterpret_cast<const std::uint8_t*>(key)), form_(form) {}

    std::uint8_t byte() { return *at_++; }
    std::string_view word() {
        const char* text = reinterpret_cast<const char*>(at_);
        at_ += longest_word;
        return {text, ::strnlen(text, longest_word)};
    }
    Endpoint address() {
        Endpoint endpoint;
        endpoint.family = form_ == Form::compact || byte() == 4 ? Family::inet : Family::inet6;
        std::memcpy(endpoint.bytes.data(), at_, Layout::address_bytes(form_));
        at_ += Layout::address_bytes(form_);
        return endpoint;
    }
    Endpoint endpoint() {
        Endpoint endpoint = address();
        endpoint.port = static_cast<std::uint16_t>(byte() << 8U);
        endpoint.port = static_cast<std::uint16_t>(endpoint.port | byte());
        return endpoint;
    }

private:
    const std::uint8_t* at_;
    Form form_;
};

std::size_t bytes_of(TallyField field, Form form) {
    const std::size_t address = Layout::address_bytes(form) + (form == Form::wide ? 1 : 0);
    constexpr std::size_t port = 2;
    switch (field) {
        case TallyField::client:
            return address;
        case TallyField::real_server:
            return address + port + 1;
        case TallyField::service:
            return longest_word + address + port;
        case TallyField::state:
        case TallyField::protocol:
            break;
    }
    return longest_word;
}

std::size_t words_of(const std::vector<TallyBy>& by, Form form) {
    const std::size_t bytes =
        std::accumulate(by.begin(), by.end(), std::size_t{0},
                        [form](std::size_t sum, const TallyBy& one) { return sum + bytes_of(one.field, form); });
    return (bytes + bytes_a_word - 1) / bytes_a_word;
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
            return;
        case TallyField::real_server:
            layout.put(connection.destination);
            layout.put(protocol_byte(connection.protocol));
            return;
        case TallyField::service:
            layout.put(connection.protocol);
            layout.put(connection.service);
            return;
        case TallyField::state:
            layout.put(connection.state);
            return;
        case TallyField::protocol:
            layout.put(connection.protocol);
            return;
    }
}

/// The key in the form in which all keys can be held against each other.
std::vector<std::uint64_t> widened(const std::uint64_t* key, const std::vector<TallyBy>& by) {
    std::vector<std::uint64_t> wide;
    Layout layout(Form::wide, wide, words_of(by, Form::wide));
    Reading reading(key, Form::compact);
    for (const TallyBy& one : by) {
        switch (one.field) {
            case TallyField::client: {
                const Endpoint client = reading.address();
                layout.put(client.family, client.bytes, 128);
                break;
            }
            case TallyField::real_server:
                layout.put(reading.endpoint());
                layout.put(reading.byte());
                break;
            case TallyField::service:
                layout.put(reading.word());
                layout.put(reading.endpoint());
                break;
            case TallyField::state:
            case TallyField::protocol:
                layout.put(reading.word());
                break;
        }
    }
    return wide;
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

std::uint64_t KeyCounts::hash_of(const std::uint64_t* key) const {
    // Multiplies and rotates the words into each other. A bit of a key reaches only those above it by a product, and
    // keys often differ in their upper bits alone: those are brought down between two products.
    std::uint64_t hash = 0x9e3779b97f4a7c15U;
    for (std::size_t i = 0; i < words_; ++i) hash = (std::rotl(hash, 27) ^ key[i]) * 0xff51afd7ed558ccdU;
    hash = (hash ^ hash >> 32U) * 0x9e3779b97f4a7c15U;
    return hash ^ hash >> 32U;
}

void KeyCounts::make_room(std::size_t keys) {
    // At most two thirds are taken, so that the next free one is near.
    const std::size_t wanted = (size() + keys) * 3 / 2 + 1;
    if (wanted <= slots_.size()) return;
    // To find all their places again takes as long as to count them, so that is to be seldom.
    constexpr std::size_t growth = 4;
    slots_.assign(std::max<std::size_t>(1024, std::bit_ceil(wanted) / 2 * growth), 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < size(); ++i) {
        std::size_t place = static_cast<std::size_t>(hash_of(key(i))) & mask;
        while (slots_[place] != 0) place = (place + 1) & mask;
        slots_[place] = static_cast<std::uint32_t>(i + 1);
    }
}

void KeyCounts::count_one(const std::uint64_t* key, std::uint64_t hash) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = static_cast<std::size_t>(hash) & mask;
    for (; slots_[place] != 0; place = (place + 1) & mask) {
        std::uint64_t* const known = record(slots_[place] - std::size_t{1});
        // Keys are short: a call of memcmp() takes longer than they do.
        std::uint64_t differences = 0;
        for (std::size_t i = 0; i < words_; ++i) differences |= key[i] ^ known[i];
        if (differences != 0) continue;
        ++known[words_];
        return;
    }
    if (size_ % chunk_size == 0)
        chunks_.push_back(std::make_unique_for_overwrite<std::uint64_t[]>(chunk_size * (words_ + 1)));  // NOLINT
    std::uint64_t* const fresh = record(size_);
    std::copy_n(key, words_, fresh);
    fresh[words_] = 1;
    slots_[place] = static_cast<std::uint32_t>(++size_);
}

void KeyCounts::add(std::span<const std::uint64_t> keys) {
    // With very many groups nearly each one is far away in memory. Of some keys it is told beforehand where they are,
    // so that the processor fetches them side by side.
    constexpr std::size_t at_once = 32;
    std::array<std::uint64_t, at_once> hashes{};
    for (std::size_t begin = 0; begin < keys.size(); begin += at_once * words_) {
        const std::size_t count = std::min(at_once, (keys.size() - begin) / words_);
        make_room(count);
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t i = 0; i < count; ++i) {
            hashes[i] = hash_of(keys.data() + begin + i * words_);
            __builtin_prefetch(slots_.data() + (hashes[i] & mask));
        }
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t slot = slots_[hashes[i] & mask];
            if (slot != 0) __builtin_prefetch(key(slot - 1));
        }
        for (std::size_t i = 0; i < count; ++i) count_one(keys.data() + begin + i * words_, hashes[i]);
    }
}

ConnectionTally::ConnectionTally(std::vector<TallyBy> by, listing::NameCache* names)
    : by_(std::move(by)), names_(names), compact_(words_of(by_, Form::compact)), wide_(words_of(by_, Form::wide)) {}

void ConnectionTally::group(const Connection& connection, Groups& groups) const {
    const bool is_compact = connection.client.family == Family::inet && connection.service.family == Family::inet &&
                            connection.destination.family == Family::inet;
    Layout layout = is_compact ? Layout(Form::compact, groups.compact, compact_.words())
                               : Layout(Form::wide, groups.wide, wide_.words());
    for (const TallyBy& by : by_) put(layout, connection, by);
}

void ConnectionTally::add(const Groups& groups) {
    compact_.add(groups.compact);
    wide_.add(groups.wide);
    total_ += groups.compact.size() / compact_.words() + groups.wide.size() / wide_.words();
}

void ConnectionTally::add(const Connection& connection) {
    scratch_.clear();
    group(connection, scratch_);
    add(scratch_);
}

ConnectionTally::Row ConnectionTally::row_of(const KeyCounts& counts, std::size_t index) const {
    Row row;
    row.connections = counts.count(index);
    Reading key(counts.key(index), &counts == &compact_ ? Form::compact : Form::wide);
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
    }
    return row;
}

std::vector<std::uint32_t> ConnectionTally::greatest(const KeyCounts& counts, std::size_t most) const {
    const auto is_greater = [&counts](std::uint32_t a, std::uint32_t b) {
        if (counts.count(a) != counts.count(b)) return counts.count(a) > counts.count(b);
        return is_less(counts.key(a), counts.key(b), counts.words());
    };
    // A heap, of which the front is the least of those that have been found.
    std::vector<std::uint32_t> found;
    found.reserve(std::min(most, counts.size()));
    for (std::uint32_t i = 0; i < counts.size() && most != 0; ++i) {
        if (found.size() == most) {
            if (!is_greater(i, found.front())) continue;
            std::ranges::pop_heap(found, is_greater);
            found.pop_back();
        }
        found.push_back(i);
        std::ranges::push_heap(found, is_greater);
    }
    std::ranges::sort_heap(found, is_greater);
    return found;
}

std::vector<ConnectionTally::Row> ConnectionTally::top(std::size_t most) const {
    const std::vector<std::uint32_t> compact = greatest(compact_, most);
    const std::vector<std::uint32_t> wide = greatest(wide_, most);
    const auto wide_is_next = [this](std::uint32_t compact_one, std::uint32_t wide_one) {
        const std::uint64_t count = compact_.count(compact_one);
        if (count != wide_.count(wide_one)) return wide_.count(wide_one) > count;
        const auto key = widened(compact_.key(compact_one), by_);
        return is_less(wide_.key(wide_one), key.data(), wide_.words());
    };
    std::vector<Row> rows;
    const std::size_t count = std::min(most, groups());
    rows.reserve(count);
    for (auto from_compact = compact.begin(), from_wide = wide.begin(); rows.size() < count;) {
        const bool takes_wide =
            from_compact == compact.end() || (from_wide != wide.end() && wide_is_next(*from_compact, *from_wide));
        rows.push_back(takes_wide ? row_of(wide_, *from_wide++) : row_of(compact_, *from_compact++));
    }
    return rows;
}

}  // namespace lbctl::procfs
