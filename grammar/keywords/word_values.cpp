#include "grammar/keywords/word_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

#include "grammar/base/ascii.h"

namespace lbctl::keywords {
namespace {

/// As isspace(3) in the C locale, which strtol(3) passes over.
bool is_white_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view without_leading_blanks(std::string_view text) {
    while (!text.empty() && is_white_space(text.front())) text.remove_prefix(1);
    return text;
}

}  // namespace

namespace notation {

ScannedNumber scan_number(std::string_view text, bool c_notation) {
    ScannedNumber number;
    constexpr std::size_t safe_digits = 18;  // no number of so many digits needs more than 64 bits
    if (!c_notation && !text.empty() && text.size() <= safe_digits && base::all_digits(text)) {
        for (const char c : text) number.value = number.value * 10 + (c - '0');
        number.digits_only = true;
        return number;
    }
    text = without_leading_blanks(text);
    if (text.empty()) {
        number.digits_only = true;  // strtol() finds nothing and leaves nothing
        return number;
    }
    number.negative = text.starts_with('-');
    if (number.negative || text.starts_with('+')) text.remove_prefix(1);
    int base = 10;
    if (c_notation && (text.starts_with("0x") || text.starts_with("0X"))) {
        text.remove_prefix(2);
        base = 16;
    } else if (c_notation && text.size() > 1 && text.starts_with('0')) {
        base = 8;
    }
    std::uint64_t magnitude = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
    if (error == std::errc::invalid_argument) return number;
    number.digits_only = rest == text.data() + text.size();
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    number.overflow = error == std::errc::result_out_of_range || magnitude > most;
    const auto value = static_cast<std::int64_t>(std::min(magnitude, most));
    number.value = number.negative ? -value : value;
    return number;
}

namespace {

ReadWord refused(MismatchKind kind) {
    return {std::nullopt, kind};
}

ReadWord read_integer(const Atom& atom, std::string_view word) {
    const ScannedNumber number = scan_number(word, atom.type->reading == Reading::c_number);
    const bool is_signed = atom.low && *atom.low < 0;
    // The order of the checks is keepalived's.
    if (number.negative && !is_signed) return refused(MismatchKind::negative);
    if (!number.digits_only) return refused(MismatchKind::not_a_number);
    const auto low = is_signed ? std::int64_t{std::numeric_limits<std::int32_t>::min()} : std::int64_t{0};
    const auto high = is_signed ? std::int64_t{std::numeric_limits<std::int32_t>::max()}
                                : std::int64_t{std::numeric_limits<std::uint32_t>::max()};
    const bool fits = !number.overflow && number.value >= std::max(low, atom.low.value_or(low)) &&
                      number.value <= std::min(high, atom.high.value_or(high));
    if (!fits) return refused(MismatchKind::out_of_range);
    return {Value{number.value}, std::nullopt};
}

ReadWord read_wide_integer(std::string_view word) {
    const std::string_view digits = without_leading_blanks(word);
    if (digits.starts_with('-')) return refused(MismatchKind::negative);
    const ScannedNumber number = scan_number(word, false);
    if (!number.digits_only) return refused(MismatchKind::not_a_number);
    if (!number.overflow) return {Value{number.value}, std::nullopt};
    std::uint64_t wide = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), wide);
    if (error != std::errc{}) return refused(MismatchKind::out_of_range);
    return {Value{digits}, std::nullopt};  // more than a Value's number holds
}

ReadWord read_decimal(const Atom& atom, std::string_view word) {
    if (word.starts_with('-')) return refused(MismatchKind::negative);
    bool too_precise = false;
    const auto decimal = parse_decimal(word, atom.type->digits, &too_precise);
    if (!decimal) {
        const std::string_view digits = without_leading_blanks(word);
        const bool number = !digits.empty() && std::ranges::count(digits, '.') <= 1 &&
                            std::ranges::all_of(digits, [](char c) { return base::is_digit(c) || c == '.'; });
        return refused(number ? MismatchKind::out_of_range : MismatchKind::not_a_number);
    }
    if ((atom.low && decimal->units < *atom.low) || (atom.high && decimal->units > *atom.high)) {
        return refused(MismatchKind::out_of_range);
    }
    ReadWord read{Value{*decimal}, std::nullopt};
    if (too_precise) read.problem = MismatchKind::too_precise;
    return read;
}

bool is_of(const Type& type, Family family) {
    return type.families == Families::both || (type.families == Families::inet) == (family == Family::inet);
}

bool is_multicast(const IpAddress& address) {
    const std::uint8_t first = address.bytes().front();
    return address.family() == Family::inet ? (first & 0xf0U) == 0xe0U : first == 0xffU;
}

ReadWord read_address(const Atom& atom, std::string_view word) {
    std::string_view text = word;
    auto address = IpAddress::parse(word);
    if (!address && atom.type->reading != Reading::exact_address) {
        std::size_t cut = word.find('-');
        if (cut == std::string_view::npos) cut = word.find('/');
        text = word.substr(0, cut);
        // keepalived looks for the colon in the whole word.
        if (text.find(':') == std::string_view::npos && word.find(':') != std::string_view::npos) {
            return refused(MismatchKind::bad_address);
        }
        address = IpAddress::parse(text);
    }
    if (!address || !is_of(*atom.type, address->family())) return refused(MismatchKind::bad_address);
    if (atom.type->reading == Reading::multicast && !is_multicast(*address)) {
        return refused(MismatchKind::bad_address);
    }
    ReadWord read{Value{*address}, std::nullopt};
    if (text.size() != word.size()) read.problem = MismatchKind::ignored_suffix;
    return read;
}

ReadWord read_network(std::string_view word) {
    const std::size_t slash = word.find('/');
    const auto address = IpAddress::parse(word.substr(0, slash));
    if (!address) return refused(MismatchKind::bad_address);
    Network network{*address, address->family() == Family::inet ? 32 : 128, slash != std::string_view::npos};
    if (network.has_prefix) {
        const ScannedNumber prefix = scan_number(word.substr(slash + 1), false);
        if (prefix.negative) return refused(MismatchKind::negative);
        if (!prefix.digits_only) return refused(MismatchKind::not_a_number);
        if (prefix.overflow || prefix.value > network.prefix) return refused(MismatchKind::out_of_range);
        network.prefix = static_cast<int>(prefix.value);
    }
    return {Value{network}, std::nullopt};
}

/// An address range, or in `fault` why it is none.
std::optional<AddressRange> parse_address_range(std::string_view word, std::string& fault) {
    const std::size_t slash = word.find('/');
    const std::size_t dash = word.find('-');
    const std::size_t cut = std::min(slash, dash);
    const auto first = IpAddress::parse(word.substr(0, cut));
    if (!first) {
        fault = fmt::format("`{}' is not an IP address", word.substr(0, cut));
        return std::nullopt;
    }
    AddressRange range{*first, *first, AddressRange::Form::single};
    if (cut == std::string_view::npos) return range;
    const std::string_view rest = word.substr(cut + 1);
    const bool is_v4 = first->family() == Family::inet;
    const int length = is_v4 ? 32 : 128;
    std::array<std::uint8_t, 16> last{};
    std::ranges::copy(first->bytes(), last.begin());
    if (slash != std::string_view::npos) {
        const ScannedNumber prefix = scan_number(rest, false);
        if (rest.empty() || !prefix.digits_only || prefix.value < 1 || prefix.value > length) {
            fault = fmt::format("the prefix length must be 1-{}, not `{}'", length, rest);
            return std::nullopt;
        }
        for (auto bit = static_cast<int>(prefix.value); bit < length; ++bit) {
            const auto mask = static_cast<std::uint8_t>(0x80U >> static_cast<unsigned>(bit % 8));
            std::uint8_t& byte = last[static_cast<std::size_t>(bit / 8)];
            if ((byte & mask) != 0) {
                fault = fmt::format("`{}' has bits set behind its prefix of {}", word, prefix.value);
                return std::nullopt;
            }
            byte = static_cast<std::uint8_t>(byte | mask);
        }
        range.form = AddressRange::Form::network;
        range.last = IpAddress::from_bytes(first->family(), last);
        return range;
    }
    if (rest.find(is_v4 ? '.' : ':') != std::string_view::npos) {
        const auto end = IpAddress::parse(rest);
        if (!end || end->family() != first->family()) {
            fault = fmt::format("`{}' is not an {} address", rest, is_v4 ? "IPv4" : "IPv6");
            return std::nullopt;
        }
        if (!first->distance_to(*end)) {
            fault = fmt::format("the range `{}' ends before it begins", word);
            return std::nullopt;
        }
        range.form = AddressRange::Form::last_address;
        range.last = *end;
        return range;
    }
    unsigned part = 0;
    const auto [behind, error] = std::from_chars(rest.data(), rest.data() + rest.size(), part, is_v4 ? 10 : 16);
    if (error != std::errc{} || behind != rest.data() + rest.size() || part > (is_v4 ? 0xffU : 0xffffU)) {
        fault = fmt::format("the end of the range must be 0-{}, not `{}'", is_v4 ? "255" : "ffff", rest);
        return std::nullopt;
    }
    const unsigned start = is_v4 ? last[3] : static_cast<unsigned>(last[14]) << 8U | last[15];
    if (part <= start) {
        fault = fmt::format("the range `{}' does not end behind its beginning", word);
        return std::nullopt;
    }
    if (is_v4) {
        last[3] = static_cast<std::uint8_t>(part);
    } else {
        last[14] = static_cast<std::uint8_t>(part >> 8U);
        last[15] = static_cast<std::uint8_t>(part & 0xffU);
    }
    range.form = AddressRange::Form::last_part;
    range.last = IpAddress::from_bytes(first->family(), last);
    return range;
}

ReadWord read_address_range(std::string_view word) {
    std::string fault;
    const auto range = parse_address_range(word, fault);
    if (!range) return refused(MismatchKind::bad_address);
    return {Value{word}, std::nullopt};
}

bool is_hex_text(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, base::is_hex_digit);
}

/// Octets of two digits, or of one with a space or the end after it; a quoted word may have blanks between octets.
bool are_octets(std::string_view word, bool wildcards) {
    const auto fits = [wildcards](char c) { return base::is_hex_digit(c) || (wildcards && (c == 'x' || c == 'X')); };
    bool some = false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == ' ' || word[i] == '\t') continue;
        if (!fits(word[i])) return false;
        some = true;
        if (i + 1 == word.size() || word[i + 1] == ' ') continue;
        ++i;
        if (!fits(word[i])) return false;
    }
    return some;
}

/// Five or six octets of one or two digits; with five the virtual router id becomes the last.
bool is_mac(std::string_view word) {
    std::array<unsigned, 6> octets{};
    std::size_t count = 0;
    while (count < octets.size()) {
        const std::size_t colon = std::min(word.find(':'), word.size());
        const std::string_view part = word.substr(0, colon);
        if (part.empty() || part.size() > 2) return false;
        const auto [rest, error] = std::from_chars(part.data(), part.data() + part.size(), octets[count], 16);
        if (error != std::errc{} || rest != part.data() + part.size()) return false;
        ++count;
        if (colon == word.size()) {
            word = {};
            break;
        }
        word.remove_prefix(colon + 1);
        if (word.empty()) {
            if (count != 5) return false;
            break;
        }
    }
    const bool vrrp_range =
        octets[0] == 0 && octets[1] == 0 && octets[2] == 0x5e && octets[3] == 0 && (octets[4] == 1 || octets[4] == 2);
    return word.empty() && count >= 5 && (octets[0] & 1U) == 0 && !vrrp_range;
}

bool is_status(const Atom& atom, std::string_view word) {
    const std::size_t dash = word.find('-');
    const std::string_view low_text = word.substr(0, dash);
    const std::string_view high_text = dash == std::string_view::npos ? low_text : word.substr(dash + 1);
    if (low_text.empty() || high_text.empty() || !base::all_digits(low_text) || !base::all_digits(high_text))
        return false;
    const ScannedNumber low = scan_number(low_text, false);
    const ScannedNumber high = scan_number(high_text, false);
    return low.value >= *atom.low && high.value <= *atom.high && low.value <= high.value;
}

bool is_range(const Atom& atom, std::string_view word) {
    const std::size_t dash = word.find('-');
    if (dash == std::string_view::npos) return false;
    const std::string_view low = word.substr(0, dash);
    const std::string_view high = word.substr(dash + 1);
    if (low.empty() || high.empty() || !base::all_digits(low) || !base::all_digits(high)) return false;
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return scan_number(low, false).value <= atom.high.value_or(most) &&
           scan_number(high, false).value <= atom.high.value_or(most);
}

bool is_mark(std::string_view word) {
    const std::size_t slash = word.find('/');
    const auto fits = [](std::string_view part) {
        const ScannedNumber number = scan_number(part, true);
        return number.digits_only && !number.negative && !number.overflow &&
               number.value <= std::int64_t{std::numeric_limits<std::uint32_t>::max()};
    };
    return fits(word.substr(0, slash)) && (slash == std::string_view::npos || fits(word.substr(slash + 1)));
}

/// `low` of the atom is the least time in units of the kernel, which is 200 milliseconds.
ReadWord read_round_trip(const Atom& atom, std::string_view word) {
    constexpr std::int64_t least_ms = 200;
    const std::int64_t per_ms = atom.low.value_or(least_ms) / least_ms;
    std::string_view digits = without_leading_blanks(word);
    int decimals = 0;
    std::int64_t factor = 1;
    const std::size_t unit = digits.find_first_of("sS");
    if (unit != std::string_view::npos) {
        const std::string_view name = digits.substr(unit);
        if (name.size() > 1 && name != "sec" && name != "secs") return refused(MismatchKind::bad_value);
        digits = digits.substr(0, unit);
        if (digits.ends_with('m') || digits.ends_with('M')) {
            digits.remove_suffix(1);
        } else {
            decimals = 3;
        }
        factor = per_ms;
        if (digits.empty()) return refused(MismatchKind::bad_value);
    }
    if (digits.starts_with('-')) return refused(MismatchKind::negative);
    bool too_precise = false;
    const auto time = parse_decimal(digits, decimals, &too_precise);
    if (!time) return refused(MismatchKind::bad_value);
    const std::int64_t units = time->units * factor;
    if (units < atom.low.value_or(0) || (atom.high && units > *atom.high)) return refused(MismatchKind::out_of_range);
    ReadWord read{Value{word}, std::nullopt};
    if (too_precise) read.problem = MismatchKind::too_precise;
    return read;
}

bool is_hmac_key(std::string_view word) {
    constexpr std::size_t least = 32;
    constexpr std::size_t most = 64;
    if (word.starts_with("file:")) return true;
    if (!word.starts_with("hex:")) return word.size() >= least && word.size() <= most;
    const std::string_view digits = word.substr(4);
    const std::size_t octets = (digits.size() + 1) / 2;
    return is_hex_text(digits) && octets >= least && octets <= most;
}

bool is_umask(std::string_view word) {
    const auto bits = words_of("umask-bit");
    while (!word.empty()) {
        const std::size_t bar = std::min(word.find('|'), word.size());
        const std::string_view bit = word.substr(0, bar);
        if (!bit.empty() && std::ranges::none_of(bits, [bit](const ValueWord* known) { return known->word == bit; })) {
            return false;
        }
        word.remove_prefix(std::min(bar + 1, word.size()));
    }
    return true;
}

bool can_name_interface(const Atom& atom, std::string_view word) {
    if (word.empty() || word == "." || word == "..") return false;
    if (atom.high && word.size() > static_cast<std::size_t>(*atom.high)) return false;
    return word.find_first_of("/: \t\r\n\f\v") == std::string_view::npos;
}

/// eth0:1, which names an address of eth0 for ifconfig(8), and no interface. keepalived takes it for the name of one.
bool is_alias(const Atom& atom, std::string_view word) {
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == word.size()) return false;
    if (atom.high && word.size() > static_cast<std::size_t>(*atom.high)) return false;
    return can_name_interface(atom, word.substr(0, colon)) && can_name_interface(atom, word.substr(colon + 1));
}

ReadWord as_text(bool fits, std::string_view word, MismatchKind otherwise = MismatchKind::bad_value) {
    if (!fits) return refused(otherwise);
    return {Value{word}, std::nullopt};
}

}  // namespace

std::string address_range_fault(std::string_view word) {
    std::string fault;
    parse_address_range(word, fault);
    return fault;
}

ReadWord read_word(const Atom& atom, std::string_view word) {
    switch (atom.type->reading) {
        case Reading::integer:
        case Reading::c_number:
            return read_integer(atom, word);
        case Reading::wide_integer:
            return read_wide_integer(word);
        case Reading::decimal:
            return read_decimal(atom, word);
        case Reading::boolean: {
            const auto truth = parse_bool(word);
            return truth ? ReadWord{Value{*truth}, std::nullopt} : refused(MismatchKind::unknown_word);
        }
        case Reading::address:
        case Reading::exact_address:
        case Reading::multicast:
            return read_address(atom, word);
        case Reading::network:
            return read_network(word);
        case Reading::address_range:
            return read_address_range(word);
        case Reading::netmask: {
            const auto mask = IpAddress::parse(word);
            if (!mask || mask->family() != Family::inet) return refused(MismatchKind::bad_address);
            return {Value{*mask}, std::nullopt};
        }
        case Reading::hex:
            return as_text(are_octets(word, false), word);
        case Reading::hex_pattern:
            return as_text(are_octets(word, true), word);
        case Reading::md5:
            return as_text(word.size() == 32 && is_hex_text(word), word);
        case Reading::mac:
            return as_text(is_mac(word), word);
        case Reading::interface:
            if (is_alias(atom, word)) return {Value{word}, MismatchKind::impossible_name};
            return as_text(can_name_interface(atom, word), word);
        case Reading::label:
            return as_text(!atom.high || word.size() <= static_cast<std::size_t>(*atom.high), word);
        case Reading::status:
            return as_text(is_status(atom, word), word);
        case Reading::range:
            return as_text(is_range(atom, word), word);
        case Reading::mark:
            return as_text(is_mark(word), word);
        case Reading::round_trip:
            return read_round_trip(atom, word);
        case Reading::hmac_key:
            return as_text(is_hmac_key(word), word);
        case Reading::umask:
            return as_text(is_umask(word), word, MismatchKind::unknown_word);
        case Reading::dns_name:
            return as_text(word == "." || (!word.starts_with('.') && word.find("..") == std::string_view::npos), word);
        case Reading::dropped:
            return {Value{word}, MismatchKind::ignored_word};
        case Reading::text: {
            ReadWord read{Value{word}, std::nullopt};
            if (atom.high && word.size() > static_cast<std::size_t>(*atom.high)) read.problem = MismatchKind::too_long;
            return read;
        }
    }
    return refused(MismatchKind::bad_value);
}

}  // namespace notation

std::optional<AddressRange> AddressRange::parse(std::string_view word) {
    std::string fault;
    return notation::parse_address_range(word, fault);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    const notation::ScannedNumber number = notation::scan_number(text, false);
    if (!number.digits_only || number.overflow) return std::nullopt;
    return number.value;
}

std::optional<std::int64_t> parse_leading_integer(std::string_view text) {
    const notation::ScannedNumber number = notation::scan_number(text, false);
    if (number.overflow) return std::nullopt;
    return number.value;
}

std::optional<Decimal> parse_decimal(std::string_view text, int digits, bool* too_precise) {
    if (too_precise != nullptr) *too_precise = false;
    text = without_leading_blanks(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 10 - 1;
    Decimal decimal{0, digits};
    int decimals = -1;
    for (const char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (!base::is_digit(c)) return std::nullopt;
        if (decimals == digits) {
            // The first decimal too many rounds.
            decimal.units += c >= '5' ? 1 : 0;
            if (too_precise != nullptr) *too_precise = true;
            ++decimals;
            continue;
        }
        if (decimals > digits) continue;
        if (decimal.units > limit) return std::nullopt;
        decimal.units = decimal.units * 10 + (c - '0');
        if (decimals >= 0) ++decimals;
    }
    for (int i = std::max(decimals, 0); i < digits; ++i) {
        if (decimal.units > limit) return std::nullopt;
        decimal.units *= 10;
    }
    return decimal;
}

std::optional<bool> parse_bool(std::string_view text) {
    if (text == "true" || text == "on" || text == "yes") return true;
    if (text == "false" || text == "off" || text == "no") return false;
    return std::nullopt;
}

}  // namespace lbctl::keywords
