#pragma once

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/keywords/keyword.h"

/// Words made up to fit a notation, or not to: for tests that write configurations of their own.
namespace lbctl::keywords {

using RandomEngine = std::mt19937_64;

/// Words that fit the notation and that keepalived takes as they are; nothing when the notation cannot be read. Names
/// of other objects are made up: "name1".
std::optional<std::vector<std::string>> good_sample(std::string_view notation, RandomEngine& random,
                                                    Version release = default_target);

/// Words of which exactly one does not fit.
struct BadSample {
    std::vector<std::string> words;
    std::size_t wrong = 0;  ///< index of the one; the number of words when one is missing
};

/// Nothing when every word fits the notation, or none is taken.
std::optional<BadSample> bad_sample(std::string_view notation, RandomEngine& random, Version release = default_target);

}  // namespace lbctl::keywords
