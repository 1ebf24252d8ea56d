#include "grammar/syntax/text.h"

#include <algorithm>
#include <array>

namespace lbctl::syntax {

namespace {

using source::Location;
using source::Position;

Position moved(Position start, std::size_t columns) {
    return {start.line, start.column + static_cast<std::uint32_t>(columns)};
}

}  // namespace

Text Text::composed(Composition composition) {
    Text text;
    text.composition_ = std::make_shared<const Composition>(std::move(composition));
    text.bytes_ = text.composition_->bytes;
    return text;
}

Text Text::replacement(std::string_view bytes, const Location& where) {
    return composed({std::string(bytes), {{0, where, false}}});
}

Text Text::corrected(source::FileId file, Position start, std::string_view bytes) {
    return composed({std::string(bytes), {{0, {{file, start, moved(start, bytes.size())}, 0}, true}}});
}

/// Which piece of the composition the byte at `offset` belongs to.
std::size_t Text::index_of_piece(std::size_t offset) const {
    const auto& pieces = composition_->pieces;
    const auto behind = std::upper_bound(pieces.begin(), pieces.end(), offset_ + offset,
                                         [](std::size_t at, const Piece& piece) { return at < piece.offset; });
    return behind == pieces.begin() ? 0 : static_cast<std::size_t>(behind - pieces.begin()) - 1;
}

/// A piece of the composition, as far as it lies in this text.
Text::Piece Text::piece(std::size_t index) const {
    const auto& pieces = composition_->pieces;
    Piece piece = pieces[index];
    const std::size_t next = index + 1 == pieces.size() ? std::string_view::npos : pieces[index + 1].offset;
    const std::size_t from = std::max(piece.offset, offset_);
    if (piece.verbatim) {
        const std::size_t until = std::max(from, std::min(next, offset_ + size()));
        piece.where.range.begin = moved(piece.where.range.begin, from - piece.offset);
        piece.where.range.end = moved(piece.where.range.begin, until - from);
    }
    piece.offset = from - offset_;
    return piece;
}

/// The piece that the byte at `offset` belongs to, as far as it lies in this text.
Text::Piece Text::piece_at(std::size_t offset) const {
    if (composition_ == nullptr) return {0, {{file_, start_, moved(start_, size())}, 0}, true};
    return piece(index_of_piece(offset));
}

Location Text::location_in_pieces(std::size_t begin, std::size_t end) const {
    const auto position = [](const Piece& piece, std::size_t offset, bool at_end) {
        if (!piece.verbatim) return at_end ? piece.where.range.end : piece.where.range.begin;
        return moved(piece.where.range.begin, offset - piece.offset);
    };
    const Piece first = piece_at(std::min(begin, empty() ? 0 : size() - 1));
    const Position from = position(first, begin, begin > first.offset);
    if (end <= begin) return {{first.where.range.file, from, from}, first.where.origin};
    const Piece last = piece_at(end - 1);
    const Position until = position(last, end, true);
    // A reference may stand in another line than the text around it (a multi-line value): the first line counts.
    if (last.where.range.file != first.where.range.file || until < from) {
        return {{first.where.range.file, from, first.where.range.end}, first.where.origin};
    }
    return {{first.where.range.file, from, until}, first.where.origin};
}

/// Adds the pieces of this text, for a text in which it begins at byte `after`.
void Text::add_pieces(std::size_t behind, std::vector<Piece>& pieces) const {
    const auto add = [&](Piece piece) {
        piece.offset += behind;
        pieces.push_back(piece);
    };
    add(piece_at(0));
    if (composition_ == nullptr) return;
    const auto& all = composition_->pieces;
    for (std::size_t i = index_of_piece(0) + 1; i < all.size() && all[i].offset < offset_ + size(); ++i) add(piece(i));
}

Text Text::joined(std::span<const Text> parts) {
    Composition composition;
    for (const Text& part : parts) {
        if (part.empty()) continue;
        part.add_pieces(composition.bytes.size(), composition.pieces);
        composition.bytes.append(part.bytes_);
    }
    if (composition.pieces.empty()) {
        // A line of which nothing is left still has a place.
        (parts.empty() ? Text() : parts.back()).add_pieces(0, composition.pieces);
    }
    return composed(std::move(composition));
}

Text Text::with_tail(const Text& tail) const {
    if (tail.empty() && !empty()) return *this;
    const std::array<Text, 2> parts{*this, tail};
    return joined(parts);
}

Text Text::replaced(std::size_t begin, std::size_t end, const Text& value) const {
    // A line of which nothing is left still has a place.
    if (begin == 0 && end >= size() && value.empty()) return replacement({}, location(begin, end));
    Text text = slice(0, begin);
    if (!value.empty()) text = text.empty() ? value : text.with_tail(value);
    if (end >= size()) return text;
    return text.empty() ? slice(end) : text.with_tail(slice(end));
}

}  // namespace lbctl::syntax
