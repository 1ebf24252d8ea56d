#include "grammar/keywords/notation.h"

#include <fmt/format.h>

#include <boost/spirit/home/x3.hpp>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace lbctl::keywords::notation {
namespace {

constexpr std::int64_t max_uint = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t max_port = 65535;
constexpr std::int64_t max_name = 15;  // IFNAMSIZ - 1

using enum Reading;

constexpr Type types[] = {
    {.name = "INT", .reading = integer, .description = "a number"},
    {.name = "UINT", .reading = integer, .description = "a number", .low = 0, .high = max_uint},
    {.name = "CPU", .reading = integer, .description = "the number of a CPU", .low = 0},
    {.name = "PORT", .reading = integer, .description = "a port", .low = 1, .high = max_port},
    {.name = "UINT64", .reading = wide_integer, .description = "a number"},
    {.name = "NUMBER", .reading = c_number, .description = "a number"},
    {.name = "TIMER", .reading = decimal, .description = "a time in seconds", .digits = 6, .low = 0},
    {.name = "DEC3", .reading = decimal, .description = "a number with up to three decimals", .digits = 3, .low = 0},
    {.name = "BOOL", .reading = boolean, .description = "on or off"},
    {.name = "IPADDR", .reading = address, .description = "an IP address"},
    {.name = "IPADDR4", .reading = address, .description = "an IPv4 address", .families = Families::inet},
    {.name = "IPADDR6", .reading = address, .description = "an IPv6 address", .families = Families::inet6},
    {.name = "MCAST_IPADDR", .reading = multicast, .description = "a multicast address"},
    {.name = "MCAST_IPV4",
     .reading = multicast,
     .description = "an IPv4 multicast address",
     .families = Families::inet},
    {.name = "MCAST_IPV6",
     .reading = multicast,
     .description = "an IPv6 multicast address",
     .families = Families::inet6},
    {.name = "OWN_IPADDR", .reading = address, .description = "an IP address"},
    {.name = "EXACT_IPADDR", .reading = exact_address, .description = "an IP address"},
    {.name = "EXACT_IPADDR4", .reading = exact_address, .description = "an IPv4 address", .families = Families::inet},
    {.name = "IPADDR[/PREFIX]", .reading = network, .description = "an IP address"},
    {.name = "ADDRESS_RANGE", .reading = address_range, .description = "an IP address or a range of them"},
    {.name = "NETMASK", .reading = netmask, .description = "a netmask"},
    // Octets in hexadecimal, glued or as words of their own; with `x' for a half octet that may be anything.
    {.name = "HEX", .reading = hex, .description = "octets in hexadecimal"},
    {.name = "HEX_PATTERN", .reading = hex_pattern, .description = "octets in hexadecimal, with x for any half octet"},
    {.name = "MD5", .reading = md5, .description = "an MD5 sum of 32 hexadecimal digits"},
    {.name = "MACADDR", .reading = mac, .description = "a MAC address"},
    {.name = "IFNAME", .reading = interface, .description = "an interface", .high = max_name},
    {.name = "NEW_IFNAME", .reading = interface, .description = "an interface", .high = max_name},
    {.name = "LABEL", .reading = label, .description = "a label", .high = max_name},
    // 200 or 200-299
    {.name = "STATUS", .reading = status, .description = "a status code or a range of them", .low = 100, .high = 599},
    // 1000-2000, always both
    {.name = "RANGE", .reading = range, .description = "a range such as 1000-2000"},
    // 0x10 or 0x10/0xff
    {.name = "MARK", .reading = mark, .description = "a mark, or mark/mask"},
    // 300ms, 2s, 1.5s, or a number in the units of the kernel; 0.2 to 120 seconds
    {.name = "ROUND_TRIP", .reading = round_trip, .description = "a time such as 300ms or 2s"},
    // text, hex:DIGITS or file:PATH
    {.name = "HMAC_KEY", .reading = hmac_key, .description = "a key of 32 to 64 bytes", .secret = true},
    // IRUSR|IWUSR
    {.name = "UMASK", .reading = umask, .description = "permission bits such as IRUSR|IWUSR"},
    {.name = "MODE", .reading = c_number, .description = "permission bits in octal", .low = 0, .high = 0777},
    {.name = "DNS_NAME", .reading = dns_name, .description = "a domain name without empty labels"},
    {.name = "DROPPED", .reading = dropped, .description = "a word"},
    {.name = "STRING", .description = "a text"},
    {.name = "PASSWORD", .description = "a password", .secret = true},
    {.name = "NAME", .description = "a name"},
    {.name = "PATH", .description = "a path"},
    {.name = "FILE", .description = "a path"},
    {.name = "NEW_FILE", .description = "a path"},
    {.name = "DIRECTORY", .description = "a path"},
    {.name = "GLOB", .description = "a path, or a pattern for paths"},
    {.name = "SCRIPT", .description = "a command"},
    {.name = "REGEX", .description = "a regular expression"},
    {.name = "USER", .description = "a user"},
    {.name = "GROUP", .description = "a group"},
    {.name = "HOST", .description = "a host name or an IP address"},
    {.name = "EMAIL", .description = "an e-mail address"},
    {.name = "PARAM", .description = "a parameter"},
    {.name = "IFGROUP", .description = "a group of interfaces"},
    {.name = "NETNS", .description = "a network namespace"},
    {.name = "NFTABLE", .description = "a table of nftables"},
    {.name = "ROUTE_PROTOCOL", .description = "a routing protocol"},
    {.name = "CHAIN", .description = "a chain"},
    {.name = "IPSET", .description = "an ipset"},
    {.name = "TABLE", .description = "a table"},
    {.name = "PROTOCOL", .description = "a protocol"},
    {.name = "REALMS", .description = "a realm"},
    {.name = "DSFIELD", .description = "a DS field"},
    {.name = "MPLS", .description = "MPLS labels"},
    {.name = "LOCATOR", .description = "a locator"},
    {.name = "VRRP_INSTANCE", .description = "a vrrp_instance"},
    {.name = "VRRP_SCRIPT", .description = "a vrrp_script"},
    {.name = "TRACK_FILE", .description = "a track_file"},
    {.name = "TRACK_PROCESS", .description = "a vrrp_track_process"},
    {.name = "TRACK_GROUP", .description = "a track_group"},
    {.name = "BFD_INSTANCE", .description = "a bfd_instance"},
};

namespace x3 = boost::spirit::x3;

std::string_view text_of(const auto& range) {
    return {std::to_address(range.begin()), static_cast<std::size_t>(range.end() - range.begin())};
}

/// A limit in units of 10^-digits.
std::int64_t scaled(std::string_view text, int digits) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    std::int64_t units = 0;
    int decimals = -1;
    for (const char c : text) {
        if (c == '.') {
            decimals = 0;
            continue;
        }
        units = units * 10 + (c - '0');
        if (decimals >= 0) ++decimals;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < digits; ++i) units *= 10;
    return negative ? -units : units;
}

template <class Node>
Pattern wrapped(Pattern inner) {
    Node node;
    node.inner.push_back(std::move(inner));
    return {std::move(node)};
}

const auto set_sequence_item = [](auto& context) {
    if (x3::_val(context).node.index() != 0) x3::_val(context).node = Sequence{};
    std::get<Sequence>(x3::_val(context).node).items.push_back(std::move(x3::_attr(context)));
};
const auto add_way = [](auto& context) {
    if (!std::holds_alternative<Choice>(x3::_val(context).node)) x3::_val(context).node = Choice{};
    std::get<Choice>(x3::_val(context).node).ways.push_back(std::move(x3::_attr(context)));
};
const auto take = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
const auto make_optional = [](auto& context) { x3::_val(context) = wrapped<Optional>(std::move(x3::_attr(context))); };
const auto make_skipping = [](auto& context) { x3::_val(context) = wrapped<Skipping>(std::move(x3::_attr(context))); };
const auto now_optional = [](auto& context) { x3::_val(context) = wrapped<Optional>(std::move(x3::_val(context))); };
const auto now_repeat = [](auto& context) { x3::_val(context) = wrapped<Repeat>(std::move(x3::_val(context))); };
const auto add_word = [](auto& context) {
    if (!std::holds_alternative<OneOf>(x3::_val(context).node)) x3::_val(context).node = OneOf{};
    std::get<OneOf>(x3::_val(context).node).words.emplace_back(text_of(x3::_attr(context)));
};
const auto words_any_case = [](auto& context) { std::get<OneOf>(x3::_val(context).node).any_case = true; };
const auto set_set = [](auto& context) {
    SetWord node;
    node.set = text_of(x3::_attr(context));
    node.words = words_of(node.set);
    x3::_pass(context) = !node.words.empty();
    x3::_val(context).node = std::move(node);
};
const auto set_any_case = [](auto& context) { std::get<SetWord>(x3::_val(context).node).any_case = true; };
const auto set_literal = [](auto& context) {
    x3::_val(context).node = Literal{std::string(text_of(x3::_attr(context)))};
};
const auto set_type = [](auto& context) {
    const std::string_view name = text_of(x3::_attr(context));
    if (name == "END") {
        x3::_val(context).node = End{};
        return;
    }
    const Type* type = find_type(name);
    x3::_pass(context) = type != nullptr;
    if (type != nullptr) x3::_val(context).node = Atom{type, type->low, type->high};
};
const auto clear_limits = [](auto& context) {
    Atom& atom = std::get<Atom>(x3::_val(context).node);
    atom.low.reset();
    atom.high.reset();
};
const auto set_low = [](auto& context) {
    Atom& atom = std::get<Atom>(x3::_val(context).node);
    atom.low = scaled(text_of(x3::_attr(context)), atom.type->digits);
};
const auto set_high = [](auto& context) {
    Atom& atom = std::get<Atom>(x3::_val(context).node);
    atom.high = scaled(text_of(x3::_attr(context)), atom.type->digits);
};

const x3::rule<struct ChoiceRule, Pattern> choice = "choice";
const x3::rule<struct SequenceRule, Pattern> sequence = "sequence";
const x3::rule<struct ItemRule, Pattern> item = "item";
const x3::rule<struct SkippingRule, Pattern> skipping = "skipping";
const x3::rule<struct PrimaryRule, Pattern> primary = "primary";
const x3::rule<struct OptionalRule, Pattern> optional_part = "optional part";
const x3::rule<struct WordsRule, Pattern> words = "words";
const x3::rule<struct SetRule, Pattern> set = "set";
const x3::rule<struct TypeRule, Pattern> type_name = "type";
const x3::rule<struct LiteralRule, Pattern> literal = "literal";

const auto blanks = x3::omit[*x3::lit(' ')];
const auto limit = x3::raw[-x3::lit('-') >> +x3::digit >> -('.' >> +x3::digit)];
// `1..5` must not read `1.` as the beginning of a fraction, which the digit after the point takes care of.

const auto choice_def = sequence[add_way] >> *(blanks >> '|' >> blanks >> sequence[add_way]);
const auto sequence_def = item[set_sequence_item] >> *(+x3::lit(' ') >> item[set_sequence_item]);
const auto item_def = (skipping[take] | primary[take]) >> -x3::lit('?')[now_optional] >>
                      -(blanks >> x3::lit("...")[now_repeat]);
const auto skipping_def = '~' >> primary[make_skipping];
const auto primary_def = optional_part[take] | ('(' >> blanks >> choice[take] >> blanks >> ')') | words[take] |
                         set[take] | type_name[take] | literal[take];
const auto optional_part_def = '[' >> blanks >> choice[make_optional] >> blanks >> ']';
const auto words_def = '{' >> (x3::raw[+(x3::char_ - x3::char_("|} "))][add_word] % '|') >> '}' >>
                       -(x3::lit('i') >> !x3::alnum)[words_any_case];
const auto set_def = '<' >> x3::raw[+x3::char_("a-zA-Z0-9_-")][set_set] >> '>' >>
                     -(x3::lit('i') >> !x3::alnum)[set_any_case];
const auto type_name_def = x3::raw[x3::lit("IPADDR[/PREFIX]")][set_type] |
                           (x3::raw[x3::upper >> *x3::char_("A-Z0-9_")][set_type] >>
                            -(x3::lit('[')[clear_limits] >> -limit[set_low] >> ".." >> -limit[set_high] >> ']'));
const auto literal_def = x3::raw[x3::char_("a-z0-9-") >> *x3::char_("a-zA-Z0-9_-")][set_literal];

BOOST_SPIRIT_DEFINE(choice, sequence, item, skipping, primary, optional_part, words, set, type_name, literal)

/// Takes out what adds nothing: sequences of one item and choices of one way.
Pattern simplified(Pattern pattern) {
    if (auto* found = std::get_if<Sequence>(&pattern.node)) {
        for (Pattern& part : found->items) part = simplified(std::move(part));
        if (found->items.size() == 1) return Pattern(std::move(found->items.front()));
    } else if (auto* ways = std::get_if<Choice>(&pattern.node)) {
        for (Pattern& part : ways->ways) part = simplified(std::move(part));
        if (ways->ways.size() == 1) return Pattern(std::move(ways->ways.front()));
    } else if (auto* optional = std::get_if<Optional>(&pattern.node)) {
        optional->inner.front() = simplified(std::move(optional->inner.front()));
    } else if (auto* repeat = std::get_if<Repeat>(&pattern.node)) {
        repeat->inner.front() = simplified(std::move(repeat->inner.front()));
    } else if (auto* skip = std::get_if<Skipping>(&pattern.node)) {
        skip->inner.front() = simplified(std::move(skip->inner.front()));
    }
    return pattern;
}

/// The pattern as a row of words, where it is one.
std::optional<Row> row_of(const Pattern& pattern) {
    const auto* several = std::get_if<Sequence>(&pattern.node);
    const std::span<const Pattern> parts = several == nullptr ? std::span(&pattern, 1) : std::span(several->items);
    Row row;
    for (const Pattern& part : parts) {
        const auto* optional = std::get_if<Optional>(&part.node);
        const auto* atom = std::get_if<Atom>(optional == nullptr ? &part.node : &optional->inner.front().node);
        if (atom == nullptr) return std::nullopt;
        if (optional == nullptr) {
            if (row.needed < row.words.size()) return std::nullopt;  // after one that may be missing
            ++row.needed;
        }
        row.words.push_back(*atom);
    }
    return row;
}

/// A notation of the tables, parsed when somebody first asks for it: a file needs few of them.
class Notation {
public:
    explicit Notation(std::string_view text) : text_(text) {}

    /// Null where the text is no notation.
    [[nodiscard]] const Pattern* pattern() const {
        parse_once();
        return pattern_ ? &*pattern_ : nullptr;
    }
    /// Null where it is more than a row.
    [[nodiscard]] const Row* row() const {
        parse_once();
        return row_ ? &*row_ : nullptr;
    }

private:
    void parse_once() const {
        std::call_once(parsed_, [this] {
            auto pattern = parse(text_);
            if (!pattern) return;
            row_ = row_of(*pattern);
            pattern_ = std::move(*pattern);
        });
    }

    std::string_view text_;
    mutable std::once_flag parsed_;
    mutable std::optional<Pattern> pattern_;
    mutable std::optional<Row> row_;
};

/// Every notation of the tables.
class Notations {
public:
    Notations() {
        for (const Keyword& keyword : all_keywords()) {
            by_row_.push_back(&add(keyword.arguments));
            add(arguments_in(keyword, oldest_target));
            add(entry_notation(keyword));
        }
        for (const ValueWord& word : all_value_words()) add(word.arguments);
    }

    static const Notations& get() {
        static const Notations notations;
        return notations;
    }

    /// Null when it stands nowhere in the tables.
    [[nodiscard]] const Notation* find(std::string_view text) const {
        const auto found = by_text_.find(text);
        return found == by_text_.end() ? nullptr : &found->second;
    }

    /// The arguments of a keyword.
    [[nodiscard]] const Notation* find(const Keyword& row) const {
        const auto rows = all_keywords();
        const std::less<> before;  // also right for a keyword that is no row of the table
        if (before(&row, rows.data()) || !before(&row, rows.data() + rows.size())) return find(row.arguments);
        return by_row_[static_cast<std::size_t>(&row - rows.data())];
    }

private:
    const Notation& add(std::string_view text) { return by_text_.try_emplace(text, text).first->second; }

    std::unordered_map<std::string_view, Notation> by_text_;
    std::vector<const Notation*> by_row_;
};

}  // namespace

const Type* find_type(std::string_view name) {
    for (const Type& type : types) {
        if (type.name == name) return &type;
    }
    return nullptr;
}

Result<Pattern> parse(std::string_view text) {
    Pattern pattern;
    if (text.empty()) return pattern;
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    if (!x3::parse(at, end, choice, pattern) || at != end) {
        return failure(fmt::format("cannot read the notation `{}' from `{}' on", text, std::string_view(at, end)));
    }
    return simplified(std::move(pattern));
}

const Pattern* find_parsed(std::string_view text) {
    const Notation* notation = Notations::get().find(text);
    return notation == nullptr ? nullptr : notation->pattern();
}

const Pattern* arguments_of(const Keyword& row) {
    const Notation* notation = Notations::get().find(row);
    return notation == nullptr ? nullptr : notation->pattern();
}

const Row* row_of_arguments(const Keyword& keyword, Version release) {
    const Notation* notation = Notations::get().find(arguments_in(keyword, release));
    return notation == nullptr ? nullptr : notation->row();
}

}  // namespace lbctl::keywords::notation
