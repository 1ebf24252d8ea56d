#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "grammar/base/address.h"
#include "grammar/base/result.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/version.h"

/// What a keyword takes, as a small language that people can read and programs can hold words against.
///
/// Types (upper case) stand for one word:
///
///     INT[1..255]             a decimal integer in a range; an open end is no limit
///     PORT[0..65535]          the same, 1-65535 unless it says otherwise
///     UINT  UINT64  NUMBER    0-4294967295; 64 bits; an integer in C notation (0x10, 010)
///     TIMER[0.01..255]        seconds with up to six decimals         DEC3[..]   a number with up to three decimals
///     BOOL                    true on yes / false off no
///     IPADDR  IPADDR4  IPADDR6  MCAST_IPADDR  MCAST_IPV4  MCAST_IPV6    an address; keepalived cuts off and ignores
///     all
///                             from the first `-' or `/'
///     EXACT_IPADDR            an address and nothing after it
///     IPADDR[/PREFIX]         an address with or without prefix length
///     ADDRESS_RANGE           a line of virtual_server_group: address, A-LAST, A-B or A/LEN
///     NETMASK HEX HEX_PATTERN MD5 MACADDR STATUS RANGE[..] MARK ROUND_TRIP HMAC_KEY UMASK    see notation.cpp
///     IFNAME                  a word that can name an interface; NEW_IFNAME one that keepalived makes
///     OWN_IPADDR              an IPADDR of this machine
///     FILE  NEW_FILE  DIRECTORY    paths: of a file that has to be there, of one that is made or may come, of a
///                             directory that has to be there; PATH is any other
///     STRING[..8]             any word, at most eight bytes of it are used
///     PASSWORD[..8]           the same; it is secret (see secrets.h), as HMAC_KEY is
///     NAME PATH SCRIPT USER GROUP HOST EMAIL VRRP_INSTANCE ...   any word, named for what it means
///     DROPPED                 any word; keepalived does not look at it
///     END                     no word: what stands after is refused (elsewhere it is ignored)
///
/// The rest:
///
///     {a|b|c}   {A|B}i        one of these words; in any case
///     <set>     <set>i        one word of a set of value words, with the arguments that the word has
///     type                    the word itself (lower case or digits)
///     [x]  x?                 x may be missing
///     x ...                   x once or more
///     ~x                      x; a word that is not x is skipped in silence
///     x | y                   one or the other (the first that fits)
///     (x | y) z               grouping
///
/// There is no way back: what an optional part or the first fitting alternative has read stays read.
namespace lbctl::keywords {

/// A time or other number with decimals, kept exactly: `units` of 10^-`digits`.
struct Decimal {
    std::int64_t units = 0;
    int digits = 6;
    bool operator==(const Decimal&) const = default;
};

/// IPADDR[/PREFIX]
struct Network {
    IpAddress address;
    int prefix = 32;          ///< 32 or 128 where none was written
    bool has_prefix = false;  ///< one was written
    bool operator==(const Network&) const = default;
};

/// ADDRESS_RANGE: first and last address, one and the same for a single one.
struct AddressRange {
    enum class Form { single, last_part, last_address, network };
    IpAddress first;
    IpAddress last;
    Form form = Form::single;
    bool operator==(const AddressRange&) const = default;

    /// Nothing when the word is no range.
    static std::optional<AddressRange> parse(std::string_view word);
};

/// One argument after reading. Words that stand for themselves and everything without a type of its own are views of
/// the word; so are address ranges, which AddressRange::parse reads.
using Value = std::variant<std::int64_t, Decimal, bool, IpAddress, Network, std::string_view>;

/// Why words do not fit.
enum class MismatchKind {
    missing,          ///< a word is needed and there is none
    negative,         ///< a number that must not be negative is
    not_a_number,     ///< no digits, or something after them
    out_of_range,     ///< a number outside its limits
    too_precise,      ///< more decimals than are kept (keepalived says so and uses the rounded number)
    too_long,         ///< more text than is kept (keepalived says so and uses the beginning)
    unknown_word,     ///< none of the words that can stand here
    bad_address,      ///< not an address, or of the wrong kind
    bad_value,        ///< anything else
    impossible_name,  ///< of an interface that no machine can have (keepalived does not find it)
    unwanted,         ///< words where none may stand (keepalived complains)
    surplus,          ///< words after the last one that is read (keepalived ignores them)
    ignored_suffix,   ///< the end of an address word that keepalived cuts off in silence
    ignored_word,     ///< a word that keepalived passes over in silence
};

/// keepalived says nothing of these; they are worth a warning.
[[nodiscard]] constexpr bool is_silent(MismatchKind kind) {
    return kind == MismatchKind::surplus || kind == MismatchKind::ignored_suffix || kind == MismatchKind::ignored_word;
}

/// keepalived uses what was written, if only a part of it or with a complaint.
[[nodiscard]] constexpr bool is_used(MismatchKind kind) {
    return is_silent(kind) || kind == MismatchKind::impossible_name || kind == MismatchKind::too_precise ||
           kind == MismatchKind::too_long;
}

/// What helps with a word that does not fit.
struct Suggestion {
    std::string hint{};     ///< "did you mean `DR'?", may be empty
    std::string instead{};  ///< what to write in its place, of one word or several; empty: one can't tell
    bool evident = false;   ///< `instead` is no guess: it is what was written, in the form that is taken
};

/// A word that does not fit, or is missing.
struct Mismatch {
    MismatchKind kind = MismatchKind::bad_value;
    std::size_t word = 0;  ///< index of the word; the number of words when one is missing
    std::string message;   ///< one line for people, no full stop: "priority must be 1-255, not 300"
    Suggestion suggestion{};
};

/// What a pattern made of some words. `values` holds one value a word that was read, in order: values[i] is words[i].
struct Match {
    std::vector<Value> values;
    std::vector<Mismatch> mismatches;  ///< in the order of the words; at most one for which is_used() is false
    [[nodiscard]] bool fits() const { return mismatches.empty(); }
    /// False when keepalived refuses the line or part of it.
    [[nodiscard]] bool used() const;
};

/// Holds words against a pattern in the notation above. `subject` is the keyword, for the messages. An error in the
/// notation itself is a failure (a test holds that the tables have none). Words of sets that are newer than `target`
/// do not fit.
Result<Match> match_arguments(std::string_view notation, std::string_view subject,
                              std::span<const std::string_view> words, Version target = default_target);

/// The arguments of a keyword of the table: those of its line, without the keyword itself.
Match match_keyword(const Keyword& keyword, std::span<const std::string_view> words, Version target = default_target);
/// The same into a result that is used again and again.
void match_keyword(const Keyword& keyword, std::span<const std::string_view> words, Version target, Match& match);

/// A line of a line block, or one word of a list; all words, the first included.
Match match_entry(const Keyword& block, std::span<const std::string_view> words, Version target = default_target);
void match_entry(const Keyword& block, std::span<const std::string_view> words, Version target, Match& match);

/// What a word of a line is, for those who look at what it names.
struct WordType {
    std::string_view type;  ///< of the notation: "IFNAME"; empty for words that stand for themselves
    bool may_be_missing = false;
};

/// The types of the words of a keyword's arguments, or of an entry, as far as they could be read.
std::vector<WordType> types_of_arguments(const Keyword& keyword, std::span<const std::string_view> words,
                                         Version target = default_target);
std::vector<WordType> types_of_entry(const Keyword& block, std::span<const std::string_view> words,
                                     Version target = default_target);

/// Reads a number as keepalived reads it (decimal, a leading sign, leading zeros and leading blanks are fine, the empty
/// word is 0).
std::optional<std::int64_t> parse_integer(std::string_view text);

/// The number that the text begins with, as strtol(3) reads it: 0 when it begins with none. Nothing when it is too
/// large.
std::optional<std::int64_t> parse_leading_integer(std::string_view text);

/// Reads `digits[.digits]` with at most `digits` decimals; more are rounded and `too_precise` set.
std::optional<Decimal> parse_decimal(std::string_view text, int digits, bool* too_precise = nullptr);

/// on true yes / off false no, lower case.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace lbctl::keywords
