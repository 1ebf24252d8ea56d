#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

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

/// A stretch of one file; `end` is the place behind its last byte.
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

/// How one file came to be read.
struct Inclusion {
    bool included = false;
    Range directive;  ///< the include line, when `included`
};

/// The files of one configuration, their text, and the origins of expanded text. Only grows; references to its texts
/// stay good.
class Sources {
public:
    Sources();

    /// Takes a file's bytes under the name that messages shall use.
    FileId add(std::string name, std::string text, Inclusion inclusion = {});

    OriginId add_origin(Origin origin);

    [[nodiscard]] std::size_t file_count() const { return files_.size(); }
    [[nodiscard]] const std::string& name(FileId file) const { return files_[file].name; }
    [[nodiscard]] const std::string& text(FileId file) const { return files_[file].text; }
    [[nodiscard]] const Inclusion& inclusion(FileId file) const { return files_[file].inclusion; }

    /// A line without its line end; empty when the file has no such line.
    [[nodiscard]] std::string_view line(FileId file, std::uint32_t number) const;

    /// How many lines the file has; a last line without line end counts.
    [[nodiscard]] std::uint32_t line_count(FileId file) const;

    /// Place of a byte offset.
    [[nodiscard]] Position position(FileId file, std::size_t offset) const;

    /// `id` must not be 0.
    [[nodiscard]] const Origin& origin(OriginId id) const { return origins_[id]; }

private:
    struct File {
        std::string name;
        std::string text;
        std::vector<std::size_t> line_starts;
        Inclusion inclusion;
    };
    std::deque<File> files_;
    std::deque<Origin> origins_;
};

}  // namespace lbctl::source
