#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/arena.h"
#include "grammar/base/result.h"

/// The files of the machine, as far as a configuration may name them.
namespace lbctl::source {

/// The most bytes that are read, of one file or of all that one configuration includes.
inline constexpr std::size_t most_bytes = std::size_t{256} << 20U;

/// Who named a file. A person may name a pipe or a device; of what an include names only regular files are read, and
/// none is waited for (/proc/kmsg would never end).
enum class NamedBy { person, include };

/// Whether bytes are a program, a picture, an archive or the like: there are many controls in the beginning that no
/// text has. UTF-16, of which every second byte may be NUL, is text.
[[nodiscard]] bool is_binary(std::string_view bytes);

/// The bytes of a file, or of standard input for "-", put into the arena. Fails for a folder, for what cannot be read,
/// past `limit` bytes, and for binary files that a person named.
Result<std::string_view> read_file(const std::string& path, base::Arena& arena, NamedBy named_by = NamedBy::person,
                                   std::size_t limit = most_bytes);

/// The most names that the patterns of one configuration may look at, and the most files that one of them may name.
/// glob(3) itself knows no limit, and `/*/*/*` would walk a whole machine.
inline constexpr std::size_t most_names = 100'000;
inline constexpr std::size_t most_matches = 10'000;

/// What an include pattern names, in the order in which keepalived reads it.
struct Matches {
    std::vector<std::string> paths;
    bool has_wildcard = false;         ///< `*`, `?` or `[` in the pattern
    bool has_braces = false;           ///< alternatives in braces
    bool too_many = false;             ///< it looks at more names than are left, or names too many files: no paths then
    std::vector<std::string> missing;  ///< alternatives (or the name itself) that name nothing
};

/// Expands a pattern as glob(3) with brace alternatives does; relative patterns start in `directory`. Takes the names
/// that a wildcard or an alternative has to look at from `names_left`.
Matches expand_pattern(std::string_view pattern, const std::string& directory, std::size_t& names_left);

/// Why keepalived would pass over a path that a pattern matched; empty when it would read it.
std::string unreadable_reason(const std::string& path);

/// What makes a file the same one under any name: device and inode. Empty when there is no such file.
std::string file_identity(const std::string& path);

}  // namespace lbctl::source
