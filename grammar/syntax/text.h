#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/sources.h"

namespace lbctl::syntax {

/// A piece of configuration text that knows, byte for byte, where it comes from. Text that stands in a file just so is
/// only a view of the Sources' text; other bytes are owned, shared between the slices of a line.
class Text {
public:
    Text() = default;

    /// Bytes of a file of the Sources, from `start` on, within one line.
    Text(source::FileId file, source::Position start, std::string_view bytes)
        : bytes_(bytes), file_(file), start_(start) {}

    /// Bytes that were put in the place of something else: all of them act at `where`.
    static Text replacement(std::string_view bytes, const source::Location& where);

    /// Bytes that are read in the place of as many bytes of a file.
    static Text corrected(source::FileId file, source::Position start, std::string_view bytes);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

    /// Whether this is only a view of a file's bytes.
    [[nodiscard]] bool is_verbatim() const { return composition_ == nullptr; }

    /// Where the bytes from `begin` up to `end` come from; an empty stretch is the place before `begin`.
    [[nodiscard]] source::Location location(std::size_t begin, std::size_t end) const {
        if (composition_ != nullptr) return location_in_pieces(begin, end);
        const auto column = [this](std::size_t at) { return start_.column + static_cast<std::uint32_t>(at); };
        return {{file_, {start_.line, column(begin)}, {start_.line, column(std::max(begin, end))}}, 0};
    }
    [[nodiscard]] source::Location location() const { return location(0, size()); }

    /// Whether the bytes are a view of those of that file.
    [[nodiscard]] bool is_verbatim_of(source::FileId file) const { return composition_ == nullptr && file_ == file; }

    /// The line it begins in; only for a text that is_verbatim().
    [[nodiscard]] std::uint32_t line() const { return start_.line; }

    /// The same in the compact form; only for a text that is_verbatim().
    [[nodiscard]] source::Place verbatim_place(std::size_t begin, std::size_t end, bool mark = false) const {
        const source::Position start{start_.line, start_.column + static_cast<std::uint32_t>(begin)};
        return {file_, start, static_cast<std::uint32_t>(end - begin), mark};
    }
    /// The same in the compact form; what that does not hold goes to the arena.
    [[nodiscard]] source::Place place(base::Arena& arena) const {
        if (is_verbatim()) return verbatim_place(0, size());
        return {arena.make(location()), static_cast<std::uint32_t>(size())};
    }

    /// The bytes from `begin` up to `end`.
    [[nodiscard]] Text slice(std::size_t begin, std::size_t end = std::string_view::npos) const {
        Text part = *this;
        part.cut(begin, end);
        return part;
    }
    /// Leaves only the bytes from `begin` up to `end`.
    void cut(std::size_t begin, std::size_t end = std::string_view::npos) {
        end = std::min(end, size());
        begin = std::min(begin, end);
        bytes_ = bytes_.substr(begin, end - begin);
        offset_ += begin;
        start_.column += static_cast<std::uint32_t>(begin);
    }

    /// This text with another after it. For more than one after another there is joined().
    [[nodiscard]] Text with_tail(const Text& tail) const;

    /// Some texts one after another, copied once.
    static Text joined(std::span<const Text> parts);

    /// This text with `value` in the place of the bytes from `begin` up to `end`.
    [[nodiscard]] Text replaced(std::size_t begin, std::size_t end, const Text& value) const;

private:
    struct Piece {
        std::size_t offset = 0;  ///< of its first byte
        source::Location where;  ///< of the whole piece
        bool verbatim = true;    ///< byte n of the piece stands n columns after its begin
    };
    struct Composition {
        std::string bytes;
        std::vector<Piece> pieces;  ///< at least one
    };
    static Text composed(Composition composition);
    [[nodiscard]] source::Location location_in_pieces(std::size_t begin, std::size_t end) const;
    [[nodiscard]] std::size_t index_of_piece(std::size_t offset) const;
    [[nodiscard]] Piece piece(std::size_t index) const;
    [[nodiscard]] Piece piece_at(std::size_t offset) const;
    void add_pieces(std::size_t behind, std::vector<Piece>& pieces) const;

    std::string_view bytes_;
    std::shared_ptr<const Composition> composition_;  ///< null: the bytes stand in `file_` from `start_` on
    std::size_t offset_ = 0;                          ///< of the first byte in the composition
    source::FileId file_ = 0;
    source::Position start_;
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
inline Text trimmed(Text text) {
    const std::string_view bytes = text.bytes();
    std::size_t begin = 0;
    std::size_t end = bytes.size();
    while (begin < end && is_blank(bytes[begin])) ++begin;
    while (end > begin && is_blank(bytes[end - 1])) --end;
    text.cut(begin, end);
    return text;
}

}  // namespace lbctl::syntax
