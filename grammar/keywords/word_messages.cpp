#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "grammar/base/ascii.h"
#include "grammar/keywords/word_values.h"

namespace lbctl::keywords::notation {
namespace {

/// A limit as people write it: "0.01", "255".
std::string limit_text(std::int64_t units, int digits) {
    if (digits == 0) return std::to_string(units);
    std::int64_t scale = 1;
    for (int i = 0; i < digits; ++i) scale *= 10;
    if (units % scale == 0) return std::to_string(units / scale);
    std::string text = fmt::format("{}.{:0{}}", units / scale, units % scale, digits);
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

/// "1-255", "-253 to 253", "at least 1", or nothing when there is no limit worth naming.
std::string limits_of(const Atom& atom) {
    const int digits = atom.type->digits;
    if (!atom.low && !atom.high) return {};
    if (atom.type->name == "MODE") return fmt::format("{}-{:#o}", *atom.low, *atom.high);
    if (!atom.high) return fmt::format("at least {}", limit_text(*atom.low, digits));
    if (!atom.low) return fmt::format("at most {}", limit_text(*atom.high, digits));
    const char* between = *atom.low < 0 ? " to " : "-";
    return limit_text(*atom.low, digits) + between + limit_text(*atom.high, digits);
}

bool is_number(const Type& type) {
    return type.reading == Reading::integer || type.reading == Reading::decimal || type.reading == Reading::c_number;
}

/// What to say of a word with a parameter that was not replaced; empty when there is none in it.
std::string parameter_hint(std::string_view word) {
    const std::size_t dollar = word.find('$');
    if (dollar == std::string_view::npos) return {};
    word.remove_prefix(dollar + 1);
    const bool braced = word.starts_with('{');
    if (braced) word.remove_prefix(1);
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const std::string_view name = word.substr(0, word.find_first_not_of(letters));
    if (name.empty()) return {};
    // A name ends only before a blank, a comma, a closing parenthesis, or at the line's end.
    if (!braced && name.size() < word.size()) return fmt::format("where more follows the name, write ${{{}}}", name);
    return fmt::format("no parameter `{}' is defined", name);
}

/// "0.5" for "500ms", with whole seconds for types without decimals; empty when it is no time with a unit.
std::string time_without_unit(const Type& type, std::string_view word) {
    struct Unit {
        std::string_view name;
        std::int64_t microseconds;
    };
    constexpr std::int64_t second = 1'000'000;
    constexpr std::array<Unit, 13> units{{{"us", 1},
                                          {"ms", 1000},
                                          {"msec", 1000},
                                          {"s", second},
                                          {"sec", second},
                                          {"secs", second},
                                          {"second", second},
                                          {"seconds", second},
                                          {"m", 60 * second},
                                          {"min", 60 * second},
                                          {"minutes", 60 * second},
                                          {"h", 3600 * second},
                                          {"d", 86400 * second}}};
    const std::size_t behind = word.find_first_not_of("0123456789.");
    if (behind == 0 || behind == std::string_view::npos) return {};
    const std::string_view name = word.substr(behind);
    const auto* unit = std::ranges::find(units, name, &Unit::name);
    const auto number = parse_decimal(word.substr(0, behind), 3);
    if (unit == units.end() || !number) return {};
    if (number->units > std::numeric_limits<std::int64_t>::max() / unit->microseconds) return {};
    const std::int64_t microseconds = number->units * unit->microseconds / 1000;
    if (type.digits == 0 && microseconds % second != 0) return {};
    if (type.reading == Reading::decimal && type.digits != 6 && microseconds % 1000 != 0) return {};
    return limit_text(microseconds, 6);
}

/// "write `5', without a unit"
Suggestion write(std::string instead, std::string_view reason = {}, bool evident = true) {
    std::string hint = fmt::format("write `{}'{}{}", instead, reason.empty() ? "" : ", ", reason);
    return {std::move(hint), std::move(instead), evident};
}

Suggestion number_suggestion(const Atom& atom, std::string_view word) {
    if (std::string time = time_without_unit(*atom.type, word); !time.empty())
        return write(std::move(time), "without a unit");
    const std::size_t behind = std::min(word.find_first_not_of("0123456789"), word.size());
    const std::string_view digits = word.substr(0, behind);
    const std::string_view rest = word.substr(behind);
    if (!digits.empty() && (rest == ";" || rest == ","))
        return write(std::string(digits), fmt::format("without the `{}'", rest));
    if (!digits.empty() && rest.size() > 1 && rest.front() == ',' &&
        std::ranges::all_of(rest.substr(1), base::is_digit)) {
        return atom.type->digits > 0 ? write(fmt::format("{}.{}", digits, rest.substr(1)), "with a point")
                                     : Suggestion{};
    }
    if (!digits.empty() && rest.starts_with('.') && atom.type->digits == 0) return {"no decimals here"};
    if (word.starts_with("0x") || word.starts_with("0X")) {
        const ScannedNumber number = scan_number(word, true);
        if (number.digits_only && !number.overflow) return write(std::to_string(number.value), "in decimal");
    }
    return {};
}

Suggestion address_suggestion(std::string_view word) {
    constexpr std::string_view own_word = "the port as a word of its own";
    if (word.starts_with('[')) {
        const std::size_t close = word.find(']');
        if (close == std::string_view::npos) return {"without brackets"};
        const std::string_view inside = word.substr(1, close - 1);
        if (!IpAddress::parse(inside)) return {};
        if (close + 2 < word.size() && word[close + 1] == ':') {
            return write(fmt::format("{} {}", inside, word.substr(close + 2)), own_word);
        }
        return write(std::string(inside), "without brackets");
    }
    if (const std::size_t zone = word.find('%'); zone != std::string_view::npos) {
        if (IpAddress::parse(word.substr(0, zone))) return write(std::string(word.substr(0, zone)), "without a zone");
    }
    const std::size_t colon = word.rfind(':');
    if (colon != std::string_view::npos && word.find('.') < colon && IpAddress::parse(word.substr(0, colon))) {
        return write(fmt::format("{} {}", word.substr(0, colon), word.substr(colon + 1)), own_word);
    }
    const bool dotted = word.find_first_not_of("0123456789.") == std::string_view::npos;
    if (dotted && std::ranges::count(word, '.') == 3) {
        std::string plain;
        bool zeros = false;
        for (std::size_t i = 0; i < word.size(); ++i) {
            const bool first = i == 0 || word[i - 1] == '.';
            if (word[i] == '0' && first && i + 1 < word.size() && base::is_digit(word[i + 1])) {
                zeros = true;
                while (i + 1 < word.size() && word[i] == '0' && base::is_digit(word[i + 1])) ++i;
            }
            plain += word[i];
        }
        // Some programs take 010 for 8.
        if (zeros && IpAddress::parse(plain)) return write(std::move(plain), "without leading zeros", false);
        return {"each of the four numbers must be 0-255"};
    }
    if (dotted) return {"an IPv4 address has four numbers"};
    if (word.find(':') == std::string_view::npos && word.find('.') != std::string_view::npos) {
        return {"host names are not looked up"};
    }
    return {};
}

std::string address_kind(const Atom& atom, std::string_view word) {
    const auto address = IpAddress::parse(word.substr(0, word.find_first_of("-/")));
    if (!address) return fmt::format("`{}' is not an IP address", word);
    return fmt::format("`{}' is not {}", word, atom.type->description);
}

}  // namespace

std::string wanted(const Atom& atom) {
    std::string text(atom.type->description);
    if (is_number(*atom.type)) {
        const std::string limits = limits_of(atom);
        if (!limits.empty()) text += fmt::format(", {}", limits);
    }
    return text;
}

std::string describe(const Atom& atom, MismatchKind kind, std::string_view subject, std::string_view word) {
    const std::string_view separator = subject.empty() ? "" : " ";
    switch (kind) {
        case MismatchKind::missing:
            return fmt::format("{}{}needs {}", subject, separator, wanted(atom));
        case MismatchKind::negative:
        case MismatchKind::out_of_range:
            if (atom.type->reading == Reading::network) {
                return fmt::format("the prefix length of `{}' is too large", word);
            }
            if (const std::string limits = limits_of(atom); !limits.empty() && is_number(*atom.type)) {
                const bool port_of = atom.type->name == "PORT" && !subject.empty() && !subject.ends_with("port");
                return fmt::format("{}{}{}must be {}, not {}", port_of ? "the port of " : "", subject, separator,
                                   limits, word);
            }
            if (atom.type->reading == Reading::round_trip) {
                return fmt::format("{}{}must be 200ms-120s, not {}", subject, separator, word);
            }
            return fmt::format("{}{}cannot be {}", subject, separator, word);
        case MismatchKind::too_precise:
            return fmt::format("{}{}keeps {} decimals, `{}' has more", subject, separator, atom.type->digits, word);
        case MismatchKind::too_long:
            return fmt::format("{}{}keeps {} characters, `{}' has {}", subject, separator, atom.high.value_or(0), word,
                               word.size());
        case MismatchKind::bad_address: {
            std::string fault =
                atom.type->reading == Reading::address_range ? address_range_fault(word) : address_kind(atom, word);
            return subject.empty() ? fault : fmt::format("{}: {}", subject, fault);
        }
        case MismatchKind::ignored_suffix: {
            const std::size_t cut =
                std::min(word.find('-') == std::string_view::npos ? word.find('/') : word.find('-'), word.size());
            return fmt::format("{}{}ignores `{}' behind the address", subject, separator, word.substr(cut));
        }
        case MismatchKind::impossible_name:
            return fmt::format("no machine has an interface `{}': it is the label of an address", word);
        case MismatchKind::ignored_word:
            return fmt::format("{}{}drops the word `{}'", subject, separator, word);
        default:
            if (atom.type->reading == Reading::network) {
                return fmt::format("`{}' has no number as its prefix length", word);
            }
            if (atom.type->reading == Reading::interface) return fmt::format("`{}' cannot name an interface", word);
            return fmt::format("{}{}must be {}, not `{}'", subject, separator, wanted(atom), word);
    }
}

Suggestion suggest(const Atom& atom, MismatchKind kind, std::string_view word) {
    if (kind == MismatchKind::missing) return {};
    if (kind == MismatchKind::ignored_suffix) {
        const std::size_t cut = word.find('-') == std::string_view::npos ? word.find('/') : word.find('-');
        // Of a range only the first address is taken, and more were meant.
        return write(std::string(word.substr(0, cut)), {}, word[cut] == '/');
    }
    if (is_used(kind)) return {};
    if (std::string hint = parameter_hint(word); !hint.empty()) return {std::move(hint)};
    switch (atom.type->reading) {
        case Reading::integer:
        case Reading::decimal:
        case Reading::c_number:
        case Reading::wide_integer:
            return kind == MismatchKind::not_a_number ? number_suggestion(atom, word) : Suggestion{};
        case Reading::address:
        case Reading::exact_address:
        case Reading::network:
            if (const std::string_view plain = word.substr(0, word.find('/'));
                kind == MismatchKind::bad_address && IpAddress::parse(plain)) {
                return {"without the prefix length", std::string(plain), true};
            }
            [[fallthrough]];
        case Reading::address_range: {
            const std::string_view plain = word.substr(0, word.find_first_of("-/"));
            if (kind != MismatchKind::bad_address || IpAddress::parse(plain)) return {};
            Suggestion suggestion = address_suggestion(plain);
            if (!suggestion.instead.empty()) suggestion.instead += word.substr(plain.size());
            return suggestion;
        }
        case Reading::boolean: {
            std::string lower = base::lower(word);
            if (lower.ends_with(';')) lower.pop_back();
            if (parse_bool(lower)) return write(std::move(lower));
            if (lower == "1" || lower == "enable" || lower == "enabled") return write("on");
            if (lower == "0" || lower == "disable" || lower == "disabled") return write("off");
            return {};
        }
        case Reading::interface:
        case Reading::label:
            if (atom.high && word.size() > static_cast<std::size_t>(*atom.high))
                return {fmt::format("{} characters at most", *atom.high)};
            return {};
        default:
            return {};
    }
}

}  // namespace lbctl::keywords::notation
