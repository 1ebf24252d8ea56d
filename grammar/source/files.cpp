#include "grammar/source/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "grammar/base/descriptor.h"

namespace lbctl::source {

namespace {

/// What one alternative of a brace ends with, its comma or closing brace, as glob(3) finds it from its first character
/// on; npos when there is none.
std::size_t end_of_alternative(std::string_view pattern, std::size_t at) {
    std::size_t depth = 0;
    for (; at < pattern.size(); ++at) {
        const char c = pattern[at];
        if (c == '\\') {
            ++at;
        } else if (c == '{') {
            ++depth;
        } else if (depth == 0 && (c == ',' || c == '}')) {
            return at;
        } else if (c == '}') {
            --depth;
        }
    }
    return std::string_view::npos;
}

/// The first `{` of a pattern that no backslash precedes; npos when there is none.
std::size_t first_open_brace(std::string_view pattern) {
    std::size_t at = 0;
    while (at < pattern.size() && pattern[at] != '{') at += pattern[at] == '\\' ? 2 : 1;
    return at < pattern.size() ? at : std::string_view::npos;
}

/// Where the alternatives of the first brace are cut: at the brace, the commas and the closing brace. Empty when there
/// are none: where the first brace is not closed glob(3) takes all braces of the pattern as they are.
std::vector<std::size_t> cuts_at_brace(std::string_view pattern) {
    std::vector<std::size_t> cuts;
    std::size_t cut = first_open_brace(pattern);
    for (; cut != std::string_view::npos; cut = end_of_alternative(pattern, cut + 1)) {
        cuts.push_back(cut);
        if (pattern[cut] == '}') return cuts;
    }
    return {};
}

/// The alternatives of a pattern in their order, one brace after the other, as GLOB_BRACE has them. Nothing when it
/// takes more names than are left, or gives more than most_matches.
std::optional<std::vector<std::string>> expand_braces(std::string_view pattern, std::size_t& names_left) {
    std::vector<std::string> alternatives;
    std::vector<std::string> waiting{std::string(pattern)};  // the next one last
    while (!waiting.empty()) {
        const std::string next = std::move(waiting.back());
        waiting.pop_back();
        const std::vector<std::size_t> cuts = cuts_at_brace(next);
        if (alternatives.size() == most_matches) return std::nullopt;
        if (cuts.empty()) {
            alternatives.push_back(next);
            continue;
        }
        // What is longer than names are takes longer to look at, too.
        constexpr std::size_t long_name = 256;
        const std::size_t cost = (cuts.size() - 1) * (1 + next.size() / long_name);
        if (cost > names_left) {
            names_left = 0;
            return std::nullopt;
        }
        names_left -= cost;
        for (std::size_t i = cuts.size(); i-- > 1;) {
            const std::size_t begin = cuts[i - 1] + 1;
            waiting.push_back(fmt::format("{}{}{}", next.substr(0, cuts.front()), next.substr(begin, cuts[i] - begin),
                                          next.substr(cuts.back() + 1)));
        }
    }
    return alternatives;
}

bool is_wild(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

/// What a pattern without wildcards names: a backslash stands for the character after it.
std::string without_backslashes(std::string_view pattern) {
    std::string name;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
        name += pattern[i];
    }
    return name;
}

/// The names in a directory that match a pattern without slashes, in no order. False when looking took more names than
/// are left; a directory that cannot be read has none.
bool find_names(const std::string& directory, const std::string& pattern, std::vector<std::string>& found,
                std::size_t& names_left) {
    struct Close {
        void operator()(DIR* directory) const { closedir(directory); }
    };
    const std::unique_ptr<DIR, Close> open(opendir(directory.empty() ? "." : directory.c_str()));
    if (names_left == 0) return false;
    --names_left;
    if (open == nullptr) return true;
    while (const dirent* entry = readdir(open.get())) {  // NOLINT(concurrency-mt-unsafe): one thread
        if (names_left == 0) return false;
        --names_left;
        const char* name = entry->d_name;
        if (fnmatch(pattern.c_str(), name, FNM_PERIOD) == 0) found.emplace_back(name);
    }
    return true;
}

/// What a pattern without braces names, as glob(3) finds it: part by part, each where those before it lead, the first
/// after `start`. Nothing when it takes too many names.
std::optional<std::vector<std::string>> find_paths(const std::string& start, std::string_view pattern,
                                                   std::size_t& names_left) {
    std::vector<std::string> paths{start};
    while (!pattern.empty()) {
        const std::size_t begin = std::min(pattern.find_first_not_of('/'), pattern.size());
        const std::string_view slashes = pattern.substr(0, begin);
        pattern.remove_prefix(begin);
        const std::size_t end = std::min(pattern.find('/'), pattern.size());
        const std::string part(pattern.substr(0, end));
        pattern.remove_prefix(end);
        std::vector<std::string> further;
        std::vector<std::string> names;
        for (const std::string& path : paths) {
            const std::string base = path + std::string(slashes);
            if (!is_wild(part)) {
                further.push_back(base + without_backslashes(part));
                continue;
            }
            names.clear();
            if (!find_names(base, part, names, names_left)) return std::nullopt;
            for (const std::string& name : names) further.push_back(base + name);
        }
        paths = std::move(further);
    }
    std::erase_if(paths, [](const std::string& path) {
        struct stat status {};
        return lstat(path.c_str(), &status) != 0;
    });
    if (paths.size() > most_matches) return std::nullopt;
    std::ranges::sort(paths);
    return paths;
}

}  // namespace

bool is_binary(std::string_view bytes) {
    constexpr std::size_t looked_at = 8192;
    constexpr std::size_t one_in = 16;
    // Text may have a few of them by mistake.
    constexpr std::size_t few = 8;
    const std::string_view begin = bytes.substr(0, looked_at);
    std::array<std::size_t, 2> nuls{};
    std::size_t controls = 0;
    for (std::size_t i = 0; i < begin.size(); ++i) {
        const auto byte = static_cast<unsigned char>(begin[i]);
        const bool is_space = byte >= '\t' && byte <= '\r';
        constexpr unsigned char escape = 0x1b;
        if (byte == 0) ++nuls[i % 2];
        if (byte < ' ' && !is_space && byte != escape) ++controls;
    }
    const bool every_second = std::min(nuls[0], nuls[1]) == 0 && std::max(nuls[0], nuls[1]) >= begin.size() / 4;
    const bool is_utf16 = begin.starts_with("\xFF\xFE") || begin.starts_with("\xFE\xFF") || every_second;
    return !is_utf16 && controls > few && controls > begin.size() / one_in;
}

Result<std::string_view> read_file(const std::string& path, base::Arena& arena, NamedBy named_by, std::size_t limit) {
    const bool included = named_by == NamedBy::include;
    const bool standard_input = path == "-" && !included;
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (included ? O_NONBLOCK : 0);
    const base::Descriptor file(standard_input ? STDIN_FILENO : open(path.c_str(), flags));
    const auto cannot = [&](std::string_view why) {
        return failure(fmt::format("cannot read {}: {}", standard_input ? "standard input" : path, why));
    };
    const auto too_large = [&] {
        return cannot(limit == most_bytes ? fmt::format("it is larger than {} MiB", most_bytes >> 20U)
                                          : fmt::format("with it, more than {} MiB would be read", most_bytes >> 20U));
    };
    if (!file.is_open()) return cannot(std::strerror(errno));
    struct stat status {};
    if (fstat(file.number(), &status) != 0) return cannot(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) return cannot("it is a directory");
    if (included && !S_ISREG(status.st_mode)) return cannot("it is not a regular file");
    // The size is only a guess: pipes have none, and a file may grow.
    const auto guess = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    if (guess > limit) return too_large();
    // What the kernel makes up as it is read has no size and need not have an end (/proc/self/pagemap).
    constexpr std::size_t most_without_size = std::size_t{64} << 10U;
    const std::size_t most = included ? std::min(limit, std::max(guess, most_without_size)) : limit;
    const std::span<char> room = arena.make_room(std::max<std::size_t>(guess + 1, 65536));
    std::span<char> left = room;
    // What the guess has no room for. So an input without an end takes no more than the limit until it is refused.
    constexpr std::size_t more = std::size_t{1} << 20U;
    std::vector<std::unique_ptr<char[]>> further;  // NOLINT(*-avoid-c-arrays): room that is not set
    std::size_t size = 0;
    for (;;) {
        if (left.empty()) {
            further.push_back(std::make_unique_for_overwrite<char[]>(more));  // NOLINT(*-avoid-c-arrays)
            left = {further.back().get(), more};
        }
        const ssize_t got = base::read_some(file.number(), left.data(), left.size());
        if (got == -EAGAIN && included) return cannot("it does not end: what it holds is still to come");
        if (got < 0) return cannot(std::strerror(static_cast<int>(-got)));
        if (got == 0) break;
        left = left.subspan(static_cast<std::size_t>(got));
        size += static_cast<std::size_t>(got);
        if (size > limit) return too_large();
        if (size > most) return cannot("it does not end: it grows while it is read");
    }
    if (!included && is_binary({room.data(), std::min(room.size(), size)}))
        return cannot("it is a binary file (it has NUL bytes or other control characters), not text");
    if (further.empty()) {
        arena.shrink_last(room.data(), size);
        return std::string_view(room.data(), size);
    }
    const std::span<char> whole = arena.make_room(size);
    std::memcpy(whole.data(), room.data(), room.size());
    for (std::size_t at = room.size(); at < size; at += more)
        std::memcpy(whole.data() + at, further[(at - room.size()) / more].get(), std::min(more, size - at));
    return std::string_view(whole.data(), size);
}

Matches expand_pattern(std::string_view pattern, const std::string& directory, std::size_t& names_left) {
    Matches matches;
    matches.has_braces = first_open_brace(pattern) != std::string_view::npos;
    matches.has_wildcard = is_wild(pattern);
    const auto too_many = [&] {
        matches.too_many = true;
        matches.paths.clear();
        matches.missing.clear();
        return matches;
    };
    const auto alternatives = expand_braces(pattern, names_left);
    if (!alternatives) return too_many();
    for (const std::string& alternative : *alternatives) {
        std::string start;
        if (!alternative.starts_with('/') && !directory.empty())
            start = directory + (directory.ends_with('/') ? "" : "/");
        const auto found = find_paths(start, alternative, names_left);
        if (!found || matches.paths.size() + found->size() > most_matches) return too_many();
        if (found->empty()) {
            const std::string parent = start + alternative.substr(0, alternative.find_last_of('/') + 1);
            const auto directory_missing = [&] { return !parent.empty() && access(parent.c_str(), F_OK) != 0; };
            if (!is_wild(alternative) || directory_missing()) matches.missing.push_back(alternative);
        }
        matches.paths.insert(matches.paths.end(), found->begin(), found->end());
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
