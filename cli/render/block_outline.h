#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ast/secret_text.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// A line as it is compared: its words with one blank between them, without comment, quotes and braces. Two ways to lay
/// a line out give the same.
[[nodiscard]] std::string normalised_line(std::string_view line);

/// Which blocks the lines of one file stand in, by its text alone: statements may have been forgotten when it is asked.
/// Holds no secrets: they are masked before anything is kept.
class BlockOutline {
public:
    BlockOutline(const source::Sources& sources, const ast::Secrets& secrets, source::FileId file);

    /// Of more blocks around a line only so many count, the innermost: keepalived's own are four deep.
    static constexpr unsigned most_heads = 16;

    /// The heads of the blocks around a line, as normalised_line() gives them, the outermost first, each with a line
    /// end; empty at the top level and after the last line.
    [[nodiscard]] std::string heads_around(std::uint32_t line) const;

    /// How many lines before it have the same text in blocks with the same heads.
    [[nodiscard]] std::uint32_t equal_lines_before(std::uint32_t line) const;

private:
    struct Block {
        std::uint32_t parent = 0;  ///< the block around it; number 0 is the top level
        std::uint32_t head = 0;    ///< number of its head: a line of many braces has many blocks with one head
    };
    struct Line {
        std::uint32_t block = 0;
        std::uint32_t equal_before = 0;
    };
    std::vector<Block> blocks_;
    std::vector<std::string> heads_;
    std::vector<Line> lines_;
};

}  // namespace lbctl::cli
