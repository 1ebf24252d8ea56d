#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/sources.h"

namespace lbctl::syntax {

/// A piece of configuration text that knows, byte for byte, where it comes from.
class Text {
public:
    Text() = default;

    /// Bytes that stand in a file just so, from `start` on, within one line.
    static Text from_file(source::FileId file, source::Position start, std::string_view bytes);

    /// Bytes that were put in the place of something else: all of them act at `where`.
    static Text replacement(std::string_view bytes, const source::Location& where);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

    /// Where the bytes from `begin` up to `end` come from; an empty stretch is the place before `begin`.
    [[nodiscard]] source::Location location(std::size_t begin, std::size_t end) const;
    [[nodiscard]] source::Location location() const { return location(0, size()); }

    /// The bytes from `begin` up to `end`.
    [[nodiscard]] Text slice(std::size_t begin, std::size_t end = std::string_view::npos) const;

    void append(const Text& tail);

    /// Puts `value` in the place of the bytes from `begin` up to `end`.
    void replace(std::size_t begin, std::size_t end, const Text& value);

private:
    struct Piece {
        std::size_t offset = 0;  ///< of its first byte in `bytes_`
        source::Location where;  ///< of the whole piece
        bool verbatim = true;    ///< byte n of the piece stands n columns behind its begin
    };
    [[nodiscard]] const Piece& piece_at(std::size_t offset) const;
    [[nodiscard]] source::Position position(const Piece& piece, std::size_t offset, bool at_end) const;

    std::string bytes_;
    std::vector<Piece> pieces_;
};

/// Blanks as keepalived's line reader knows them.
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// White space between words: blanks and CR, LF, form feed, vertical tab.
constexpr bool is_space(char c) {
    return is_blank(c) || (c >= '\n' && c <= '\r');
}

/// The text without blanks at its ends.
Text trimmed(const Text& text);

}  // namespace lbctl::syntax
