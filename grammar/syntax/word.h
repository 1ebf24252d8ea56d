#pragma once

#include <string_view>

#include "grammar/source/sources.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

/// A word as keepalived reads it: quotes removed, parameters replaced. A view of text that the
/// Sources hold, or the arena of the statement that it stands in.
class Word {
public:
    Word() = default;

    /// The word that `line` has from `begin` up to `end`, its quotes included, and that is read as `text`. What does
    /// not stand in a file just so is kept in the arena.
    static Word in_line(base::Arena& arena, const Text& line, std::size_t begin, std::size_t end, std::string_view text,
                        bool quoted) {
        const bool glued = end - begin != text.size() + (quoted ? 2 : 0);
        if (line.is_verbatim() && !glued) return {text.data(), line.verbatim_place(begin, end, quoted)};
        return {arena.keep(text).data(),
                {arena.make(line.location(begin, end)), static_cast<std::uint32_t>(text.size()), quoted}};
    }

    /// The same without quotes, of a line that stands in a file just so.
    static Word of_file(const Text& line, std::size_t begin, std::size_t end) {
        return {line.bytes().data() + begin, line.verbatim_place(begin, end)};
    }

    [[nodiscard]] std::string_view text() const {
        return {data_, place_.length() - (place_.stands_in_file() && place_.marked() ? 2U : 0U)};
    }
    [[nodiscard]] source::Location where() const { return place_.location(); }
    [[nodiscard]] source::Place place() const { return place_; }
    [[nodiscard]] bool quoted() const { return place_.marked(); }

private:
    Word(const char* data, source::Place place) : data_(data), place_(place) {}

    const char* data_ = nullptr;
    source::Place place_;
};

}  // namespace lbctl::syntax
