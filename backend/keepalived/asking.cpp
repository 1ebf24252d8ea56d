#include "backend/keepalived/asking.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "backend/keepalived/process_files.h"
#include "grammar/ast/argument_values.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"
#include "grammar/keywords/keyword_id.h"
#include "grammar/source/sources.h"

namespace lbctl::keepalived {

namespace {

constexpr keywords::Version first_instance_in_names{2, 2, 3};
constexpr keywords::Version first_temporary_folder{2, 2, 5};
constexpr keywords::Version first_state_dump_file{2, 3, 3};

}  // namespace

DumpFiles dump_files(const ast::Node& root, const Daemon& daemon, const std::string& temporary_folder) {
    const auto knows = [&daemon](keywords::Version since) { return !daemon.release || *daemon.release >= since; };
    std::string where;
    bool with_instance = false;
    for (const ast::Node* globals : root.all("global_defs"_kw)) {
        if (const ast::Node* line = globals->last("state_dump_file"_kw);
            line != nullptr && !line->arguments.empty() && knows(first_state_dump_file))
            where = line->arguments.front().text();
        if (globals->has("data_use_instance"_kw) && knows(first_instance_in_names))
            with_instance = ast::switched_on(*globals->last("data_use_instance"_kw));
    }
    const auto word_of = [&root](keywords::KeywordId keyword) -> std::string {
        const ast::Node* line = root.last(keyword);
        return line == nullptr || line->arguments.empty() ? std::string() : std::string(line->arguments.front().text());
    };
    const std::string instance = with_instance ? word_of("instance"_kw) : std::string();
    std::string net_namespace;
    if (with_instance)
        net_namespace =
            daemon.command_line.net_namespace.empty() ? word_of("net_namespace"_kw) : daemon.command_line.net_namespace;
    const std::string temporary = knows(first_temporary_folder) ? temporary_folder : "/tmp";
    std::string folder = temporary;
    std::string file = "keepalived.data";
    const std::size_t slash = where.rfind('/');
    if (where.starts_with('/')) folder = where.substr(0, slash);
    if (!where.empty() && !where.ends_with('/')) file = slash == std::string::npos ? where : where.substr(slash + 1);
    const std::size_t dot = std::min(file.rfind('.'), file.size());
    std::string more;
    if (!net_namespace.empty() || !instance.empty())
        more = "." + net_namespace + (net_namespace.empty() || instance.empty() ? "" : "_") + instance;
    const auto path = [&](std::string_view part) {
        return fmt::format("{}/{}{}{}{}", folder, file.substr(0, dot), part, more, file.substr(dot));
    };
    return {path("_check"), path(""), temporary + "/keepalived.json"};
}

namespace {

constexpr std::size_t largest_dump = std::size_t{256} << 20U;
constexpr std::chrono::milliseconds pause{50};

/// What tells a file from the one that takes its place.
struct Stamp {
    ino_t inode = 0;
    timespec changed{};
    off_t size = 0;
    bool operator==(const Stamp& other) const {
        return inode == other.inode && changed.tv_sec == other.changed.tv_sec &&
               changed.tv_nsec == other.changed.tv_nsec && size == other.size;
    }
};

Stamp stamp_of(const struct stat& status) {
    return {status.st_ino, status.st_mtim, status.st_size};
}

/// A file of the daemon, as the daemon itself sees it.
class Dump {
public:
    Dump(const Daemon& daemon, const std::string& path)
        : path_(fmt::format("/proc/{}/root{}", daemon.process, path)), shown_(path) {
        struct stat status {};
        if (::stat(fmt::format("/proc/{}", daemon.process).c_str(), &status) == 0) owner_ = status.st_uid;
        if (::lstat(path_.c_str(), &status) == 0) before_ = stamp_of(status);
    }

    /// Looks once. True when the text is there and did not grow since the last look.
    Result<bool> look(std::string& text) {
        const base::Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
        if (!file.is_open()) {
            const int error = errno;
            struct stat link {};
            // What was there before is not keepalived's answer, which takes its place.
            if (::lstat(path_.c_str(), &link) != 0 || stamp_of(link) == before_) return false;
            return failure(fmt::format("cannot read {}: {}", shown_,
                                       error == ELOOP ? "it is a symbolic link" : std::strerror(error)));
        }
        struct stat status {};
        if (::fstat(file.number(), &status) != 0) return false;
        const Stamp now = stamp_of(status);
        if (before_.inode == now.inode && before_ == now) return false;
        if (!S_ISREG(status.st_mode)) return failure(fmt::format("{} is no regular file", shown_));
        if (status.st_uid != 0 && status.st_uid != owner_)
            return failure(fmt::format("{} belongs to another user", shown_));
        if (status.st_nlink != 1) return failure(fmt::format("{} has more than one name", shown_));
        if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
            return failure(fmt::format("{} can be written by others", shown_));
        if (static_cast<std::size_t>(status.st_size) > largest_dump)
            return failure(fmt::format("{} is larger than {} MiB", shown_, largest_dump >> 20U));
        const bool same = last_ == now && now.size != 0;
        last_ = now;
        if (!same) return false;
        text.clear();
        if (const int error = base::read_up_to(file.number(), largest_dump, text); error != 0)
            return failure(fmt::format("cannot read {}: {}", shown_, std::strerror(error)));
        return text.ends_with('\n');
    }

    [[nodiscard]] const std::string& shown() const { return shown_; }

private:
    std::string path_;
    std::string shown_;
    uid_t owner_ = 0;
    Stamp before_;
    Stamp last_;
};

}  // namespace

std::string temporary_folder_of(int process) {
    const base::Descriptor file(::open(fmt::format("/proc/{}/environ", process).c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    if (file.is_open()) base::read_up_to(file.number(), std::size_t{4} << 20U, text);
    constexpr std::string_view name = "TMPDIR=/";
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\0'), rest.size());
        const std::string_view variable = rest.substr(0, end);
        if (variable.starts_with(name)) return std::string(variable.substr(name.size() - 1));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return "/tmp";
}

bool takes_signal(std::string_view status, int signal) {
    // proc(5): masks in hexadecimal. keepalived blocks what it reads from a signalfd(2).
    for (const std::string_view label : {"SigBlk:\t", "SigCgt:\t"}) {
        std::size_t at = status.starts_with(label) ? 0 : status.find(fmt::format("\n{}", label));
        if (at == std::string_view::npos) continue;
        at = status.find('\t', at) + 1;
        const auto mask = base::whole_number<std::uint64_t>(status.substr(at, status.find('\n', at) - at), 16);
        if (mask && (*mask >> static_cast<unsigned>(signal - 1) & 1U) != 0) return true;
    }
    return false;
}

namespace {

/// A file that is waited for.
struct Awaited {
    Dump dump;
    std::string* text;
    std::string refused{};  ///< why it is not read
};

/// Looks at each until all are read or refused, or the time is over.
void wait_for(std::vector<Awaited>& files, std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        bool missing = false;
        for (Awaited& file : files) {
            if (!file.text->empty() || !file.refused.empty()) continue;
            std::string read;
            const auto there = file.dump.look(read);
            if (!there) {
                file.refused = there.error().message;
            } else if (*there) {
                *file.text = std::move(read);
            } else {
                missing = true;
            }
        }
        if (!missing || std::chrono::steady_clock::now() >= end) return;
        std::this_thread::sleep_for(pause);
    }
}

/// Asks VRRP for JSON. Nothing where it has none, or does not write it.
std::string ask_for_json(const Daemon& daemon, const DumpFiles& files, std::chrono::milliseconds patience) {
    // As glibc counts SIGRTMIN; with another C library keepalived waits for another number, and this one is not taken.
    const int signal = SIGRTMIN + 2;
    if (!takes_signal(read_text(path_of(daemon.process, "status"), 65536), signal)) return {};
    std::string text;
    std::vector<Awaited> awaited;
    awaited.push_back({Dump(daemon, files.json), &text});
    if (!send_signal(daemon, signal)) return {};
    wait_for(awaited, patience);
    return text;
}

}  // namespace

Result<Told> ask(const Daemon& daemon, const DumpFiles& files, bool checkers, bool vrrp,
                 std::chrono::milliseconds patience) {
    Told told;
    std::vector<Awaited> awaited;
    if (checkers) awaited.push_back({Dump(daemon, files.checkers), &told.checkers});
    if (vrrp) awaited.push_back({Dump(daemon, files.vrrp), &told.vrrp});
    if (auto sent = send_signal(daemon, SIGUSR1); !sent) return tl::make_unexpected(sent.error());
    wait_for(awaited, patience);
    for (const Awaited& file : awaited) {
        if (!file.text->empty()) continue;
        // What stands still does not write JSON either.
        if (file.text == &told.vrrp && daemon.standstills.empty()) told.json = ask_for_json(daemon, files, patience);
        if (file.text == &told.vrrp && !told.json.empty() && file.refused.empty()) continue;
        told.failure += fmt::format(
            "{}{}", told.failure.empty() ? "" : "; ",
            file.refused.empty() ? fmt::format("it has not written {} in {} s", file.dump.shown(),
                                               std::chrono::duration_cast<std::chrono::seconds>(patience).count())
                                 : file.refused);
    }
    return told;
}

}  // namespace lbctl::keepalived
