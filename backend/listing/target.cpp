#include "backend/listing/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backend/ipvsadm/port_name.h"
#include "backend/listing/text.h"
#include "backend/table/names.h"
#include "grammar/base/ascii.h"
#include "grammar/base/number.h"

namespace lbctl::listing {

namespace {

constexpr std::string_view how_to_write =
    "write ADDRESS, ADDRESS/BITS, ADDRESS:PORT, [IPV6]:PORT, :PORT or fwmark:N; * and ? stand for any text and any "
    "character, and names of ports are those of /etc/services";

bool has_glob(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
}

/// Takes the word off the front of a text in small letters, with a colon or blanks after it.
bool take_word(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word) || text.size() == word.size()) return false;
    const char after = text[word.size()];
    if (after != ':' && after != ' ') return false;
    text.remove_prefix(word.size() + 1);
    while (text.starts_with(' ')) text.remove_prefix(1);
    return true;
}

bool same_bits(const std::array<std::uint8_t, 16>& one, const std::array<std::uint8_t, 16>& other, int bits) {
    std::size_t i = 0;
    for (; bits >= 8; bits -= 8, ++i) {
        if (one[i] != other[i]) return false;
    }
    return bits == 0 || (one[i] ^ other[i]) >> (8 - bits) == 0;
}

int bits_of(Family family) {
    return family == Family::inet ? 32 : 128;
}

/// An address with bits after its prefix is no network.
bool has_bits_after(const std::array<std::uint8_t, 16>& bytes, int prefix, int most) {
    for (int bit = prefix; bit < most; ++bit) {
        const unsigned byte = bytes[static_cast<std::size_t>(bit / 8)];
        if ((byte >> (7 - bit % 8) & 1U) != 0) return true;
    }
    return false;
}

/// Where the port of an address begins, after its colon; npos without one. IPv6 addresses have brackets then.
std::size_t begin_of_port(std::string_view text) {
    const std::size_t close = text.find(']');
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::string_view::npos;
    if (close != std::string_view::npos) return colon > close ? colon + 1 : std::string_view::npos;
    return text.find(':') == colon ? colon + 1 : std::string_view::npos;
}

std::string_view without_brackets(std::string_view text) {
    return text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text;
}

/// The pattern with addresses as lbctl writes them, and numbers for names of ports.
std::string usual_pattern(std::string_view text, std::optional<table::Protocol> protocol) {
    std::string_view host = text;
    std::string port;
    if (const std::size_t begin = begin_of_port(text); begin != std::string_view::npos) {
        host = text.substr(0, begin - 1);
        port = text.substr(begin);
        if (const auto number = ipvsadm::read_port(port, protocol)) port = std::to_string(*number);
    }
    const auto address = IpAddress::parse(without_brackets(host));
    if (port.empty()) return address ? address->to_string() : std::string(without_brackets(host));
    const bool brackets = address && address->family() == Family::inet6;
    return fmt::format("{}:{}", address ? (brackets ? "[" + address->to_string() + "]" : address->to_string()) : host,
                       port);
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t star = std::string_view::npos;  // the last * that was met, and how much of the text it has taken
    std::size_t taken = 0;
    while (in < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            taken = in;
        } else if (at < pattern.size() && (pattern[at] == '?' || base::lower(pattern[at]) == base::lower(text[in]))) {
            ++at;
            ++in;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            in = ++taken;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

std::optional<DottedPattern> DottedPattern::from(std::string_view pattern) {
    DottedPattern dotted;
    const std::size_t colon = pattern.find(':');
    std::string_view host = pattern.substr(0, colon);
    if (colon != std::string_view::npos) {
        const std::string_view port = pattern.substr(colon + 1);
        dotted.has_port_ = true;
        dotted.port_ = base::whole_number<std::uint16_t>(port);
        if (!dotted.port_ && port != "*") return std::nullopt;
    }
    for (std::size_t known = 0; known < dotted.numbers_.size(); ++known) {
        const bool is_fourth = known + 1 == dotted.numbers_.size();
        const std::size_t dot = host.find('.');
        if (is_fourth != (dot == std::string_view::npos)) {
            // A * at the end stands for the numbers that are not written, too.
            if (is_fourth || host != "*") return std::nullopt;
            for (; known < dotted.numbers_.size(); ++known) dotted.numbers_[known].set();
            return dotted;
        }
        // With three dots nothing else can stand for one: there are no more of them in an address.
        const std::string_view part = host.substr(0, dot);
        if (!base::all_digits(part) && std::ranges::count(pattern, '.') != 3) return std::nullopt;
        for (std::size_t number = 0; number < 256; ++number)
            dotted.numbers_[known][number] = glob_matches(part, std::to_string(number));
        if (!is_fourth) host.remove_prefix(dot + 1);
    }
    return dotted;
}

std::optional<bool> DottedPattern::names(std::span<const std::uint8_t, 4> address, std::uint16_t port) const {
    for (std::size_t i = 0; i < 3; ++i) {
        if (!numbers_[i][address[i]]) return false;
    }
    const bool is_named = numbers_[3][address[3]];
    if (has_port_) return is_named && (!port_ || *port_ == port);
    // What is no number of an address may be one with a port.
    return is_named ? std::optional(true) : std::nullopt;
}

Result<Target> Target::parse(std::string_view word) {
    const auto refused = [word](std::string_view what) {
        return failure(fmt::format("`{}' {}", word, what), std::string(how_to_write));
    };
    const std::string small = base::lower(word);
    std::string_view text = small;
    // Names of services(5) are told apart by their capital letters.
    const auto as_written = [&](std::string_view part) {
        return word.substr(static_cast<std::size_t>(part.data() - small.data()), part.size());
    };
    Target target;
    for (const auto protocol : {table::Protocol::tcp, table::Protocol::udp, table::Protocol::sctp}) {
        if (!take_word(text, base::lower(to_string(protocol)))) continue;
        target.protocol_ = protocol;
        break;
    }
    const bool is_number = !text.empty() && base::all_digits(text);
    if (!target.protocol_ && (take_word(text, "fwmark") || take_word(text, "fwm") || is_number)) {
        target.kind_ = Kind::mark;
        if (constexpr std::string_view inet6 = " ipv6"; text.ends_with(inet6)) {
            target.mark_family_ = Family::inet6;
            text.remove_suffix(inet6.size());
        }
        if (has_glob(text)) {
            target.pattern_ = text;
            return target;
        }
        const bool hexadecimal = text.starts_with("0x");
        target.number_ = base::whole_number<std::uint32_t>(hexadecimal ? text.substr(2) : text, hexadecimal ? 16 : 10);
        if (!target.number_) return refused("is no firewall mark");
        return target;
    }
    if (has_glob(text)) {
        target.pattern_ = usual_pattern(text, target.protocol_);
        target.dotted_ = DottedPattern::from(target.pattern_);
        return target;
    }
    std::string_view host = text;
    if (const std::size_t begin = begin_of_port(text); begin != std::string_view::npos) {
        host = text.substr(0, begin - 1);
        target.port_ = ipvsadm::read_port(as_written(text.substr(begin)), target.protocol_);
        if (!target.port_) return refused("is no address");
        if (host.empty()) {
            target.kind_ = Kind::any_address;
            return target;
        }
    }
    host = without_brackets(host);
    const std::size_t slash = host.find('/');
    // [fd00::]/64 is written, too.
    const auto address = IpAddress::parse(without_brackets(host.substr(0, slash)));
    if (!address) return refused("is no address");
    target.kind_ = Kind::network;
    target.family_ = address->family();
    target.bytes_ = address->padded_bytes();
    const int most = bits_of(target.family_);
    target.prefix_ = most;
    if (slash != std::string_view::npos) {
        const auto bits = base::whole_number<int>(host.substr(slash + 1));
        if (!bits || *bits < 0 || *bits > most || has_bits_after(target.bytes_, *bits, most)) {
            return failure(fmt::format("`{}' is no network: it has bits after its prefix, or too long a prefix", word),
                           "write the network's first address, such as 10.0.4.0/24");
        }
        target.prefix_ = *bits;
    }
    return target;
}

bool Target::names(Family family, const std::array<std::uint8_t, 16>& bytes, std::uint16_t port) const {
    switch (kind_) {
        case Kind::network:
            return (!port_ || *port_ == port) && family_ == family && same_bits(bytes_, bytes, prefix_);
        case Kind::any_address:
            return *port_ == port;
        case Kind::mark:
            return false;
        case Kind::pattern:
            break;
    }
    if (pattern_ == "*") return true;
    if (dotted_ && family == Family::inet) {
        if (const auto is_named = dotted_->names(std::span(bytes).first<4>(), port)) return *is_named;
    }
    std::array<char, text::longest_endpoint + text::spill> memory;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto as_text = [&memory](const char* end) {
        return std::string_view(memory.data(), static_cast<std::size_t>(end - memory.data()));
    };
    return glob_matches(pattern_, as_text(text::put_endpoint(memory.data(), family, bytes, port))) ||
           glob_matches(pattern_, as_text(text::put_address(memory.data(), family, bytes)));
}

bool Target::names(const table::DestinationKey& destination) const {
    return names(destination.address.family(), destination.address.padded_bytes(), destination.port);
}

bool Target::names(const table::ServiceKey& service) const {
    if (const auto* fwmark = std::get_if<table::FwmarkKey>(&service)) {
        if (kind_ == Kind::mark) {
            return (!mark_family_ || *mark_family_ == fwmark->family) && names_mark(fwmark->mark);
        }
        return kind_ == Kind::pattern && !protocol_ &&
               (glob_matches(pattern_, table::to_string(service)) || names_mark(fwmark->mark));
    }
    const auto& address = std::get<table::AddressKey>(service);
    if (protocol_ && *protocol_ != address.protocol) return false;
    if (names(address.address.family(), address.address.padded_bytes(), address.port)) return true;
    return kind_ == Kind::pattern && !protocol_ && glob_matches(pattern_, table::to_string(service));
}

bool Target::names_mark(std::uint32_t mark) const {
    if (number_) return *number_ == mark;
    const bool has_pattern = kind_ == Kind::mark || (kind_ == Kind::pattern && !protocol_);
    return has_pattern && glob_matches(pattern_, std::to_string(mark));
}

std::optional<IpAddress> Target::address() const {
    if (kind_ != Kind::network || port_ || prefix_ != bits_of(family_)) return std::nullopt;
    return IpAddress::from_bytes(family_, bytes_);
}

Result<std::vector<Target>> parse_targets(std::span<const std::string> words) {
    std::vector<Target> targets;
    targets.reserve(words.size());
    for (const std::string& word : words) {
        auto target = Target::parse(word);
        if (!target) return tl::make_unexpected(target.error());
        targets.push_back(*std::move(target));
    }
    return targets;
}

}  // namespace lbctl::listing
