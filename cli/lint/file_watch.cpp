#include "cli/lint/file_watch.h"
#include "grammar/base/append.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lbctl::cli {

namespace {

/// An editor that saves makes several changes at once.
constexpr int quiet_milliseconds = 50;
constexpr std::uint32_t changes =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;

/// Whether there is something to read before the time (-1: for ever) is over.
bool is_ready(int descriptor, int milliseconds) {
    pollfd waited{descriptor, POLLIN, 0};
    for (;;) {
        const int ready = ::poll(&waited, 1, milliseconds);
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

}  // namespace

Result<FileWatch> FileWatch::make() {
    base::Descriptor descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!descriptor.is_open()) {
        return failure(fmt::format("inotify: {}", std::strerror(errno)),
                       "sysctl fs.inotify.max_user_instances says how many there may be");
    }
    return FileWatch(std::move(descriptor));
}

void FileWatch::add(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
        std::error_code error;
        const bool is_folder = std::filesystem::is_directory(file, error);
        const std::filesystem::path parent = std::filesystem::path(file).parent_path();
        const std::string folder = is_folder ? file : parent.empty() ? std::string(1, '.') : parent.string();
        if (folders_.insert(folder).second) (void)::inotify_add_watch(descriptor_.number(), folder.c_str(), changes);
    }
}

void FileWatch::wait() {
    std::array<char, 4096> events{};
    int patience = -1;
    while (is_ready(descriptor_.number(), patience)) {
        while (base::read_some(descriptor_.number(), events.data(), events.size()) > 0) continue;
        patience = quiet_milliseconds;
    }
}

std::string FileWatch::state_of(const std::vector<std::string>& files) {
    std::string state;
    for (const std::string& file : files) {
        struct stat now {};
        const bool is_there = ::stat(file.c_str(), &now) == 0;
        base::append(state, "{}\n{} {} {} {} {}.{}\n", file, is_there, now.st_dev, now.st_ino, now.st_size,
                     now.st_mtim.tv_sec, now.st_mtim.tv_nsec);
    }
    return state;
}

}  // namespace lbctl::cli
