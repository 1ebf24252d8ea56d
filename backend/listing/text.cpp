#include "backend/listing/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace lbctl::listing::text {

namespace {

/// The decimal text of every number below a thousand, once as it is and once with all three digits. After the digits
/// stands how many they are. Four bytes are copied of every entry, because a fixed size copies fastest.
struct SmallNumbers {
    static constexpr unsigned size = 1000;
    using Entry = std::array<char, 4>;
    std::array<Entry, size> plain{};
    std::array<Entry, size> padded{};

    constexpr SmallNumbers() {
        for (unsigned value = 0; value < size; ++value) {
            Entry& all = padded.at(value);
            all = {static_cast<char>('0' + value / 100), static_cast<char>('0' + value / 10 % 10),
                   static_cast<char>('0' + value % 10), 3};
            const unsigned zeros = value < 10 ? 2 : value < 100 ? 1 : 0;
            Entry& some = plain.at(value);
            for (unsigned i = zeros; i < 3; ++i) some.at(i - zeros) = all.at(i);
            some[3] = static_cast<char>(3 - zeros);
        }
    }
};

constexpr SmallNumbers small_numbers;

char* put_entry(char* out, const SmallNumbers::Entry& entry) {
    std::memcpy(out, entry.data(), entry.size());
    return out + entry[3];
}

char* put_small(char* out, unsigned value) {
    return put_entry(out, small_numbers.plain[value]);
}

char* put_three_digits(char* out, unsigned value) {
    return put_entry(out, small_numbers.padded[value]);
}

/// "10.0.0.1"; part of whoever calls it, millions of times.
inline char* put_dotted(char* out, std::span<const std::uint8_t, 4> bytes) {
    out = put_small(out, bytes[0]);
    *out++ = '.';
    out = put_small(out, bytes[1]);
    *out++ = '.';
    out = put_small(out, bytes[2]);
    *out++ = '.';
    return put_small(out, bytes[3]);
}

/// Of a number below a hundred.
char* put_two_digits(char* out, unsigned value) {
    std::memcpy(out, small_numbers.padded[value].data() + 1, 2);
    return out + 2;
}

char* put_group(char* out, unsigned value) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (value >= 0x1000) *out++ = digits[value >> 12];
    if (value >= 0x100) *out++ = digits[value >> 8 & 0xf];
    if (value >= 0x10) *out++ = digits[value >> 4 & 0xf];
    *out++ = digits[value & 0xf];
    return out;
}

/// A run of zero groups: where it begins and how many groups it has.
struct ZeroRun {
    int begin = -1;
    int length = 0;
};

ZeroRun longest_zero_run(const std::array<unsigned, 8>& groups) {
    ZeroRun best;
    for (int i = 0; i < 8;) {
        int end = i;
        while (end < 8 && groups[static_cast<std::size_t>(end)] == 0) ++end;
        if (end - i > best.length) best = {i, end - i};
        i = end + 1;
    }
    return best.length >= 2 ? best : ZeroRun{};
}

}  // namespace

char* put_decimal(char* out, std::uint64_t value) {
    constexpr unsigned thousand = SmallNumbers::size;
    constexpr std::uint64_t million = std::uint64_t{thousand} * thousand;
    if (value < thousand) return put_small(out, static_cast<unsigned>(value));
    if (value < million) {
        const auto number = static_cast<unsigned>(value);
        return put_three_digits(put_small(out, number / thousand), number % thousand);
    }
    return std::to_chars(out, out + longest_decimal, value).ptr;
}

char* put_ipv4(char* out, std::span<const std::uint8_t, 4> bytes) {
    return put_dotted(out, bytes);
}

char* put_ipv6(char* out, std::span<const std::uint8_t, 16> bytes) {
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    const ZeroRun zeros = longest_zero_run(groups);
    // inet_ntop writes ::1.2.3.4 and ::ffff:1.2.3.4 for addresses that hold an IPv4 one.
    const bool holds_ipv4 = zeros.begin == 0 && (zeros.length == 6 || (zeros.length == 5 && groups[5] == 0xffff));
    const int last = holds_ipv4 ? 6 : 8;
    for (int i = 0; i < last; ++i) {
        if (i == zeros.begin) {
            *out++ = ':';
            if (i + zeros.length == 8) *out++ = ':';
            i += zeros.length - 1;
            continue;
        }
        if (i != 0) *out++ = ':';
        out = put_group(out, groups[static_cast<std::size_t>(i)]);
    }
    if (!holds_ipv4) return out;
    *out++ = ':';
    return put_ipv4(out, bytes.subspan<12, 4>());
}

char* put_address(char* out, Family family, std::span<const std::uint8_t, 16> bytes) {
    return family == Family::inet ? put_ipv4(out, bytes.first<4>()) : put_ipv6(out, bytes);
}

char* put_endpoint(char* out, Family family, std::span<const std::uint8_t, 16> bytes, std::uint16_t port) {
    if (family == Family::inet) {
        out = put_dotted(out, bytes.first<4>());
    } else {
        *out++ = '[';
        out = put_ipv6(out, bytes);
        *out++ = ']';
    }
    *out++ = ':';
    return put_decimal(out, port);
}

char* put_minutes(char* out, std::uint32_t seconds) {
    const std::uint32_t minutes = seconds / 60;
    out = minutes < 100 ? put_two_digits(out, minutes) : put_decimal(out, minutes);
    *out++ = ':';
    return put_two_digits(out, seconds % 60);
}

void Output::write(std::string_view text) {
    if (stream_ != nullptr && text.size() > capacity_) {
        hand_over();
        good_ = good_ && std::fwrite(text.data(), 1, text.size(), stream_) == text.size();
        return;
    }
    char* out = room(text.size());
    advance(put(out, text));
}

void Output::make_room(std::size_t size) {
    if (stream_ != nullptr) return hand_over();
    capacity_ = std::max(2 * capacity_, used_ + size);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::memcpy(larger.get(), bytes_.get(), used_);
    bytes_ = std::move(larger);
}

void Output::hand_over() {
    if (used_ != 0) good_ = good_ && std::fwrite(bytes_.get(), 1, used_, stream_) == used_;
    used_ = 0;
}

bool Output::flush() {
    if (stream_ == nullptr) return true;
    hand_over();
    good_ = good_ && std::fflush(stream_) == 0;
    return good_;
}

}  // namespace lbctl::listing::text
