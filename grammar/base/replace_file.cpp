#include "grammar/base/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "grammar/base/descriptor.h"

namespace lbctl::base {

namespace {

constexpr mode_t permissions = 07777;

/// The file that symbolic links lead to; the path itself when there is no such file.
std::string linked_file(const std::string& path) {
    std::string room(PATH_MAX, '\0');
    return realpath(path.c_str(), room.data()) == nullptr ? path : room.substr(0, room.find('\0'));
}

/// Signals that people end a program with wait for as long as it lives: nothing half done is left behind. What kills at
/// once (SIGKILL) cannot wait.
class EndingSignalsWait {
public:
    EndingSignalsWait() {
        sigset_t ending;
        sigemptyset(&ending);
        for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) sigaddset(&ending, signal);
        pthread_sigmask(SIG_BLOCK, &ending, &before_);
    }
    EndingSignalsWait(const EndingSignalsWait&) = delete;
    EndingSignalsWait& operator=(const EndingSignalsWait&) = delete;
    ~EndingSignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

/// Gives 0 or an errno.
int write_beside(const std::string& path, const struct stat* old, std::string_view text, mode_t mode_if_new) {
    const std::string temporary = fmt::format("{}.lbctl-{}", path, getpid());
    const EndingSignalsWait waiting;
    // Only what an earlier process with this number left behind can be there.
    unlink(temporary.c_str());
    Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_if_new));
    if (!file.is_open()) return errno;
    const auto fill = [&] {
        // Only root can give a file away, and nobody else has to.
        if (old != nullptr && fchown(file.number(), old->st_uid, old->st_gid) != 0 && geteuid() == 0) return errno;
        // After the owner: a change of owner takes special bits away.
        if (old != nullptr && fchmod(file.number(), old->st_mode & permissions) != 0) return errno;
        if (const int error = write_all(file.number(), text); error != 0) return error;
        if (fsync(file.number()) != 0) return errno;
        if (const int error = file.close(); error != 0) return error;
        return rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
    };
    const int error = fill();
    if (error != 0) unlink(temporary.c_str());
    return error;
}

int write_into(const std::string& path, std::string_view text) {
    Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.is_open()) return errno;
    const int error = write_all(file.number(), text);
    const int close_error = file.close();
    return error != 0 ? error : close_error;
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode_if_new) {
    struct stat status {};
    const bool exists = stat(path.c_str(), &status) == 0;
    int error = exists || errno == ENOENT ? 0 : errno;
    if (error == 0) {
        error = exists && !S_ISREG(status.st_mode)
                    ? write_into(path, text)
                    : write_beside(linked_file(path), exists ? &status : nullptr, text, mode_if_new);
    }
    if (error != 0) return failure(fmt::format("cannot write {}: {}", path, std::strerror(error)));
    return {};
}

}  // namespace lbctl::base
