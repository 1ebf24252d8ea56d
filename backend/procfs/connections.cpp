#include "backend/procfs/connections.h"

#include <algorithm>
#include <initializer_list>

namespace lbctl::procfs {

namespace {

/// More than two digits can be worth, so that whatever it is combined with shows it.
constexpr std::uint16_t no_digit = 0x100;

constexpr std::array<std::uint16_t, 256> hex_values = [] {
    std::array<std::uint16_t, 256> values{};
    values.fill(no_digit);
    for (std::uint16_t i = 0; i < 10; ++i) values.at(static_cast<std::size_t>('0') + i) = i;
    for (std::uint16_t i = 0; i < 6; ++i) {
        values.at(static_cast<std::size_t>('a') + i) = static_cast<std::uint16_t>(10 + i);
        values.at(static_cast<std::size_t>('A') + i) = static_cast<std::uint16_t>(10 + i);
    }
    return values;
}();

/// Two digits; no_digit or more when one of them is none.
unsigned hex_pair(const char* digits) {
    return static_cast<unsigned>(hex_values[static_cast<unsigned char>(digits[0])] << 4 |
                                 hex_values[static_cast<unsigned char>(digits[1])]);
}

constexpr std::size_t ipv4_digits = 8;

/// "0A000001 0050", of which the blank has been seen. The place behind it, or null.
const char* read_ipv4_endpoint(const char* at, const char* end, Endpoint& endpoint) {
    constexpr std::ptrdiff_t width = 13;
    if (end - at < width) return nullptr;
    const std::array<unsigned, 6> pairs{hex_pair(at),     hex_pair(at + 2), hex_pair(at + 4),
                                        hex_pair(at + 6), hex_pair(at + 9), hex_pair(at + 11)};
    if ((pairs[0] | pairs[1] | pairs[2] | pairs[3] | pairs[4] | pairs[5]) >= no_digit) return nullptr;
    endpoint.family = Family::inet;
    endpoint.bytes = {static_cast<std::uint8_t>(pairs[0]), static_cast<std::uint8_t>(pairs[1]),
                      static_cast<std::uint8_t>(pairs[2]), static_cast<std::uint8_t>(pairs[3])};
    endpoint.port = static_cast<std::uint16_t>(pairs[4] << 8 | pairs[5]);
    return at + width;
}

/// "fd00:0000:0000:0000:0000:0000:0000:0001 0050". The place behind it, or null.
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
    return (all | high | low) < no_digit ? at + port + 4 : nullptr;
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

    /// A decimal number right in `width` columns, filled with blanks and not with zeros.
    std::uint32_t number(std::size_t width) {
        const char* begin = at_;
        while (at_ != end_ && *at_ == ' ') ++at_;
        const char* digits = at_;
        std::uint64_t value = 0;
        while (at_ != end_ && *at_ >= '0' && *at_ <= '9' && value <= 0xffffffff) {
            value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
        }
        const auto taken = static_cast<std::size_t>(at_ - begin);
        const auto count = static_cast<std::size_t>(at_ - digits);
        if (count == 0 || taken != std::max(width, count) || (count > 1 && *digits == '0') || value > 0xffffffff)
            fail();
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
constexpr std::size_t expires_width = 7;

Origin origin_of(std::string_view word) {
    if (word == "LOCAL") return Origin::local;
    return word == "SYNC" ? Origin::synced : Origin::unsaid;
}

}  // namespace

bool is_protocol(std::string_view word) {
    if (word == "TCP" || word == "UDP") return true;
    if (!word.starts_with("IP_")) return is_any_of(word, {"SCTP", "IP", "ICMP", "ICMPv6"});
    const std::string_view digits = word.substr(3);
    return !digits.empty() && digits.size() <= 5 &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
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
    connection.expires = cursor.number(expires_width);
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
