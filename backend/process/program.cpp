#include "backend/process/program.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "grammar/base/descriptor.h"

extern char** environ;

namespace lbctl::process {

namespace {

constexpr std::chrono::milliseconds pause{10};
constexpr std::size_t most_kept = std::size_t{64} << 20U;

class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    void use(const base::Descriptor& file, int descriptor) {
        posix_spawn_file_actions_adddup2(&actions_, file.number(), descriptor);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

/// Files and no pipes: neither side waits for the other, however much there is.
base::Descriptor file_in_memory() {
    return base::Descriptor(::memfd_create("lbctl", MFD_CLOEXEC));
}

std::string read_all(const base::Descriptor& file) {
    std::string text;
    ::lseek(file.number(), 0, SEEK_SET);
    base::read_up_to(file.number(), most_kept, text);
    return text;
}

bool is_program(const std::string& path) {
    return ::access(path.c_str(), X_OK) == 0;
}

/// Where the program is; empty: nowhere.
std::string path_of(const std::string& name) {
    if (name.find('/') != std::string::npos) return is_program(name) ? name : std::string();
    const char* const set = std::getenv("PATH");
    const std::string folders = fmt::format("{}:/usr/local/sbin:/usr/sbin:/sbin", set == nullptr ? "" : set);
    std::string_view rest = folders;
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        // A program of the folder in which one happens to be is nobody's wish.
        if (folder.starts_with('/')) {
            std::string path = fmt::format("{}/{}", folder, name);
            if (is_program(path)) return path;
        }
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    }
    return {};
}

}  // namespace

bool has_program(const std::string& name) {
    return !path_of(name).empty();
}

Result<ProgramRun> run_program(const std::vector<std::string>& words, std::string_view input,
                               std::optional<std::chrono::milliseconds> patience) {
    const std::string& name = words.front();
    const auto not_run = [&](int error) {
        return failure(fmt::format("cannot run {}: {}", name, std::strerror(error)));
    };
    std::string path = path_of(name);
    if (path.empty()) return not_run(ENOENT);
    const base::Descriptor in = file_in_memory();
    const base::Descriptor out = file_in_memory();
    const base::Descriptor err = file_in_memory();
    if (!in.is_open() || !out.is_open() || !err.is_open()) return not_run(errno);
    if (const int error = base::write_all(in.number(), input); error != 0) return not_run(error);
    ::lseek(in.number(), 0, SEEK_SET);
    // It would be one that may be run, and programs that are given it by its name may not like that.
    (void)::fchmod(in.number(), S_IRUSR | S_IWUSR);
    FileActions actions;
    actions.use(in, STDIN_FILENO);
    actions.use(out, STDOUT_FILENO);
    actions.use(err, STDERR_FILENO);
    std::vector<std::string> copies(words);
    std::vector<char*> arguments;
    for (std::string& copy : copies) arguments.push_back(copy.data());
    arguments.push_back(nullptr);
    ::pid_t process = 0;
    if (const int error = ::posix_spawn(&process, path.c_str(), actions.get(), nullptr, arguments.data(), environ);
        error != 0)
        return not_run(error);
    int status = 0;
    bool is_late = false;
    const auto end = std::chrono::steady_clock::now() + patience.value_or(std::chrono::milliseconds(0));
    for (;;) {
        const ::pid_t ended = ::waitpid(process, &status, patience && !is_late ? WNOHANG : 0);
        if (ended == process) break;
        if (ended < 0) {
            if (errno != EINTR) return failure(fmt::format("cannot wait for {}: {}", name, std::strerror(errno)));
        } else if (std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(pause);
        } else {
            is_late = true;
            (void)::kill(process, SIGKILL);
        }
    }
    if (is_late) {
        return failure(fmt::format("{} was not done after {} s", name,
                                   std::chrono::duration_cast<std::chrono::seconds>(*patience).count()));
    }
    constexpr int signalled = 128;
    return ProgramRun{WIFEXITED(status) ? WEXITSTATUS(status) : signalled + WTERMSIG(status), read_all(out),
                      read_all(err)};
}

}  // namespace lbctl::process
