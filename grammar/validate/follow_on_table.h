#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// Which finding hides which. One mistake gives one finding: a rule that misses something is silent where another
/// finding tells that the very thing could not be read.
namespace lbctl::validate {

/// What may have caused the findings of a rule: then they are told once that is mended.
enum class Cause : std::uint8_t {
    nothing = 0,
    keyword = 1,           ///< the block lacks one of `keywords`, and a line in it could not be read that may be one
    entry = 2,             ///< the list lacks an entry, and a line in it could not be read
    keyword_in_notes = 4,  ///< as `keyword`, in a block that a note of the finding names a line of
    entry_in_notes = 8,    ///< as `entry`, in a list that a note of the finding names a line of
    name = 16,             ///< a block of `blocks` could not be read that may have the name
    use = 32,  ///< a block was passed over in which the name stands, or one of `blocks` has no name and counts as none
    merge = 64,  ///< both sides of a merge stand in the file
};
constexpr Cause operator|(Cause one, Cause other) {
    return static_cast<Cause>(static_cast<unsigned>(one) | static_cast<unsigned>(other));
}
constexpr bool has(Cause causes, Cause one) {
    return (static_cast<unsigned>(causes) & static_cast<unsigned>(one)) != 0;
}

/// A rule whose findings can be consequences.
struct Consequence {
    std::string_view rule;
    Cause causes = Cause::nothing;
    std::string_view keywords{};  ///< that the block lacks one of, a blank between them
    std::string_view blocks{};    ///< keywords of the blocks that define the name, or use it, likewise
};
std::span<const Consequence> consequences();

/// The row of a rule; null when nothing hides its findings.
const Consequence* find_consequence(std::string_view rule);

/// What is not known for sure where reading told of a fault. Without a row that is the statement that the fault stands
/// in, or the block that was passed over because of it.
struct Unsure {
    std::string_view rule;
    bool block = false;       ///< all of the block around it: lines of it may have gone elsewhere
    bool names = false;       ///< any name: what defines it may have gone
    bool word = false;        ///< the word is not known: what it was meant for, or nothing where nothing is like it
    bool name = false;        ///< told at the keyword of a block: the name of that block
    bool merge = false;       ///< whatever is there twice: both sides of a merge are read
    bool everything = false;  ///< all of the file: nothing else is told of it
};

/// The row of a rule of reading; one without a mark where it has none.
Unsure unsure_by(std::string_view rule);

}  // namespace lbctl::validate
