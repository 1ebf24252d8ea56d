#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "grammar/base/address.h"

/// Writing numbers and addresses into memory, for listings of millions of rows. Every function writes at `out`, returns
/// the place after what it wrote, and adds no terminator; the caller has made room. All but put() may touch up to
/// `spill` bytes after that place.
namespace lbctl::listing::text {

/// Bytes after a result that may be overwritten, because whole words are copied faster than their parts.
inline constexpr std::size_t spill = 16;

/// Bytes that the longest result of each function takes, without the spill.
inline constexpr std::size_t longest_decimal = 20;
inline constexpr std::size_t longest_address = 45;
inline constexpr std::size_t longest_endpoint = longest_address + 8;  ///< brackets, colon, port

/// Unsigned, no sign, no grouping.
char* put_decimal(char* out, std::uint64_t value);

/// Dotted decimal of four bytes in network byte order.
char* put_ipv4(char* out, std::span<const std::uint8_t, 4> bytes);

/// The text that inet_ntop(3) gives for 16 bytes in network byte order.
char* put_ipv6(char* out, std::span<const std::uint8_t, 16> bytes);

/// "10.0.0.1" or "fd00::1" of the first 4 or all 16 bytes.
char* put_address(char* out, Family family, std::span<const std::uint8_t, 16> bytes);

/// "10.0.0.1:80" or "[fd00::1]:80".
char* put_endpoint(char* out, Family family, std::span<const std::uint8_t, 16> bytes, std::uint16_t port);

/// The text as it is.
inline char* put(char* out, std::string_view text) {
    constexpr std::size_t half = 8;
    const std::size_t size = text.size();
    if (size < half || size > 2 * half) {
        std::memcpy(out, text.data(), size);
        return out + size;
    }
    // Most words are so long: two copies of a fixed size, which may overlap, take a fraction of a call.
    std::memcpy(out, text.data(), half);
    std::memcpy(out + size - half, text.data() + size - half, half);
    return out + size;
}

/// Blanks up to `width` columns from `begin`; nothing when they are taken already. Returns the end of the column.
inline char* pad_to(char* begin, char* end, std::size_t width) {
    constexpr std::string_view blanks = "                ";
    static_assert(blanks.size() == spill);
    char* const column_end = begin + width;
    if (end >= column_end) return end;
    for (; end < column_end; end += blanks.size()) std::memcpy(end, blanks.data(), blanks.size());
    return column_end;
}

/// "MM:SS" with at least two digits each and no limit on the minutes.
char* put_minutes(char* out, std::uint32_t seconds);

/// Gathers text and writes it to a stream in large pieces. Without a stream it keeps all of it, for text().
class Output {
public:
    Output() : Output(nullptr) {}
    explicit Output(std::FILE* stream) : stream_(stream), bytes_(std::make_unique_for_overwrite<char[]>(piece)) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { flush(); }

    /// Room for at least `size` bytes (at most 32 KiB); advance() says how much of it was written.
    char* room(std::size_t size) {
        if (capacity_ - used_ < size) make_room(size);
        return bytes_.get() + used_;
    }
    void advance(const char* end) { used_ = static_cast<std::size_t>(end - bytes_.get()); }

    void write(std::string_view text);

    /// What was gathered since the last clear(), or since it was handed to the stream.
    [[nodiscard]] std::string_view text() const { return {bytes_.get(), used_}; }
    void clear() { used_ = 0; }

    /// Hands everything to the stream. False once the stream refused anything.
    bool flush();
    [[nodiscard]] bool good() const { return good_; }

private:
    void make_room(std::size_t size);
    void hand_over();

    // A pipe takes so much at once. Twice as much saves fewer calls than it costs pages that are touched first.
    static constexpr std::size_t piece = std::size_t{64} * 1024;
    std::FILE* stream_;
    std::unique_ptr<char[]>
        bytes_;  // not a vector: filling it with zeros would touch memory that short listings never use
    std::size_t capacity_ = piece;
    std::size_t used_ = 0;
    bool good_ = true;
};

}  // namespace lbctl::listing::text
