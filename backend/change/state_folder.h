#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

namespace lbctl::change {

/// Tells a file from the one that took its place.
struct FileStamp {
    std::uint64_t inode = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const FileStamp&) const = default;
};

/// A folder of files that lbctl trusts, because nobody else can have written them: it and they belong to the user who
/// runs lbctl, and are for that user alone (0700 and 0600, whatever the umask). A folder or file that is a symbolic
/// link, belongs to somebody else, may be written by others or is no folder or regular file is refused. What others may
/// only read, as earlier releases of lbctl made it, is taken from them.
///
/// Files are named without a slash, and are opened relative to the folder that was looked at.
class StateFolder {
public:
    /// Larger files are neither read nor written.
    static constexpr std::size_t largest_file = std::size_t{256} << 20;

    /// Nothing when there is no such folder.
    static Result<std::optional<StateFolder>> find(const std::string& path);
    /// Makes the folder when there is none.
    static Result<StateFolder> make(const std::string& path);

    /// The whole file; nothing when there is none.
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) const;
    /// Puts a new file in the place of the old one at once: whoever reads it sees the old text or the new one.
    [[nodiscard]] Result<void> write(const std::string& name, std::string_view text) const;
    /// It is no failure when there is none.
    [[nodiscard]] Result<void> remove(const std::string& name) const;
    /// Changes when the file is written again; nothing when there is none.
    [[nodiscard]] Result<std::optional<FileStamp>> stamp(const std::string& name) const;

    /// A file for flock(2).
    struct LockFile {
        base::Descriptor descriptor;
        std::uint64_t inode = 0;
        /// Others could open it, so somebody may have it open still and lock it later.
        bool was_open_to_others = false;
    };
    /// Opens the file, and makes it when there is none.
    [[nodiscard]] Result<LockFile> open_lock(const std::string& name) const;
    /// The same; nothing when there is none.
    [[nodiscard]] Result<std::optional<LockFile>> find_lock(const std::string& name) const;
    /// A new file in the place of any that is there, locked already when others can open it.
    [[nodiscard]] Result<base::Descriptor> replace_lock(const std::string& name) const;

    [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

private:
    enum class TooOpen { is_mended, is_told };

    StateFolder(std::string path, base::Descriptor folder) : path_(std::move(path)), folder_(std::move(folder)) {}
    static Result<std::optional<StateFolder>> open(const std::string& path);
    [[nodiscard]] Result<std::optional<LockFile>> open_file(const std::string& name, int flags, TooOpen too_open) const;

    std::string path_;
    base::Descriptor folder_;
};

}  // namespace lbctl::change
