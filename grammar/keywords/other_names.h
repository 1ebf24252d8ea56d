#pragma once

#include <span>
#include <string_view>

namespace lbctl::keywords {

/// A word that people write for a keyword: from another place of the language, an older release, or another program.
struct OtherName {
    std::string_view written;
    std::string_view meant;
};

/// All of them; where a word stands several times, the first whose keyword the context has is meant.
std::span<const OtherName> all_other_names();

/// The keyword among `known` that is meant by a word that is none of them; empty when the table does not say.
std::string_view meant_by(std::string_view word, std::span<const std::string_view> known);

}  // namespace lbctl::keywords
