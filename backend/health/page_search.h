#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/model/checker.h"

namespace lbctl::health {

/// Looks for a regular expression (PCRE2) in an answer that comes in pieces, as keepalived does: each piece once, and
/// a match that could be longer at its end is held back until more comes, for ever if nothing does.
class PageSearch {
public:
    explicit PageSearch(const model::Regex& regex);
    PageSearch(PageSearch&&) noexcept;
    PageSearch& operator=(PageSearch&&) noexcept;
    ~PageSearch();

    /// Looks at what is in the buffer. True when a part of it is to be kept, to which the next piece is added; the
    /// rest has been taken out then. False: it was looked at for good.
    bool look_at(std::string& buffer);

    [[nodiscard]] bool matched() const { return matched_; }

private:
    struct Pattern;
    std::unique_ptr<Pattern> pattern_;
    std::size_t first_offset_;
    std::size_t end_offset_;
    std::size_t behind_ = 0;     ///< how far the expression looks back
    std::size_t looked_at_ = 0;  ///< bytes in front of the buffer
    std::size_t start_ = 0;      ///< where in the buffer the next search begins
    bool matched_ = false;
};

/// Whether the regular expression is found in a whole body, whose first byte has the offset 0. Nothing when it does not
/// compile, or takes too long.
std::optional<bool> is_found_in(const model::Regex& regex, std::string_view body);

}  // namespace lbctl::health
