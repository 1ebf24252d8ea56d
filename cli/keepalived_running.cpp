#include "cli/keepalived_running.h"
#include "grammar/source/number.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string_view>

namespace lbctl::cli {

namespace {

bool works_in(int process, std::uint64_t namespace_inode) {
    struct stat status {};
    return ::stat(fmt::format("/proc/{}/ns/net", process).c_str(), &status) == 0 && status.st_ino == namespace_inode;
}

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
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
        const auto process = number(first_line(pid_file));
        if (!process || !works_in(*process, namespace_inode)) continue;
        const std::string command = first_line(fmt::format("/proc/{}/cmdline", *process));
        if (command.find("keepalived") != std::string::npos) return process;
    }
    struct Close {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };
    const std::unique_ptr<DIR, Close> processes(::opendir("/proc"));
    if (!processes) return std::nullopt;
    while (const dirent* entry = ::readdir(processes.get())) {
        const auto process = number(entry->d_name);
        if (!process || first_line(fmt::format("/proc/{}/comm", *process)) != "keepalived") continue;
        if (works_in(*process, namespace_inode)) return process;
    }
    return std::nullopt;
}

}  // namespace lbctl::cli
