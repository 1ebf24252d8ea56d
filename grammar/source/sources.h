#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/arena.h"
#include "grammar/base/result.h"

/// Files and the places in them. Every word of a configuration can say where it was written.
namespace lbctl::source {

/// Number of a file in Sources.
using FileId = std::uint32_t;

/// A place in a file. Lines and columns count from 1, columns in bytes.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    auto operator<=>(const Position&) const = default;
};

/// A stretch of one file; `end` is the place after its last byte.
struct Range {
    FileId file = 0;
    Position begin;
    Position end;
    auto operator<=>(const Range&) const = default;
};

/// Number of an Origin in Sources; 0 is text that stands in a file just as it is read.
using OriginId = std::uint32_t;

/// One step of the way by which text that was not written where it acts came there.
struct Origin {
    enum class Kind { parameter, sequence, list, environment, command_line, predefined };
    Kind kind = Kind::parameter;
    std::string name;             ///< of the parameter or sequence variable, without `$`
    Range defined;                ///< the line of the definition the text comes from
    bool has_definition = false;  ///< false for predefined parameters and those of the command line
    Range used;                   ///< the reference
    OriginId parent = 0;          ///< how the reference itself came there
};

/// Where a word acts: for text out of an expansion the place of the outermost reference, with the way it came.
struct Location {
    Range range;
    OriginId origin = 0;
};

/// A Location in 16 bytes, for the million words of a large configuration: most stand in a file just so, in one line;
/// for the others the Location is kept in the arena of the Sources. Carries a length and one bit for its owner.
class Place {
public:
    /// Line 1, column 1 of the first file.
    constexpr Place() = default;

    /// `length` bytes of a file, from `start` on.
    constexpr Place(FileId file, Position start, std::uint32_t length, bool mark = false)
        : bits_(std::uint64_t{start.line} << 32U | start.column),
          file_(file & elsewhere),
          mark_(mark),
          length_(length) {}

    /// Anywhere; `length` is what length() shall give.
    Place(const Location* where, std::uint32_t length, bool mark = false)
        : bits_(reinterpret_cast<std::uintptr_t>(where)), file_(elsewhere), mark_(mark), length_(length) {}

    [[nodiscard]] bool stands_in_file() const { return file_ != elsewhere; }
    [[nodiscard]] std::uint32_t length() const { return length_; }
    [[nodiscard]] bool marked() const { return mark_ != 0; }
    [[nodiscard]] Location location() const {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the bits hold either, so that a word takes no more than it must
        if (!stands_in_file()) return *reinterpret_cast<const Location*>(static_cast<std::uintptr_t>(bits_));
        const Position begin{static_cast<std::uint32_t>(bits_ >> 32U), static_cast<std::uint32_t>(bits_)};
        return {{file_, begin, {begin.line, begin.column + length_}}, 0};
    }

private:
    static constexpr FileId elsewhere = ~FileId{0} >> 1U;

    std::uint64_t bits_ = std::uint64_t{1} << 32U | 1U;
    FileId file_ : 31 = 0;
    FileId mark_ : 1 = 0;
    std::uint32_t length_ = 0;
};

/// Any Location in the compact form; what that does not hold goes to the arena.
Place place_of(base::Arena& arena, const Location& where);

/// How one file came to be read.
struct Inclusion {
    bool included = false;
    Range directive;  ///< the include line, when `included`
};

/// Texts that are read in the place of what files of the machine hold, by file_identity(), or "-": a change can be
/// checked before it is written.
using ChangedTexts = std::map<std::string, std::string, std::less<>>;

/// The files of one configuration, their text, and the origins of expanded text. Only grows; the texts keep their
/// address, also when it moves.
class Sources {
public:
    Sources();

    /// Takes a file's bytes under the name that messages shall use.
    FileId add(std::string name, std::string_view text, Inclusion inclusion = {});

    /// Reads a file (see read_file) and takes it under its path. Fails also when all files that were read so would be
    /// more than most_bytes together.
    Result<FileId> add_file(const std::string& path, Inclusion inclusion = {});

    /// From now on add_file() takes these texts; null: none. They must outlive the reading.
    void read_changed(const ChangedTexts* changed) { changed_ = changed; }

    OriginId add_origin(Origin origin);

    /// Forgets all but the first file, as if nothing of it had been read yet.
    void forget_reading();

    [[nodiscard]] std::size_t file_count() const { return files_.size(); }
    [[nodiscard]] const std::string& name(FileId file) const { return files_[file].name; }
    [[nodiscard]] std::string_view text(FileId file) const { return files_[file].text; }
    [[nodiscard]] const Inclusion& inclusion(FileId file) const { return files_[file].inclusion; }

    /// A line without its line end; empty when the file has no such line. The first call for a file walks over it once;
    /// not for two threads at a time.
    [[nodiscard]] std::string_view line(FileId file, std::uint32_t number) const;

    /// `id` must not be 0.
    [[nodiscard]] const Origin& origin(OriginId id) const { return origins_[id]; }

private:
    struct File {
        std::string name;
        std::string_view text;
        Inclusion inclusion;
        mutable std::vector<std::size_t> marks{};  ///< where every 64th line begins, once somebody asked for a line
    };
    FileId take(File file);

    base::Arena arena_;
    std::deque<File> files_;
    std::deque<Origin> origins_;
    std::size_t bytes_ = 0;  ///< of the files that were read
    const ChangedTexts* changed_ = nullptr;
    struct {
        base::Arena::Mark arena;
        std::size_t bytes = 0;
    } after_first_;  ///< of the arena and of `bytes_` when only the first file was there
};

/// The include lines through which a file came to be read, its own first; none for a file that a person named.
std::vector<Range> inclusions(const Sources& sources, FileId file);

/// The line at the start of `text` without its line end; takes it and the line end off.
inline std::string_view take_line(std::string_view& text) {
    const std::size_t feed = text.find('\n');
    std::string_view line = text.substr(0, feed);
    text.remove_prefix(feed == std::string_view::npos ? text.size() : feed + 1);
    while (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace lbctl::source
