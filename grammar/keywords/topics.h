#pragma once

#include <span>
#include <string_view>

/// What people look up by a word of the field: more than the keyword that it is, and told for all machines of a
/// cluster.
namespace lbctl::keywords {

struct Topic {
    std::span<const std::string_view> words;  ///< by which it is found; upper and lower case are one
    std::string_view title;
    std::string_view text;          ///< what it is; lines of at most 76 columns
    std::string_view director;      ///< what is written or set there; may be empty
    std::string_view real_servers;  ///< what they need; may be empty
    std::string_view see;           ///< other words for `lbctl explain', with commas between them
};

std::span<const Topic> all_topics();

/// The topic that a word belongs to, or null.
const Topic* find_topic(std::string_view word);

}  // namespace lbctl::keywords
