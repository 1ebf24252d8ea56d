#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/notation.h"

/// One word held against one type of the notation.
namespace lbctl::keywords::notation {

/// What a word is to a type. A value and a problem together: keepalived uses the value all the same.
struct ReadWord {
    std::optional<Value> value;
    std::optional<MismatchKind> problem;
};

ReadWord read_word(const Atom& atom, std::string_view word);

/// A whole number and how far its text was one.
struct ScannedNumber {
    std::int64_t value = 0;
    bool digits_only = false;  ///< nothing is left behind the number
    bool overflow = false;     ///< not in 64 bits
    bool negative = false;     ///< it begins with `-'
};

/// As strtol(3) with base 10, or with base 0 for C notation.
ScannedNumber scan_number(std::string_view text, bool c_notation);

/// Why a word is no ADDRESS_RANGE; empty when it is one.
std::string address_range_fault(std::string_view word);

/// "a number, 1-255", "an IP address"
std::string wanted(const Atom& atom);

/// The message for a word that a type does not take; `subject` is what it is an argument of.
std::string describe(const Atom& atom, MismatchKind kind, std::string_view subject, std::string_view word);

/// What helps with a word that does not fit, as far as one can tell; else empty.
Suggestion suggest(const Atom& atom, MismatchKind kind, std::string_view word);

}  // namespace lbctl::keywords::notation
