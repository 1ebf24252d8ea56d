#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "grammar/ast/address.h"
#include "grammar/source/result.h"

/// What a keyword takes, as a small language that people can read and programs can hold words against.
///
///     INT[1..255]            a decimal integer in a range; an open end is no limit
///     TIMER[0.01..255]       seconds with up to six decimals        DEC3[..]  a number with up to three decimals
///     UINT NUMBER            an unsigned integer; one in C notation
///     BOOL                   true on yes / false off no
///     IPADDR IPADDR[/PREFIX] MCAST_IPADDR NETMASK PORT[0..65535] HEX MACADDR
///     STRING NAME PATH SCRIPT USER GROUP IFNAME HOST EMAIL ...      any word, named for what it means
///     {a|b|c}                one of these words                      type     the word itself (lower case)
///     [x]  x?                x may be missing                        x ...    x any number of times
///     x | y                  one or the other
namespace lbctl::keywords {

/// A time or other number with decimals, kept exactly: `units` of 10^-`digits`.
struct Decimal {
    std::int64_t units = 0;
    int digits = 6;
    bool operator==(const Decimal&) const = default;
};

/// One argument after reading.
using Value = std::variant<std::int64_t, Decimal, bool, IpAddress, std::string>;

/// Why words do not fit.
enum class MismatchKind {
    missing,           ///< a word is needed and there is none
    negative,          ///< a number that must not be negative is
    not_a_number,      ///< no digits, or something behind them
    out_of_range,      ///< a number outside its limits
    too_precise,       ///< more decimals than are kept (keepalived uses the rounded number all the same)
    unknown_word,      ///< none of the words that can stand here
    bad_address,       ///< not an address, or of the wrong kind
    bad_value,         ///< anything else
    surplus,           ///< words behind the last one that is read (keepalived ignores them)
};

struct Mismatch {
    MismatchKind kind = MismatchKind::bad_value;
    std::size_t word = 0;  ///< index of the word; the number of words when one is missing
    std::string message;   ///< one line for people, no full stop: "priority must be 1-255, not 300"
    std::string hint;      ///< "did you mean `DR'?", may be empty
};

/// What a pattern made of some words. `values` holds one value a word that was read, in order.
struct Match {
    std::vector<Value> values;
    std::vector<Mismatch> mismatches;  ///< at most one that is not `surplus`
    [[nodiscard]] bool fits() const { return mismatches.empty(); }
};

/// Holds words against a pattern in the notation above. `subject` is the keyword, for the messages. An error in the
/// notation itself is a failure (a test holds that the tables have none).
Result<Match> match_arguments(std::string_view notation, std::string_view subject, std::span<const std::string_view> words);

/// Reads a number as keepalived reads it (decimal, a leading `+`, leading zeros and leading blanks are fine).
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Reads `digits[.digits]` with at most `digits` decimals; more are rounded and `too_precise` set.
std::optional<Decimal> parse_decimal(std::string_view text, int digits, bool* too_precise = nullptr);

/// on true yes / off false no, lower case.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace lbctl::keywords
