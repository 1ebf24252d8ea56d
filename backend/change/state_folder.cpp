#include "backend/change/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "backend/process/permission.h"

namespace lbctl::change {

namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr mode_t writable_by_others = 0022;
constexpr mode_t open_to_others = 0077;

tl::unexpected<Failure> file_failure(std::string_view what, const std::string& path, int error) {
    return failure(fmt::format("cannot {} {}: {}", what, path, std::strerror(error)),
                   error == EACCES || error == EPERM ? process::permission_hint(path) : "");
}

/// A folder or file that may say what somebody else wants it to say.
tl::unexpected<Failure> refused(const std::string& path, std::string_view why,
                                std::string hint = "find out who made it so, and remove it") {
    return failure(fmt::format("{} is not to be trusted: {}", path, why), std::move(hint));
}

/// Whether it is for this user alone, or at least only this user can have written it.
Result<void> check_owner(const std::string& path, const struct stat& status) {
    if (status.st_uid != ::geteuid()) {
        return refused(path, fmt::format("it belongs to the user with number {}, not to the one who runs lbctl ({})",
                                         status.st_uid, ::geteuid()));
    }
    if ((status.st_mode & writable_by_others) != 0) {
        return refused(path, fmt::format("others may write it (mode {:04o})", status.st_mode & 07777U),
                       fmt::format("look at what it says, and then `chmod go= {}', or remove it", path));
    }
    return {};
}

/// Why a folder or file could not be opened, when it is of a wrong kind.
std::optional<std::string_view> wrong_kind(int folder, const std::string& name) {
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (S_ISLNK(status.st_mode)) return "it is a symbolic link";
    if (S_ISDIR(status.st_mode)) return "it is a folder";
    if (S_ISFIFO(status.st_mode)) return "it is a FIFO";
    if (!S_ISREG(status.st_mode)) return "it is no regular file";
    return std::nullopt;
}

/// The name of a file that is not complete yet. Only what an earlier process with this number left behind has it.
std::string temporary_name(const std::string& name) {
    return fmt::format("{}.new-{}", name, ::getpid());
}

/// A new file in the folder; -1 with errno when that fails.
base::Descriptor new_file(int folder, const std::string& name) {
    ::unlinkat(folder, name.c_str(), 0);
    base::Descriptor file(::openat(folder, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
    // The umask may have taken away what the owner needs.
    if (file.is_open() && ::fchmod(file.number(), file_mode) != 0) return base::Descriptor();
    return file;
}

}  // namespace

Result<std::optional<StateFolder>> StateFolder::open(const std::string& path) {
    base::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.is_open()) {
        const int error = errno;
        if (error == ENOENT) return std::nullopt;
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) return file_failure("open the folder", path, error);
        if (S_ISLNK(status.st_mode)) return refused(path, "it is a symbolic link");
        if (error == ENOTDIR) return refused(path, "it is no folder");
        if (error == EACCES) {
            // Whose it is says more than that it is closed.
            if (auto checked = check_owner(path, status); !checked) return tl::make_unexpected(checked.error());
        }
        return file_failure("open the folder", path, error);
    }
    struct stat status {};
    if (::fstat(folder.number(), &status) != 0) return file_failure("look at the folder", path, errno);
    if (auto checked = check_owner(path, status); !checked) return tl::make_unexpected(checked.error());
    if ((status.st_mode & 0777) != folder_mode && ::fchmod(folder.number(), folder_mode) != 0)
        return file_failure("close to others the folder", path, errno);
    return StateFolder(path, std::move(folder));
}

Result<std::optional<StateFolder>> StateFolder::find(const std::string& path) {
    return open(path);
}

Result<StateFolder> StateFolder::make(const std::string& path) {
    if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST) return file_failure("make the folder", path, errno);
    auto opened = open(path);
    if (!opened) return tl::make_unexpected(opened.error());
    if (!*opened) return file_failure("open the folder", path, ENOENT);
    return std::move(**opened);
}

Result<std::optional<StateFolder::LockFile>> StateFolder::open_file(const std::string& name, int flags,
                                                                    TooOpen too_open) const {
    // Without O_NONBLOCK opening a FIFO waits for somebody at its other end.
    base::Descriptor file(
        ::openat(folder_.number(), name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, file_mode));
    if (!file.is_open()) {
        const int error = errno;
        if (error == ENOENT) return std::nullopt;
        if (const auto kind = wrong_kind(folder_.number(), name)) return refused(path_of(name), *kind);
        struct stat found {};
        if (error == EACCES && ::fstatat(folder_.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
            if (auto checked = check_owner(path_of(name), found); !checked) return tl::make_unexpected(checked.error());
        }
        return file_failure("open", path_of(name), error);
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return file_failure("look at", path_of(name), errno);
    if (!S_ISREG(status.st_mode)) {
        return refused(path_of(name), wrong_kind(folder_.number(), name).value_or("it is no regular file"));
    }
    if (auto checked = check_owner(path_of(name), status); !checked) return tl::make_unexpected(checked.error());
    const bool open_to_all = (status.st_mode & open_to_others) != 0;
    const bool is_mended = (status.st_mode & 0777) != file_mode && (!open_to_all || too_open == TooOpen::is_mended);
    if (is_mended && ::fchmod(file.number(), file_mode) != 0)
        return file_failure("close to others", path_of(name), errno);
    return LockFile{std::move(file), status.st_ino, open_to_all};
}

Result<std::optional<std::string>> StateFolder::read(const std::string& name) const {
    const auto file = open_file(name, O_RDONLY, TooOpen::is_mended);
    if (!file) return tl::make_unexpected(file.error());
    if (!*file) return std::nullopt;
    const int descriptor = (*file)->descriptor.number();
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return file_failure("look at", path_of(name), errno);
    // Nobody writes into a file of lbctl's: a new one takes its place.
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > largest_file) {
        return failure(fmt::format("{} is larger than {} MiB", path_of(name), largest_file >> 20),
                       "lbctl has not written that: look at it, and remove it");
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t count = base::read_some(descriptor, text.data() + done, text.size() - done);
        if (count < 0) return file_failure("read", path_of(name), static_cast<int>(-count));
        if (count == 0) text.resize(done);
        done += static_cast<std::size_t>(count);
    }
    return text;
}

Result<void> StateFolder::write(const std::string& name, std::string_view text) const {
    if (text.size() > largest_file) {
        return failure(
            fmt::format("cannot write {}: it would be larger than {} MiB", path_of(name), largest_file >> 20),
            "the table is too large for what lbctl has to remember");
    }
    const std::string temporary = temporary_name(name);
    const auto fill = [&] {
        base::Descriptor file = new_file(folder_.number(), temporary);
        if (!file.is_open()) return errno;
        if (const int error = base::write_all(file.number(), text); error != 0) return error;
        if (::fsync(file.number()) != 0) return errno;
        if (const int error = file.close(); error != 0) return error;
        return ::renameat(folder_.number(), temporary.c_str(), folder_.number(), name.c_str()) == 0 ? 0 : errno;
    };
    const int error = fill();
    if (error == 0) return {};
    ::unlinkat(folder_.number(), temporary.c_str(), 0);
    return file_failure("write", path_of(name), error);
}

Result<void> StateFolder::remove(const std::string& name) const {
    if (::unlinkat(folder_.number(), name.c_str(), 0) != 0 && errno != ENOENT)
        return file_failure("remove", path_of(name), errno);
    return {};
}

Result<std::optional<FileStamp>> StateFolder::stamp(const std::string& name) const {
    struct stat status {};
    if (::fstatat(folder_.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return FileStamp{status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    if (errno != ENOENT) return file_failure("look at", path_of(name), errno);
    return std::nullopt;
}

Result<StateFolder::LockFile> StateFolder::open_lock(const std::string& name) const {
    auto file = open_file(name, O_RDWR | O_CREAT, TooOpen::is_told);
    if (!file) return tl::make_unexpected(file.error());
    if (!*file) return file_failure("open", path_of(name), ENOENT);
    return std::move(**file);
}

Result<std::optional<StateFolder::LockFile>> StateFolder::find_lock(const std::string& name) const {
    return open_file(name, O_RDONLY, TooOpen::is_told);
}

Result<base::Descriptor> StateFolder::replace_lock(const std::string& name) const {
    const std::string temporary = temporary_name(name);
    base::Descriptor file = new_file(folder_.number(), temporary);
    int error = file.is_open() ? 0 : errno;
    if (error == 0 && ::flock(file.number(), LOCK_EX | LOCK_NB) != 0) error = errno;
    if (error == 0 && ::renameat(folder_.number(), temporary.c_str(), folder_.number(), name.c_str()) != 0)
        error = errno;
    if (error == 0) return file;
    ::unlinkat(folder_.number(), temporary.c_str(), 0);
    return file_failure("write", path_of(name), error);
}

}  // namespace lbctl::change
