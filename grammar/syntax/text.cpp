#include "grammar/syntax/text.h"

#include <algorithm>

namespace lbctl::syntax {

Text Text::from_file(source::FileId file, source::Position start, std::string_view bytes) {
    Text text;
    text.bytes_ = bytes;
    const source::Position end{start.line, start.column + static_cast<std::uint32_t>(bytes.size())};
    text.pieces_.push_back({0, {{file, start, end}, 0}, true});
    return text;
}

Text Text::replacement(std::string_view bytes, const source::Location& where) {
    Text text;
    text.bytes_ = bytes;
    text.pieces_.push_back({0, where, false});
    return text;
}

const Text::Piece& Text::piece_at(std::size_t offset) const {
    const auto behind = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                         [](std::size_t at, const Piece& piece) { return at < piece.offset; });
    return behind == pieces_.begin() ? *behind : *(behind - 1);
}

source::Position Text::position(const Piece& piece, std::size_t offset, bool at_end) const {
    if (!piece.verbatim) return at_end ? piece.where.range.end : piece.where.range.begin;
    const auto distance = static_cast<std::uint32_t>(offset - piece.offset);
    return {piece.where.range.begin.line, piece.where.range.begin.column + distance};
}

source::Location Text::location(std::size_t begin, std::size_t end) const {
    if (pieces_.empty()) return {};
    const Piece& first = piece_at(std::min(begin, bytes_.empty() ? 0 : bytes_.size() - 1));
    const source::Position from = position(first, begin, begin > first.offset);
    if (end <= begin) return {{first.where.range.file, from, from}, first.where.origin};
    const Piece& last = piece_at(end - 1);
    const source::Position until = position(last, end, true);
    // A reference may stand in another line than the text around it (a multi-line value): the first line counts.
    if (last.where.range.file != first.where.range.file || until < from) {
        return {{first.where.range.file, from, first.where.range.end}, first.where.origin};
    }
    return {{first.where.range.file, from, until}, first.where.origin};
}

Text Text::slice(std::size_t begin, std::size_t end) const {
    end = std::min(end, bytes_.size());
    begin = std::min(begin, end);
    Text part;
    part.bytes_ = bytes_.substr(begin, end - begin);
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        const Piece& piece = pieces_[i];
        const std::size_t next = i + 1 < pieces_.size() ? pieces_[i + 1].offset : bytes_.size();
        const bool holds_begin = piece.offset <= begin && (begin < next || i + 1 == pieces_.size());
        if (!holds_begin && (piece.offset < begin || piece.offset >= end)) continue;
        Piece copy = piece;
        const std::size_t from = std::max(piece.offset, begin);
        if (piece.verbatim) {
            copy.where.range.begin.column += static_cast<std::uint32_t>(from - piece.offset);
            copy.where.range.end = {
                copy.where.range.begin.line,
                copy.where.range.begin.column + static_cast<std::uint32_t>(std::min(next, end) - std::min(from, end))};
        }
        copy.offset = from - begin;
        part.pieces_.push_back(copy);
    }
    return part;
}

void Text::append(const Text& tail) {
    for (Piece piece : tail.pieces_) {
        piece.offset += bytes_.size();
        pieces_.push_back(piece);
    }
    bytes_ += tail.bytes_;
}

void Text::replace(std::size_t begin, std::size_t end, const Text& value) {
    Text result = begin == 0 ? Text{} : slice(0, begin);
    if (!value.empty()) result.append(value);
    if (end < size()) result.append(slice(end));
    // A line of which nothing is left still has a place.
    if (result.pieces_.empty() && !pieces_.empty()) result.pieces_.push_back({0, location(begin, end), false});
    *this = std::move(result);
}

Text trimmed(const Text& text) {
    std::size_t begin = 0;
    std::size_t end = text.size();
    while (begin < end && is_blank(text.bytes()[begin])) ++begin;
    while (end > begin && is_blank(text.bytes()[end - 1])) --end;
    if (begin == 0 && end == text.size()) return text;
    return text.slice(begin, end);
}

}  // namespace lbctl::syntax
