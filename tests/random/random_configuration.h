#pragma once

#include <cstdint>
#include <string>

#include "grammar/keywords/sample.h"
#include "grammar/keywords/version.h"
#include "tests/random/document.h"

/// Configurations made up from the keyword table, without anything that keepalived or lbctl could find fault with.
namespace lbctl::test {

/// Words for a keyword that go well with the rest: by its habit, or as the table says. Nothing when none can be made.
std::vector<std::string> fitting_words(const keywords::Keyword& keyword, keywords::RandomEngine& random,
                                       keywords::Version release);

/// Whether two keywords can stand in one block.
bool get_along(const keywords::Keyword& one, const keywords::Keyword& other);

/// A block as it is before anything is added to it: its keyword, its arguments, and what it cannot be without.
Statement new_block(const keywords::Keyword& keyword);

/// The configuration of that number; the same every time.
std::string random_configuration(std::uint64_t seed, keywords::Version release);

}  // namespace lbctl::test
