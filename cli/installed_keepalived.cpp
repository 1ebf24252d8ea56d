#include "cli/installed_keepalived.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include "grammar/base/descriptor.h"
#include "grammar/base/shortened.h"

namespace lbctl::cli {

namespace {

using base::Descriptor;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{10};
constexpr std::size_t most_output = 4096;

std::optional<std::string> find_program() {
    const char* const path = std::getenv("PATH");
    std::string folders = path == nullptr ? "" : path;
    folders += ":/usr/local/sbin:/usr/sbin:/sbin";
    std::string_view rest = folders;
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        if (folder.empty()) continue;
        std::string name = fmt::format("{}/keepalived", folder);
        std::error_code error;
        if (std::filesystem::is_regular_file(name, error) && ::access(name.c_str(), X_OK) == 0) return name;
    }
    return std::nullopt;
}

/// Starts it with its output in a pipe. Gives 0 or an errno.
int start(const std::string& program, const Descriptor& output, pid_t& child) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output.number(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.number(), STDERR_FILENO);
    std::string name = program;
    std::string option = "--version";
    const std::array<char*, 3> arguments{name.data(), option.data(), nullptr};
    const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/// What it prints, up to its end or the end of patience.
std::string read_output(const Descriptor& input) {
    std::string text;
    const auto end = Clock::now() + patience;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        pollfd waited{input.number(), POLLIN, 0};
        if (left.count() <= 0) return text;
        const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
        if (ready < 0 && errno == EINTR) continue;
        std::array<char, 1024> piece{};
        const ssize_t count = ready <= 0 ? 0 : base::read_some(input.number(), piece.data(), piece.size());
        if (count <= 0 || text.size() >= most_output) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

Result<keywords::Version> release_in(std::string_view printed) {
    constexpr std::string_view before = "Keepalived v";
    const std::size_t at = printed.find(before);
    if (at != std::string_view::npos) {
        const std::string_view rest = printed.substr(at + before.size());
        const auto release = keywords::Version::parse(rest.substr(0, rest.find_first_not_of("0123456789.")));
        if (release) return *release;
    }
    return failure(fmt::format("`keepalived --version' prints no release: `{}'",
                               base::shortened(printed.substr(0, printed.find('\n')))),
                   "name the release that is installed");
}

Result<keywords::Version> installed_keepalived() {
    const auto program = find_program();
    if (!program) return failure("there is no keepalived in PATH", "name the release to check for, such as 2.2.7");
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure(fmt::format("pipe: {}", std::strerror(errno)));
    const Descriptor input(ends[0]);
    Descriptor output(ends[1]);
    pid_t child = 0;
    if (const int error = start(*program, output, child); error != 0)
        return failure(fmt::format("cannot run {}: {}", *program, std::strerror(error)));
    output.close();
    const std::string printed = read_output(input);
    // It has said what it had to, or never will.
    (void)::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return release_in(printed);
}

}  // namespace lbctl::cli
