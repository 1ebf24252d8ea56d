#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/lint/files.h"
#include "cli/lint/linted.h"
#include "cli/lint/settings.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Whether and how files are mended, as words of the command line.
struct FixArguments {
    bool write = false;
    bool diff = false;
    bool with_unsafe = false;

    [[nodiscard]] bool is_wanted() const { return write || diff; }
};

/// Adds the options that say whether files are mended.
void add_fix_options(Command command, FixArguments& arguments);

/// A file that was read for fixes, and that may have got some.
struct FixedFile {
    std::string path;  ///< as it was named, or as an include named it
    std::string before;
    std::string after;

    [[nodiscard]] bool is_changed() const { return before != after; }
};

/// What has become of the files, none of which has been written.
struct Fixed {
    std::vector<UnreadFile> unread;
    std::vector<FixedFile> files;
    std::size_t fixes = 0;
};

/// Makes the fixes of the findings in files, and in those that they include, again and again until no more can be made.
/// Findings that are hidden or not chosen have none. An edit that one reading of a file asks for and another one does
/// not (included twice, under two roots, for another id) is not made. Fails as analyse_files() does, and when there is
/// no end of fixes.
Result<Fixed> fix_files(const FilesToLint& files, SettingsByFile& settings, std::size_t jobs, const Streams& streams,
                        bool with_unsafe);

/// How many files have changed.
std::size_t changed_files(const Fixed& fixed);

/// Prints the changes as a unified diff, without secrets.
void print_changes(const Fixed& fixed, const Streams& streams);

/// Writes the changes, file for file. Fails for a file that is none of the disk's, that has changed meanwhile, or that
/// cannot be written: it stays as it is, and so do those after it.
Result<void> write_changes(const Fixed& fixed);

}  // namespace lbctl::cli
