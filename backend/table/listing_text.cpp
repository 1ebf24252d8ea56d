#include "backend/table/listing_text.h"

#include <array>
#include <charconv>
#include <cstring>

namespace lbctl::table::text {

namespace {

/// The decimal text of every byte, and how long it is.
struct ByteText {
    std::array<std::array<char, 4>, 256> digits{};

    constexpr ByteText() {
        for (unsigned value = 0; value < 256; ++value) {
            auto& text = digits.at(value);
            unsigned length = 0;
            if (value >= 100) text.at(length++) = static_cast<char>('0' + value / 100);
            if (value >= 10) text.at(length++) = static_cast<char>('0' + value / 10 % 10);
            text.at(length++) = static_cast<char>('0' + value % 10);
            text[3] = static_cast<char>(length);
        }
    }
};

constexpr ByteText byte_text;

/// Writes four bytes, of which the caller keeps up to three: a fixed size copies fastest.
char* put_byte(char* out, std::uint8_t value) {
    const auto& text = byte_text.digits[value];
    std::memcpy(out, text.data(), 4);
    return out + text[3];
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
    return std::to_chars(out, out + longest_decimal, value).ptr;
}

char* put_ipv4(char* out, std::span<const std::uint8_t, 4> bytes) {
    out = put_byte(out, bytes[0]);
    *out++ = '.';
    out = put_byte(out, bytes[1]);
    *out++ = '.';
    out = put_byte(out, bytes[2]);
    *out++ = '.';
    return put_byte(out, bytes[3]);
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
        out = put_ipv4(out, bytes.first<4>());
    } else {
        *out++ = '[';
        out = put_ipv6(out, bytes);
        *out++ = ']';
    }
    *out++ = ':';
    return put_decimal(out, port);
}

char* put(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

char* pad_to(char* begin, char* end, std::size_t width) {
    const auto taken = static_cast<std::size_t>(end - begin);
    if (taken >= width) return end;
    std::memset(end, ' ', width - taken);
    return begin + width;
}

char* put_minutes(char* out, std::uint32_t seconds) {
    const std::uint32_t minutes = seconds / 60;
    if (minutes < 10) *out++ = '0';
    out = put_decimal(out, minutes);
    *out++ = ':';
    const std::uint32_t rest = seconds % 60;
    *out++ = static_cast<char>('0' + rest / 10);
    *out++ = static_cast<char>('0' + rest % 10);
    return out;
}

void Output::write(std::string_view text) {
    if (text.size() > capacity) {
        hand_over();
        good_ = good_ && std::fwrite(text.data(), 1, text.size(), stream_) == text.size();
        return;
    }
    char* out = room(text.size());
    advance(put(out, text));
}

void Output::hand_over() {
    if (used_ != 0) good_ = good_ && std::fwrite(bytes_.get(), 1, used_, stream_) == used_;
    used_ = 0;
}

bool Output::flush() {
    hand_over();
    good_ = good_ && std::fflush(stream_) == 0;
    return good_;
}

}  // namespace lbctl::table::text
