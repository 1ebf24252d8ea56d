#include "cli/keepalived_running.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "grammar/source/descriptor.h"
#include "grammar/source/number.h"

namespace lbctl::cli {

namespace {

bool works_in(int process, std::uint64_t namespace_inode) {
    struct stat status {};
    return ::stat(fmt::format("/proc/{}/ns/net", process).c_str(), &status) == 0 && status.st_ino == namespace_inode;
}

/// The path of a process's program, which no setting of keepalived changes, as process_name does the name of the
/// process. Empty for a kernel thread, which has none.
std::string program_of(int process) {
    std::array<char, 4096> target;  // NOLINT(cppcoreguidelines-pro-type-member-init): readlink() fills it
    const ssize_t length = ::readlink(fmt::format("/proc/{}/exe", process).c_str(), target.data(), target.size());
    std::string_view program(target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    // An update of the package may have replaced the file since.
    constexpr std::string_view deleted = " (deleted)";
    if (program.ends_with(deleted)) program.remove_suffix(deleted.size());
    return std::string(program);
}

/// What a file of one short line says, without the newline.
std::string short_line(const char* path) {
    std::array<char, 64> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    const source::Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return {};
    const ssize_t length = source::read_some(file.number(), text.data(), text.size());
    const std::string_view read(text.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    return std::string(read.substr(0, read.find('\n')));
}

/// The number of a process.
std::optional<int> number(std::string_view text) {
    const auto value = source::whole_number<int>(text);
    return value && *value > 0 ? value : std::nullopt;
}

}  // namespace

std::optional<int> find_keepalived(std::uint64_t namespace_inode) {
    for (const char* pid_file : {"/run/keepalived.pid", "/run/keepalived/keepalived.pid"}) {
        // A file that a killed keepalived left behind may name any process by now, so the program has to fit, too.
        const auto process = number(short_line(pid_file));
        if (!process || !works_in(*process, namespace_inode)) continue;
        if (program_of(*process).find("keepalived") != std::string::npos) return process;
    }
    struct Close {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };
    const std::unique_ptr<DIR, Close> processes(::opendir("/proc"));
    if (!processes) return std::nullopt;
    while (const dirent* entry = ::readdir(processes.get())) {
        const auto process = number(entry->d_name);
        if (!process || !program_of(*process).ends_with("/keepalived")) continue;
        if (works_in(*process, namespace_inode)) return process;
    }
    return std::nullopt;
}

}  // namespace lbctl::cli
