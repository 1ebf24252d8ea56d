#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// Memory for a part of a file, and the lines in it.
class LineBlock {
public:
    static constexpr std::size_t capacity = std::size_t{128} * 1024;

    LineBlock() : memory_(std::make_unique_for_overwrite<char[]>(room_in_front + capacity)) {}

    /// Whole lines; only the last one of a file may be without its newline.
    [[nodiscard]] std::string_view text() const { return text_; }

private:
    friend class WholeLines;
    static constexpr std::size_t room_in_front = longest_line + 1;

    std::unique_ptr<char[]> memory_;
    std::string_view text_;
};

/// Cuts what a descriptor gives into blocks that end where lines end, so that each can be understood without the
/// others. Of a line that is longer than any of the kernel it gives the beginning, which is still longer than any of
/// those.
class WholeLines {
public:
    explicit WholeLines(int descriptor) : descriptor_(descriptor) {}

    /// Puts the next lines into the block: none at the end. Returns 0, or the errno with the lines before the failure.
    int next(LineBlock& block);

private:
    void hold(std::string_view part);

    int descriptor_;
    std::string held_;       ///< the beginning of a line whose end has not been read
    bool skipping_ = false;  ///< the rest of that line is left out
};

}  // namespace lbctl::procfs
