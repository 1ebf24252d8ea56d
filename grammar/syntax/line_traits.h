#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// What kinds of character a line holds. Most lines of a configuration hold plain words only, and one look at the line
/// tells which steps of reading have nothing to do with it.
namespace lbctl::syntax {

class LineTraits {
public:
    enum Trait : std::uint8_t {
        quote = 1,      ///< `"`
        backslash = 2,  ///< `\\`
        comment = 4,    ///< `#` or `!`
        dollar = 8,     ///< `$`
        brace = 16,     ///< `{` or `}`
        odd = 32,       ///< not ASCII, NUL, line feed, or white space other than blanks
        angle = 64,     ///< `<`
        blank = 128,    ///< blank or tab
    };

    /// Which of these a character is: one at most.
    static constexpr std::uint8_t of(char c) { return traits_of[static_cast<unsigned char>(c)]; }

    /// Whether a line that begins with this character can be anything but words and braces.
    static constexpr bool begins_directive(char c) { return c == '@' || c == '~' || c == '$' || c == 'i'; }

    /// Of a line that nothing is known of: everything may be in it.
    constexpr LineTraits() : bits_(0xff) {}

    explicit LineTraits(std::string_view line) : bits_(0) {
        for (const char c : line) bits_ |= of(c);
    }

    /// Of a line of which it is known that it holds words, braces and blanks only.
    static constexpr LineTraits of_words_and_braces() {
        LineTraits traits;
        traits.bits_ = blank | brace;
        return traits;
    }

    [[nodiscard]] bool any(unsigned traits) const { return (bits_ & traits) != 0; }

private:
    static constexpr std::array<std::uint8_t, 256> traits_of = [] {
        std::array<std::uint8_t, 256> traits{};
        for (std::size_t c = 128; c < 256; ++c) traits[c] = odd;
        traits[0] = traits['\n'] = traits['\v'] = traits['\f'] = traits['\r'] = odd;
        traits['"'] = quote;
        traits['\\'] = backslash;
        traits['#'] = traits['!'] = comment;
        traits['$'] = dollar;
        traits['{'] = traits['}'] = brace;
        traits['<'] = angle;
        traits[' '] = traits['\t'] = blank;
        return traits;
    }();

    std::uint8_t bits_;
};

}  // namespace lbctl::syntax
