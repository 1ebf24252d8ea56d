#include "grammar/source/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

namespace lbctl::source {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ > STDERR_FILENO) close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

/// The alternatives of a pattern, one level of braces after the other, as GLOB_BRACE has them.
void expand_braces(const std::string& pattern, std::vector<std::string>& alternatives) {
    constexpr std::size_t most_alternatives = 10000;
    if (alternatives.size() >= most_alternatives) return;
    const std::size_t open = pattern.find('{');
    if (open == std::string::npos) {
        alternatives.push_back(pattern);
        return;
    }
    std::size_t depth = 0;
    std::vector<std::size_t> cuts{open};
    std::size_t close = std::string::npos;
    for (std::size_t i = open; i < pattern.size(); ++i) {
        if (pattern[i] == '{') ++depth;
        if (pattern[i] == ',' && depth == 1) cuts.push_back(i);
        if (pattern[i] == '}' && --depth == 0) {
            close = i;
            break;
        }
    }
    if (close == std::string::npos || cuts.size() == 1) {
        alternatives.push_back(pattern);
        return;
    }
    cuts.push_back(close);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        const std::string middle = pattern.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1);
        expand_braces(pattern.substr(0, open) + middle + pattern.substr(close + 1), alternatives);
    }
}

bool is_wild(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace

Result<std::string_view> read_file(const std::string& path, Arena& arena, NamedBy named_by, std::size_t limit) {
    const bool included = named_by == NamedBy::include;
    const bool standard_input = path == "-" && !included;
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (included ? O_NONBLOCK : 0);
    const Descriptor file(standard_input ? STDIN_FILENO : open(path.c_str(), flags));
    const auto cannot = [&](std::string_view why) {
        return failure(fmt::format("cannot read {}: {}", standard_input ? "standard input" : path, why));
    };
    const auto too_large = [&] {
        return cannot(limit == most_bytes ? fmt::format("it is larger than {} MiB", most_bytes >> 20U)
                                          : fmt::format("with it, more than {} MiB would be read", most_bytes >> 20U));
    };
    if (file.get() < 0) return cannot(std::strerror(errno));
    struct stat status {};
    if (fstat(file.get(), &status) != 0) return cannot(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) return cannot("it is a directory");
    if (included && !S_ISREG(status.st_mode)) return cannot("it is not a regular file");
    // The size is only a guess: pipes have none, and a file may grow.
    const auto guess = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    if (guess > limit) return too_large();
    std::span<char> room = arena.make_room(std::max<std::size_t>(guess + 1, 65536));
    std::size_t size = 0;
    for (;;) {
        if (size == room.size()) {
            const std::span<char> larger = arena.make_room(room.size() * 2);
            std::memcpy(larger.data(), room.data(), size);
            room = larger;
        }
        const ssize_t got = read(file.get(), room.data() + size, room.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN && included) return cannot("it does not end: what it holds is still to come");
        if (got < 0) return cannot(std::strerror(errno));
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
        if (size > limit) return too_large();
    }
    arena.shrink_last(room.data(), size);
    return std::string_view(room.data(), size);
}

Matches expand_pattern(std::string_view pattern, const std::string& directory) {
    Matches matches;
    std::vector<std::string> alternatives;
    expand_braces(std::string(pattern), alternatives);
    matches.has_braces = alternatives.size() > 1;
    matches.has_wildcard = is_wild(pattern);
    for (const std::string& alternative : alternatives) {
        const bool absolute = alternative.starts_with('/');
        const std::string path = absolute || directory.empty() ? alternative : directory + "/" + alternative;
        glob_t found{};
        const std::unique_ptr<glob_t, decltype(&globfree)> guard(&found, &globfree);
        if (glob(path.c_str(), 0, nullptr, &found) != 0) {
            const std::string parent = path.substr(0, path.find_last_of('/') + 1);
            const bool directory_missing = !parent.empty() && access(parent.c_str(), F_OK) != 0;
            if (!is_wild(alternative) || directory_missing) matches.missing.push_back(alternative);
            continue;
        }
        const std::span<char* const> paths(found.gl_pathv, found.gl_pathc);
        matches.paths.insert(matches.paths.end(), paths.begin(), paths.end());
    }
    return matches;
}

std::string unreadable_reason(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return std::strerror(errno);
    if (S_ISDIR(status.st_mode)) return "it is a directory";
    if (!S_ISREG(status.st_mode)) return "it is not a regular file";
    if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0)
        return "it is executable, and keepalived reads no executable files";
    if (access(path.c_str(), R_OK) != 0) return std::strerror(errno);
    return {};
}

std::string file_identity(const std::string& path) {
    struct stat status {};
    if (path == "-" || stat(path.c_str(), &status) != 0) return {};
    return fmt::format("{}:{}", status.st_dev, status.st_ino);
}

}  // namespace lbctl::source
