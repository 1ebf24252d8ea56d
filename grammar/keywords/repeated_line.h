#pragma once

#include <cstdint>
#include <string_view>

#include "grammar/keywords/keyword.h"

/// How keepalived takes a keyword that stands a second time.
namespace lbctl::keywords {

enum class Counting : std::uint8_t {
    last_counts,   ///< the later line replaces the earlier one
    first_counts,  ///< the later line is passed over
    adds_up,       ///< every line counts
    by_its_words,  ///< it depends on what the lines say: a rule of its own looks
};

/// Of one keyword in its context.
struct RepeatedLine {
    std::string_view context;  ///< empty: wherever the keyword stands
    std::string_view name;
    Counting taken = Counting::last_counts;
    Version reported{};          ///< first release that reports the second line; 0.0.0: none does
    std::string_view unnoticed;  ///< a value that the earlier line may have without being noticed: then the last counts
};

/// Of most keywords the last line counts, and no release says a word.
RepeatedLine repeated_line_of(const Keyword& keyword);

}  // namespace lbctl::keywords
