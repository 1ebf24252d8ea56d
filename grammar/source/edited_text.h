#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/finding.h"

namespace lbctl::source {

/// A text to which edits are made.
class EditedText {
public:
    /// `text` must outlive it.
    explicit EditedText(std::string_view text);

    /// Makes all of these edits or none of them. False when one overlaps an edit that was made before, or when the text
    /// does not have what it replaces in that place. Positions are those of the text as it was at first.
    bool add(std::span<const Edit> edits);

    [[nodiscard]] bool is_changed() const { return !changes_.empty(); }

    /// The text with all edits.
    [[nodiscard]] std::string text() const;

private:
    struct Stretch {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    struct Change {
        std::size_t end = 0;
        std::string text;
    };
    [[nodiscard]] std::optional<Stretch> find(const Edit& edit) const;
    [[nodiscard]] bool is_free(Stretch stretch) const;

    std::string_view text_;
    std::vector<std::size_t> lines_;         ///< where each begins
    std::map<std::size_t, Change> changes_;  ///< by where they begin
};

}  // namespace lbctl::source
