#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "grammar/base/result.h"
#include "grammar/keywords/keyword.h"

/// The notation of argument_pattern.h as a tree.
namespace lbctl::keywords::notation {

/// How a word of a type is read.
enum class Reading {
    integer,
    wide_integer,
    c_number,
    decimal,
    boolean,
    address,  ///< a suffix from the first `-' or `/' on is ignored
    exact_address,
    network,
    address_range,
    netmask,
    multicast,  ///< a suffix is ignored as well
    hex,
    hex_pattern,
    md5,
    mac,
    interface,
    label,
    status,
    range,
    mark,
    round_trip,
    hmac_key,
    umask,
    dns_name,
    dropped,
    text,
};

/// Which addresses a type takes.
enum class Families { both, inet, inet6 };

/// One of the types of the notation.
struct Type {
    std::string_view name;
    Reading reading = Reading::text;
    std::string_view description;  ///< "an IP address"
    Families families = Families::both;
    int digits = 0;                                  ///< decimals kept
    std::optional<std::int64_t> low = std::nullopt;  ///< limits unless the notation names others
    std::optional<std::int64_t> high = std::nullopt;
    bool secret = false;  ///< such words are shown to nobody who did not ask for them
};

const Type* find_type(std::string_view name);

/// A word of a type. Limits of numbers are in units of 10^-digits of the type; of text, `high` is the length.
struct Atom {
    const Type* type = nullptr;
    std::optional<std::int64_t> low;
    std::optional<std::int64_t> high;
};

struct Literal {
    std::string word;
};

struct OneOf {
    std::vector<std::string> words;
    bool any_case = false;
};

/// A word of a set of value words, with its arguments.
struct SetWord {
    std::string set;
    bool any_case = false;
    std::vector<const ValueWord*> words;
};

struct End {};

struct Pattern;

struct Optional {
    std::vector<Pattern> inner;  ///< one
};

struct Repeat {
    std::vector<Pattern> inner;  ///< one
};

struct Skipping {
    std::vector<Pattern> inner;  ///< one
};

struct Sequence {
    std::vector<Pattern> items;
};

struct Choice {
    std::vector<Pattern> ways;
};

struct Pattern {
    std::variant<Sequence, Choice, Optional, Repeat, Skipping, Atom, Literal, OneOf, SetWord, End> node;
};

/// A pattern that is but a row of words of types, of which those at the end may be missing: most are such.
struct Row {
    std::vector<Atom> words;
    std::size_t needed = 0;  ///< as many of them

    [[nodiscard]] bool takes(std::size_t count) const { return count >= needed && count <= words.size(); }
};

/// Reads a notation.
Result<Pattern> parse(std::string_view text);

/// The pattern of a notation that stands in the tables; null when it stands nowhere there.
const Pattern* find_parsed(std::string_view text);

/// The same for the arguments of a row of the table, without a search.
const Pattern* arguments_of(const Keyword& row);

/// What a keyword takes in a release, where that is a row of words; else null.
const Row* row_of_arguments(const Keyword& keyword, Version release);

}  // namespace lbctl::keywords::notation
