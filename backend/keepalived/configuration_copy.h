#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Since 2.2.0 keepalived writes what it reads of its configuration into a file in memory, from which its processes
/// take it: lib/parser.c, read_line() and end_file(). Each reading replaces it, so it shows what keepalived runs with.
///
/// A line `# PATH` begins a file, `!` ends it; a line `#! TEXT` is a complaint. Comments, and blanks at both ends of a
/// line, are gone, and an include is a blank line, after which the included files follow. Read as a configuration it
/// is the one that was read.
namespace lbctl::keepalived {

/// A file as it is now.
struct ConfigurationFile {
    std::string name;
    std::string_view text;
};

/// What has become of the files since keepalived read them.
struct FilesChange {
    std::vector<std::string> changed;  ///< names of files whose text is another
    std::size_t more = 0;              ///< files that are included now and were not
    std::size_t fewer = 0;             ///< files that were included and are not now

    [[nodiscard]] bool any() const { return !changed.empty() || more != 0 || fewer != 0; }
};

/// Holds the files against the copy. They are in the order in which they are read. Comments and blanks at the ends of
/// lines do not count.
FilesChange files_change(std::string_view copy, std::span<const ConfigurationFile> files);

/// A line as it stands in the copy.
std::string as_copied(std::string_view line);

}  // namespace lbctl::keepalived
