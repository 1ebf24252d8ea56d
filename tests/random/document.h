#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A configuration that a test makes up: statements with their words, easy to change.
namespace lbctl::test {

/// A keyword with its arguments, or an entry of a line block.
struct Statement {
    std::vector<std::string> words;
    bool is_block = false;
    std::vector<Statement> inside{};

    [[nodiscard]] std::string_view name() const { return words.empty() ? std::string_view() : words.front(); }
    /// The first statement inside with that keyword, or null.
    Statement* find(std::string_view keyword);
    [[nodiscard]] bool has(std::string_view keyword) const;
    void remove(std::string_view keyword);
};

/// Reads configuration text of the plainest kind: a statement a line, `{` at its end, `}` alone; no quotes and
/// comments. The result has no words; what was read stands inside.
Statement read_document(std::string_view text);

/// Where a word came to stand, both counted from 1.
struct Place {
    std::size_t line = 0;
    std::size_t column = 0;
    bool operator==(const Place&) const = default;
};

/// The text of what stands inside `document`. Words that would not come back as they are get quotes.
std::string to_text(const Statement& document);

/// Where word `word` of `wanted`, a statement of `document`, stands in that text; after its last word when it has
/// fewer.
Place place_of(const Statement& document, const Statement& wanted, std::size_t word);

}  // namespace lbctl::test
