#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/listing/names.h"
#include "backend/procfs/connections.h"
#include "backend/table/table.h"
#include "grammar/base/result.h"

namespace lbctl::procfs {

/// What connections are counted by.
enum class TallyField : std::uint8_t { client, real_server, service, state, protocol };

/// "client", "real-server", "service", "state", "protocol".
std::string_view to_string(TallyField field);

struct TallyBy {
    TallyField field = TallyField::client;
    // Of clients: how many bits of their addresses count.
    int inet_bits = 32;
    int inet6_bits = 128;
    bool operator==(const TallyBy&) const = default;

    /// Reads "real-server", or "client/24": networks of so many bits of IPv4, and of IPv6 such of 64; "client/24/48"
    /// says both, and a number above 32 is one of IPv6. Fails for other words, and names the word.
    static Result<TallyBy> parse(std::string_view word);
};

/// As TallyBy::parse() reads it.
std::string to_string(const TallyBy& by);

/// How many keys one listing can have.
inline constexpr std::size_t most_tally_keys = 2;

/// Numbers that are counted by keys of a fixed size, kept close together: millions of groups fit into memory.
class KeyCounts {
public:
    /// `words` are those of a key.
    explicit KeyCounts(std::size_t words) : words_(words) {}

    /// Counts each of the keys, which follow each other, once.
    void add(std::span<const std::uint64_t> keys);
    [[nodiscard]] std::size_t words() const { return words_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const std::uint64_t* key(std::size_t index) const { return record(index); }
    [[nodiscard]] std::uint64_t count(std::size_t index) const { return key(index)[words_]; }

private:
    [[nodiscard]] std::uint64_t hash_of(const std::uint64_t* key) const;
    void count_one(const std::uint64_t* key, std::uint64_t hash);
    void make_room(std::size_t keys);

    static constexpr std::size_t chunk_size = 4096;  ///< records
    [[nodiscard]] std::uint64_t* record(std::size_t index) const {
        return chunks_[index / chunk_size].get() + index % chunk_size * (words_ + 1);
    }

    std::size_t words_;
    std::size_t size_ = 0;
    /// Records, each a key and its count. They stay where they are: to move millions takes as long as to count them.
    std::vector<std::unique_ptr<std::uint64_t[]>> chunks_;  // NOLINT(modernize-avoid-c-arrays)
    std::vector<std::uint32_t> slots_;                      ///< index + 1, 0 for a free one; as many as a power of two
};

/// How many connections each client, real server, service or state has, or each pair of two of them. Memory grows with
/// their number.
class ConnectionTally {
public:
    struct Row {
        std::vector<std::string> names;  ///< one for each key
        std::uint64_t connections = 0;
        // What the row speaks of, where a key is of that kind.
        std::optional<table::ServiceKey> service;
        std::optional<table::DestinationKey> real_server;
    };

    /// The groups of some connections, as numbers.
    struct Groups {
        std::vector<std::uint64_t> compact;  ///< of connections whose addresses are all of IPv4
        std::vector<std::uint64_t> wide;     ///< of the others

        void clear() {
            compact.clear();
            wide.clear();
        }
    };

    /// One or two keys.
    ConnectionTally(std::vector<TallyBy> by, listing::NameCache* names);

    /// Puts the group of a connection after the others, for add(). Other threads may do the same.
    void group(const Connection& connection, Groups& groups) const;
    /// Counts these groups.
    void add(const Groups& groups);
    void add(const Connection& connection);

    [[nodiscard]] std::uint64_t total() const { return total_; }
    [[nodiscard]] std::size_t groups() const { return compact_.size() + wide_.size(); }

    /// The `most` greatest, greatest first; equal ones in the order of their addresses.
    [[nodiscard]] std::vector<Row> top(std::size_t most) const;

private:
    [[nodiscard]] std::vector<std::uint32_t> greatest(const KeyCounts& counts, std::size_t most) const;
    [[nodiscard]] Row row_of(const KeyCounts& counts, std::size_t index) const;

    std::vector<TallyBy> by_;
    listing::NameCache* names_;
    std::uint64_t total_ = 0;
    KeyCounts compact_;
    KeyCounts wide_;
    Groups scratch_;
};

}  // namespace lbctl::procfs
