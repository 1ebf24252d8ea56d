#include "backend/health/tracked_files.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace lbctl::health {

namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

TrackedFiles::TrackedFiles(const std::vector<std::string>& paths) : paths_(paths.begin(), paths.end()) {
    if (paths_.empty()) return;
    descriptor_ = base::Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    std::set<std::string> folders;
    for (const std::string& path : paths_) folders.insert(folder_of(path));
    for (const std::string& folder : folders) {
        const int number = descriptor_.is_open()
                               ? ::inotify_add_watch(descriptor_.number(), folder.c_str(),
                                                     IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
                               : -1;
        if (number < 0) {
            unwatched_.push_back(folder);
        } else {
            folders_[number] = folder;
        }
    }
}

std::vector<std::string> TrackedFiles::changed() {
    std::set<std::string> found;
    std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (;;) {
        const ssize_t count = ::read(descriptor_.number(), buffer.data(), buffer.size());
        if (count <= 0) break;
        std::size_t at = 0;
        while (at + sizeof(inotify_event) <= static_cast<std::size_t>(count)) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const std::string name(buffer.data() + at + sizeof event,
                                   ::strnlen(buffer.data() + at + sizeof event, event.len));
            at += sizeof event + event.len;
            // After too many at once any of them may have changed.
            const bool any = (event.mask & IN_Q_OVERFLOW) != 0;
            for (const std::string& path : paths_) {
                const auto folder = folders_.find(event.wd);
                if (any || (folder != folders_.end() && folder->second == folder_of(path) && name == name_of(path)))
                    found.insert(path);
            }
        }
    }
    return {found.begin(), found.end()};
}

}  // namespace lbctl::health
