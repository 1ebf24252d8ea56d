#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "grammar/syntax/reader.h"

namespace lbctl::ast {

/// The lines of a configuration, with a look at those that follow. A line that it gives is good until the next call
/// that looks further ahead.
class LookaheadLines {
public:
    /// `give_up` is asked every few hundred lines: once it says so, there are no more.
    LookaheadLines(syntax::LineReader& reader, std::function<bool()> give_up)
        : reader_(reader), give_up_(std::move(give_up)) {}

    /// The next line, or null at the end.
    [[nodiscard]] const syntax::Line* peek() { return next_ != end_ || fill(few_lines) ? next_ : nullptr; }

    /// The one that stands `count` lines after the next.
    [[nodiscard]] const syntax::Line* ahead(std::size_t count) {
        while (static_cast<std::size_t>(end_ - next_) <= count) {
            if (!fill(few_lines)) return nullptr;
        }
        return next_ + count;
    }

    /// The one that was passed over last, or null at the beginning.
    [[nodiscard]] const syntax::Line* passed() const { return next_ == lines_.data() ? nullptr : next_ - 1; }

    /// Goes over the next line, or several that were looked at.
    void pass(std::size_t count = 1) { next_ += count; }

    /// Opening braces less closing ones in all of the configuration, as far as they are not explained yet. The first
    /// call reads the rest of it.
    int& balance() {
        if (!balance_) {
            constexpr std::size_t many_lines = 4096;
            while (fill(many_lines)) {
            }
            balance_ = braces_read_;
        }
        return *balance_;
    }

    /// Whether the next line stands in a file that includes another one: that has ended.
    [[nodiscard]] bool has_ended(source::FileId file) {
        const syntax::Line* const next = peek();
        if (next == nullptr || next->text.is_verbatim_of(file)) return false;
        const source::FileId now = next->text.location().range.file;
        return now != file && reader_.is_included(file, now);
    }

    /// The end of the main file, once it has been reached.
    [[nodiscard]] source::Location end() const { return reader_.end(); }

private:
    bool fill(std::size_t count) {
        constexpr std::ptrdiff_t kept = 2;
        const std::ptrdiff_t passed = next_ - lines_.data();
        if (passed > kept) lines_.erase(lines_.begin(), lines_.begin() + passed - kept);
        const std::size_t known = lines_.size();
        if (!give_up_ || !give_up_()) reader_.read(count, lines_);
        for (const syntax::Line& line : std::span(lines_).subspan(known)) {
            if (line.kind == syntax::Line::Kind::open) ++braces_read_;
            if (line.kind == syntax::Line::Kind::close) --braces_read_;
        }
        next_ = lines_.data() + std::min(passed, kept);
        end_ = lines_.data() + lines_.size();
        return lines_.size() > known;
    }

    static constexpr std::size_t few_lines = 256;

    syntax::LineReader& reader_;
    std::function<bool()> give_up_;
    std::vector<syntax::Line> lines_;     ///< what has been read ahead, and the last lines before it
    const syntax::Line* next_ = nullptr;  ///< of them
    const syntax::Line* end_ = nullptr;   ///< of them
    int braces_read_ = 0;                 ///< opening braces less closing ones among the lines that were read so far
    std::optional<int> balance_;
};

}  // namespace lbctl::ast
