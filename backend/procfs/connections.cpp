#include "backend/procfs/connections.h"

#include <algorithm>
#include <initializer_list>

namespace lbctl::procfs {

namespace {

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0') + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i) {
        values[static_cast<std::size_t>('a') + i] = static_cast<std::uint8_t>(10 + i);
        values[static_cast<std::size_t>('A') + i] = static_cast<std::uint8_t>(10 + i);
    }
    return values;
}();

std::uint8_t hex(char digit) {
    return hex_values[static_cast<unsigned char>(digit)];
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

    /// A word and the blanks that fill its column.
    std::string_view column(std::size_t width) {
        const std::string_view text = word();
        for (std::size_t i = text.size(); i < width; ++i) blank();
        return text;
    }

    Endpoint endpoint() {
        Endpoint endpoint;
        if (left() > 8 && at_[8] == ' ') {
            bytes(endpoint.bytes.data(), 4);
        } else {
            endpoint.family = Family::inet6;
            for (std::size_t i = 0; i < 16 && good_; i += 2) {
                if (i != 0) colon();
                bytes(endpoint.bytes.data() + i, 2);
            }
        }
        blank();
        std::array<std::uint8_t, 2> port{};
        bytes(port.data(), 2);
        endpoint.port = static_cast<std::uint16_t>(port[0] << 8 | port[1]);
        return endpoint;
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
    void colon() {
        if (at_ == end_ || *at_ != ':') return fail();
        ++at_;
    }

    void bytes(std::uint8_t* out, std::size_t count) {
        if (left() < 2 * count) return fail();
        unsigned wrong = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const unsigned high = hex(at_[2 * i]);
            const unsigned low = hex(at_[2 * i + 1]);
            wrong |= high | low;
            out[i] = static_cast<std::uint8_t>(high << 4 | low);
        }
        if (wrong > 0xf) return fail();
        at_ += 2 * count;
    }

    const char* at_;
    const char* end_;
    bool good_ = true;
};

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_protocol(std::string_view word) {
    if (word == "TCP" || word == "UDP") return true;
    if (!word.starts_with("IP_")) return is_any_of(word, {"SCTP", "IP", "ICMP", "ICMPv6"});
    const std::string_view digits = word.substr(3);
    return !digits.empty() && digits.size() <= 5 &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The states of Linux 6.1, and the SCTP states of kernels before 3.13.
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

}  // namespace

bool is_title(std::string_view line) {
    // Titles hold no digit, so one that a connection was spliced to does not pass.
    return line.starts_with("Pro FromIP") && line.find_first_of("0123456789") == std::string_view::npos;
}

std::optional<Connection> parse_connection(std::string_view line) {
    Cursor cursor(line);
    Connection connection;
    connection.protocol = cursor.column(protocol_width);
    cursor.blank();
    if (!cursor.good() || !is_protocol(connection.protocol)) return std::nullopt;
    connection.client = cursor.endpoint();
    cursor.blank();
    connection.service = cursor.endpoint();
    cursor.blank();
    connection.destination = cursor.endpoint();
    cursor.blank();
    connection.state = cursor.column(state_width);
    cursor.blank();
    if (!cursor.good() || !is_state(connection.state)) return std::nullopt;
    if (cursor.rest().starts_with("LOCAL ") || cursor.rest().starts_with("SYNC ")) {
        connection.origin = cursor.column(origin_width) == "SYNC" ? Origin::synced : Origin::local;
        cursor.blank();
    }
    connection.expires = cursor.number(expires_width);
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
    if (!cursor.good() || connection.client.family != connection.service.family) return std::nullopt;
    return connection;
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
