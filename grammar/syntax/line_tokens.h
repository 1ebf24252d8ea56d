#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "grammar/syntax/line_traits.h"

namespace lbctl::syntax {

/// A word, or a single brace: the bytes from `begin` up to `end`.
struct Token {
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
};

/// The words and braces of a line of a file that holds nothing but these and blanks: there each word is what keepalived
/// reads. A quote, a comment or a parameter changes what a word is.
class LineTokens {
public:
    /// More than almost any line has.
    static constexpr std::size_t room = 8;

    /// Looks over a line once, which must not have more bytes than a Token can count. False when it holds anything
    /// else, or what can begin the tag of a template, or more than there is room for: then the tokens are void.
    bool take(std::string_view line) {
        using T = LineTraits;
        const char* const end = line.data() + line.size();
        const char* at = after_indentation(line.data(), end);
        const char* const begin = at;
        std::size_t count = 0;
        std::size_t braces = 0;
        while (at != end) {
            const char* const first = at;
            while (at != end && T::of(*at) == 0) ++at;
            if (at != end && (T::of(*at) & (T::blank | T::brace)) == 0) return false;
            if (at == first) {
                ++at;
                ++braces;
                if (at != end && (*at == '{' || *at == '%')) return false;
            }
            if (count == room) return false;
            tokens_[count++] = {static_cast<std::uint16_t>(first - begin), static_cast<std::uint16_t>(at - begin)};
            while (at != end && T::of(*at) == T::blank) ++at;
        }
        begin_ = static_cast<std::uint32_t>(begin - line.data());
        count_ = count;
        braces_ = braces;
        return true;
    }

    /// The offset of the first one, from which those of the tokens count.
    [[nodiscard]] std::uint32_t begin() const { return begin_; }
    [[nodiscard]] std::span<const Token> all() const { return {tokens_.data(), count_}; }
    /// How many of them are braces.
    [[nodiscard]] std::size_t braces() const { return braces_; }

    /// As many as there is room for in `target`; where there are less, the others have no meaning.
    template <std::size_t Count>
    void copy_first(std::array<Token, Count>& target) const {
        static_assert(Count <= room);
        std::copy_n(tokens_.begin(), Count, target.begin());
    }

private:
    static const char* after_indentation(const char* at, const char* end) {
        // One comparison takes several blanks at a time.
        constexpr std::string_view blanks("    ");
        while (static_cast<std::size_t>(end - at) >= blanks.size() &&
               std::memcmp(at, blanks.data(), blanks.size()) == 0) {
            at += blanks.size();
        }
        while (at != end && LineTraits::of(*at) == LineTraits::blank) ++at;
        return at;
    }

    std::array<Token, room> tokens_{};
    std::size_t count_ = 0;
    std::size_t braces_ = 0;
    std::uint32_t begin_ = 0;
};

}  // namespace lbctl::syntax
