#include "backend/procfs/connections.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>

#include "grammar/base/ascii.h"

namespace lbctl::procfs {

namespace {

/// More than two digits can be worth, so that whatever it is combined with shows it.
constexpr std::uint16_t no_pair = 0x100;

constexpr std::size_t pair_index(char high, char low) {
    return static_cast<std::size_t>(static_cast<unsigned char>(high)) |
           static_cast<std::size_t>(static_cast<unsigned char>(low)) << 8;
}

/// What every two characters are worth as hexadecimal digits. One look for both takes half the time of one for each;
/// of the table only the few lines of digits are ever touched.
constexpr std::array<std::uint16_t, 0x10000> pair_values = [] {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    constexpr auto value = [](std::size_t place) { return static_cast<std::uint16_t>(place < 16 ? place : place - 6); };
    std::array<std::uint16_t, 0x10000> values{};
    values.fill(no_pair);
    for (std::size_t high = 0; high < digits.size(); ++high) {
        for (std::size_t low = 0; low < digits.size(); ++low) {
            values[pair_index(digits[high], digits[low])] = static_cast<std::uint16_t>(value(high) << 4 | value(low));
        }
    }
    return values;
}();

/// Two digits; no_pair when one of them is none.
unsigned hex_pair(const char* digits) {
    return pair_values[pair_index(digits[0], digits[1])];
}

constexpr std::size_t ipv4_digits = 8;

/// "0A000001 0050", of which the blank has been seen. The place after it, or null.
const char* read_ipv4_endpoint(const char* at, const char* end, Endpoint& endpoint) {
    constexpr std::ptrdiff_t width = 13;
    if (end - at < width) return nullptr;
    const std::array<unsigned, 6> pairs{hex_pair(at),     hex_pair(at + 2), hex_pair(at + 4),
                                        hex_pair(at + 6), hex_pair(at + 9), hex_pair(at + 11)};
    if ((pairs[0] | pairs[1] | pairs[2] | pairs[3] | pairs[4] | pairs[5]) >= no_pair) return nullptr;
    endpoint.family = Family::inet;
    endpoint.bytes = {static_cast<std::uint8_t>(pairs[0]), static_cast<std::uint8_t>(pairs[1]),
                      static_cast<std::uint8_t>(pairs[2]), static_cast<std::uint8_t>(pairs[3])};
    endpoint.port = static_cast<std::uint16_t>(pairs[4] << 8 | pairs[5]);
    return at + width;
}

/// "fd00:0000:0000:0000:0000:0000:0000:0001 0050". The place after it, or null.
const char* read_ipv6_endpoint(const char* at, const char* end, Endpoint& endpoint) {
    constexpr std::ptrdiff_t group = 5;  // four digits, and a colon or the blank
    constexpr std::ptrdiff_t port = 8 * group;
    if (end - at < port + 4) return nullptr;
    unsigned all = 0;
    endpoint.family = Family::inet6;
    for (std::ptrdiff_t i = 0; i < 8; ++i) {
        const char* const digits = at + i * group;
        if (digits[4] != (i < 7 ? ':' : ' ')) return nullptr;
        for (std::ptrdiff_t half = 0; half < 2; ++half) {
            const unsigned pair = hex_pair(digits + 2 * half);
            all |= pair;
            endpoint.bytes[static_cast<std::size_t>(2 * i + half)] = static_cast<std::uint8_t>(pair);
        }
    }
    const unsigned high = hex_pair(at + port);
    const unsigned low = hex_pair(at + port + 2);
    endpoint.port = static_cast<std::uint16_t>(high << 8 | low);
    return (all | high | low) < no_pair ? at + port + 4 : nullptr;
}

constexpr std::size_t number_width = 7;
constexpr std::uint64_t most_seconds = 0xffffffff;

/// The number in the last seven of eight columns, of which the first is blank. All columns at once, because a loop that
/// ends here and there is guessed wrong by the processor as often as not.
std::optional<std::uint32_t> number_in_columns(const char* columns) {
    static_assert(number_width == 7);
    constexpr std::uint64_t in_all = 0x0101010101010101;
    std::uint64_t text = 0;
    std::memcpy(&text, columns, sizeof text);
    // The first column is to be the lowest byte.
    if constexpr (std::endian::native == std::endian::big) text = __builtin_bswap64(text);
    const int first = std::countr_zero(text ^ in_all * ' ') / 8 * 8;
    if (first == 64) return std::nullopt;
    const std::uint64_t digits = (text ^ in_all * '0') >> first << first;
    if (((digits | (digits + in_all * 6)) & in_all * 0xf0) != 0) return std::nullopt;
    if (first < 56 && (digits >> first & 0xff) == 0) return std::nullopt;
    const std::uint64_t pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
    const std::uint64_t fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
    return static_cast<std::uint32_t>(fours * 10000 + (fours >> 32));
}

/// Walks along a line. After the first thing that is not as expected, `good` stays false.
class Cursor {
public:
    explicit Cursor(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool finished() const { return at_ == end_; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] std::string_view rest() const { return {at_, left()}; }
    void fail() { good_ = false; }

    void blank() {
        if (at_ == end_ || *at_ != ' ') return fail();
        ++at_;
    }

    /// Everything up to the next blank or the end, at least one character.
    std::string_view word() {
        const char* begin = at_;
        while (at_ != end_ && *at_ != ' ') ++at_;
        if (at_ == begin) fail();
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }

    /// What fills a column, up to the blanks that end it, or a longer word. Blanks within are left to whoever knows the
    /// words.
    std::string_view column(std::size_t width) {
        if (left() <= width || at_[width] != ' ') {
            const std::string_view text = word();
            if (text.size() < width) fail();
            return text;
        }
        std::size_t length = width;
        while (length > 0 && at_[length - 1] == ' ') --length;
        const std::string_view text(at_, length);
        at_ += width;
        return text;
    }

    void endpoint(Endpoint& endpoint) {
        const bool ipv4 = left() > ipv4_digits && at_[ipv4_digits] == ' ';
        const char* next = ipv4 ? read_ipv4_endpoint(at_, end_, endpoint) : read_ipv6_endpoint(at_, end_, endpoint);
        if (next == nullptr) return fail();
        at_ = next;
    }

    /// A decimal number right in its columns, filled with blanks and not with zeros, or a longer one. A blank has been
    /// seen in front of it.
    std::uint32_t number() {
        constexpr std::size_t width = number_width;
        if (left() == width || (left() > width && at_[width] == ' ')) {
            const auto value = number_in_columns(at_ - 1);
            at_ += width;
            if (!value) fail();
            return value.value_or(0);
        }
        const std::string_view digits = rest().substr(0, rest().find(' '));
        std::uint64_t value = 0;
        for (const char c : digits) {
            if (c < '0' || c > '9' || value > most_seconds) return fail(), 0;
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        if (digits.size() < width || digits.front() == '0' || value > most_seconds) fail();
        at_ += digits.size();
        return static_cast<std::uint32_t>(value);
    }

private:
    const char* at_;
    const char* end_;
    bool good_ = true;
};

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= ' ' && byte != 0x7f;
    });
}

constexpr std::size_t protocol_width = 3;
constexpr std::size_t state_width = 11;
constexpr std::size_t origin_width = 6;

Origin origin_of(std::string_view word) {
    if (word == "LOCAL") return Origin::local;
    return word == "SYNC" ? Origin::synced : Origin::unsaid;
}

}  // namespace

bool is_protocol(std::string_view word) {
    if (word == "TCP" || word == "UDP") return true;
    if (!word.starts_with("IP_")) return is_any_of(word, {"SCTP", "IP", "ICMP", "ICMPv6"});
    const std::string_view digits = word.substr(3);
    return !digits.empty() && digits.size() <= 5 && base::all_digits(digits);
}

bool is_state(std::string_view word) {
    if (word == "ESTABLISHED") return true;
    switch (word.empty() ? '\0' : word.front()) {
        case 'A':
            return word == "ASSURED";
        case 'B':
            return word == "BUG!";
        case 'C':
            return is_any_of(word,
                             {"CLOSE", "CLOSE_WAIT", "CLOSED", "C-SENT", "C-REPLIED", "C-WAIT", "C-ECHOED", "COOKIE"});
        case 'E':
            return is_any_of(word, {"ERR!", "ECHO_CLI", "ECHO_SER"});
        case 'F':
            return word == "FIN_WAIT";
        case 'I':
            return is_any_of(word, {"INIT", "INIT1", "INIT_CLI", "INIT_SER", "INIT_ACK_CLI", "INIT_ACK_SER"});
        case 'L':
            return is_any_of(word, {"LAST_ACK", "LISTEN"});
        case 'N':
            return word == "NONE";
        case 'R':
            return word == "REJECTED";
        case 'S':
            return is_any_of(word, {"SYN_SENT", "SYN_RECV", "SYNACK", "S-SENT", "S-RECEIVED", "S-ACK-SENT", "SHUT_CLI",
                                    "SHUT_SER", "SHUT_ACK_CLI", "SHUT_ACK_SER"});
        case 'T':
            return word == "TIME_WAIT";
        case 'U':
            return word == "UDP";
        default:
            return false;
    }
}

std::optional<std::uint32_t> template_mark(const Connection& connection) {
    if (connection.protocol != "IP" || connection.service.port != 0) return std::nullopt;
    const auto& bytes = connection.service.bytes;
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U |
           std::uint32_t{bytes[3]};
}

bool is_title(std::string_view line) {
    // Titles hold no digit, so one that a connection was spliced to does not pass.
    return line.starts_with("Pro FromIP") && line.find_first_of("0123456789") == std::string_view::npos;
}

bool parse_connection(std::string_view line, Connection& connection) {
    Cursor cursor(line);
    connection.protocol = cursor.column(protocol_width);
    cursor.blank();
    if (!cursor.good() || !is_protocol(connection.protocol)) return false;
    for (Endpoint* endpoint : {&connection.client, &connection.service, &connection.destination}) {
        cursor.endpoint(*endpoint);
        cursor.blank();
    }
    connection.state = cursor.column(state_width);
    cursor.blank();
    if (!cursor.good() || !is_state(connection.state)) return false;
    connection.origin = Origin::unsaid;
    if (cursor.rest().starts_with("LOCAL ") || cursor.rest().starts_with("SYNC ")) {
        connection.origin = origin_of(cursor.column(origin_width));
        if (connection.origin == Origin::unsaid) return false;
        cursor.blank();
    }
    connection.expires = cursor.number();
    connection.engine = {};
    connection.engine_data = {};
    if (cursor.good() && !cursor.finished()) {
        cursor.blank();
        connection.engine = cursor.word();
        cursor.blank();
        connection.engine_data = cursor.rest();
        if (connection.engine_data.empty() || connection.engine.size() > 16 || !is_printable(connection.engine) ||
            !is_printable(connection.engine_data)) {
            cursor.fail();
        }
    }
    return cursor.good() && connection.client.family == connection.service.family;
}

std::optional<Connection> parse_connection(std::string_view line) {
    // One result that every way out returns is made where the caller wants it, without a copy.
    std::optional<Connection> result(std::in_place);
    if (!parse_connection(line, *result)) result.reset();
    return result;
}

void LineCutter::hold(std::string_view part) {
    const std::size_t room = longest_line + 1 - std::min(held_.size(), longest_line + 1);
    if (part.size() > room) {
        overflowed_ = true;
        part = part.substr(0, room);
    }
    held_ += part;
}

}  // namespace lbctl::procfs
