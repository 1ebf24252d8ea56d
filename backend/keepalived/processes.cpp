#include "backend/keepalived/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>

#include "backend/keepalived/command_line.h"
#include "backend/keepalived/daemon.h"
#include "backend/keepalived/process_files.h"
#include "backend/netlink/network_namespace.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"

namespace lbctl::keepalived {

namespace {

constexpr std::string_view program_name = "keepalived";
/// By the name Keepalived_healthcheckers the part of keepalived that looks after virtual servers speaks to the system
/// log, since its first releases; a keepalived that was built without that part does not have it. In two, so that lbctl
/// itself does not have it either.
constexpr std::array<std::string_view, 2> program_words = {"Keepalived", "_healthcheckers"};
constexpr std::size_t longest_command_line = std::size_t{1} << 20U;
constexpr std::size_t largest_text = std::size_t{16} << 20;

/// The words of a line.
std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> words;
    for (std::size_t begin = 0; (begin = line.find_first_not_of(blanks, begin)) != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

template <class Take>
void for_each_line(std::string_view text, const Take& take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// The number of a process.
std::optional<int> number(std::string_view text) {
    const auto value = base::whole_number<int>(text);
    return value && *value > 0 ? value : std::nullopt;
}

/// Inode of what a link of /proc leads to; nothing when it cannot be seen.
std::optional<std::uint64_t> inode_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return status.st_ino;
}

/// What everybody may know of a process: /proc/PID/status.
struct Status {
    std::string name;
    int parent = 0;
    std::uint32_t user = ~std::uint32_t{0};  ///< who started it, whatever the program was allowed to become
    bool has_memory = false;                 ///< no thread of the kernel, and not dead
    bool can_change_network = false;         ///< CAP_NET_ADMIN in its own user namespace
};

Status status_of(int process) {
    Status status;
    for_each_line(read_text(path_of(process, "status"), largest_text), [&status](std::string_view line) {
        const std::vector<std::string_view> words = words_of(line);
        if (words.size() < 2) return;
        if (words[0] == "Name:") status.name = words[1];
        if (words[0] == "PPid:") status.parent = number(words[1]).value_or(0);
        if (words[0] == "Uid:") status.user = base::whole_number<std::uint32_t>(words[1]).value_or(status.user);
        if (words[0] == "VmSize:") status.has_memory = true;
        if (words[0] == "CapEff:") {
            const auto capabilities = base::whole_number<std::uint64_t>(words[1], 16).value_or(0);
            status.can_change_network = (capabilities >> CAP_NET_ADMIN & 1) != 0;
        }
    });
    return status;
}

/// The path of a process's program, empty for a thread of the kernel, and of a process that is gone; nothing when lbctl
/// may not look.
std::optional<std::string> program_of(int process) {
    const std::string link = path_of(process, "exe");
    std::array<char, 4096> target;  // NOLINT(cppcoreguidelines-pro-type-member-init): readlink() fills it
    const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
    if (length < 0 && (errno == EACCES || errno == EPERM)) return std::nullopt;
    std::string_view program(target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    // An update of the package may have replaced the file since.
    constexpr std::string_view deleted = " (deleted)";
    if (program.ends_with(deleted)) program.remove_suffix(deleted.size());
    return std::string(program);
}

bool is_called_keepalived(std::string_view path) {
    return path.substr(path.rfind('/') + 1).starts_with(program_name);
}

/// Whether the executable file of a process is keepalived; nothing when it cannot be read.
std::optional<bool> is_keepalived(int process) {
    const std::string program = read_text(path_of(process, "exe"), largest_program);
    if (program.empty()) return std::nullopt;
    const auto& [first, second] = program_words;
    for (std::size_t at = 0; (at = program.find(second, at)) != std::string::npos; ++at) {
        if (std::string_view(program).substr(0, at).ends_with(first)) return true;
    }
    return false;
}

/// Inodes of the generic netlink sockets of the namespace that this thread is in (/proc/net/netlink).
std::set<std::uint64_t> generic_netlink_sockets() {
    constexpr std::size_t protocol = 1;
    std::set<std::uint64_t> inodes;
    for_each_line(read_text("/proc/thread-self/net/netlink", largest_text), [&inodes](std::string_view line) {
        const std::vector<std::string_view> words = words_of(line);
        if (words.size() <= protocol || words[protocol] != std::to_string(NETLINK_GENERIC)) return;
        if (const auto inode = base::whole_number<std::uint64_t>(words.back())) inodes.insert(*inode);
    });
    return inodes;
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

bool has_open(int process, const std::set<std::uint64_t>& sockets) {
    const Folder files(::opendir(path_of(process, "fd").c_str()));
    if (!files) return false;
    while (const dirent* entry = ::readdir(files.get())) {
        std::array<char, 64> target;  // NOLINT(cppcoreguidelines-pro-type-member-init): readlinkat() fills it
        const ssize_t length = ::readlinkat(::dirfd(files.get()), entry->d_name, target.data(), target.size());
        std::string_view file(target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
        constexpr std::string_view socket = "socket:[";
        if (!file.starts_with(socket) || !file.ends_with(']')) continue;
        file = file.substr(socket.size(), file.size() - socket.size() - 1);
        if (const auto inode = base::whole_number<std::uint64_t>(file); inode && sockets.contains(*inode)) return true;
    }
    return false;
}

/// The namespace whose table is asked about, as processes are held against it.
class Target {
public:
    Target(const std::string& net_namespace, std::uint64_t inode) : inode_(inode) {
        if (const auto own = inode_of("/proc/self/ns/user")) user_namespaces_.insert(*own);
        const auto visit = netlink::NamespaceVisit::enter(net_namespace);
        if (!visit) return;
        sockets_ = generic_netlink_sockets();
        const base::Descriptor file(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        const base::Descriptor owner(file.is_open() ? ::ioctl(file.number(), NS_GET_USERNS) : -1);
        struct stat status {};
        if (owner.is_open() && ::fstat(owner.number(), &status) == 0) user_namespaces_.insert(status.st_ino);
        for (const char* file_name : {"/run/keepalived.pid", "/run/keepalived/keepalived.pid"}) {
            const std::string text = read_text(file_name, 64);
            if (const auto process = number(std::string_view(text).substr(0, text.find('\n'))))
                in_pid_files_.insert(*process);
        }
    }

    /// What shows that this process is a keepalived that can change the table. Its program can be seen, and it has
    /// CAP_NET_ADMIN.
    [[nodiscard]] std::optional<std::string> evidence(int process, const std::string& program) const {
        const auto user_namespace = inode_of(path_of(process, "ns/user"));
        if (!user_namespace || !user_namespaces_.contains(*user_namespace)) return std::nullopt;
        const bool inside = inode_of(path_of(process, "ns/net")) == inode_;
        const bool named = is_called_keepalived(program) || in_pid_files_.contains(process);
        const bool connected = (!inside || !named) && has_open(process, sockets_);
        if (!(inside && named) && !connected) return std::nullopt;
        // A file that is called so and cannot be read is keepalived until somebody knows better.
        if (!is_keepalived(process).value_or(is_called_keepalived(program))) return std::nullopt;
        return fmt::format("it runs {} {} network namespace", program, inside ? "in this" : "with a socket of this");
    }

private:
    std::uint64_t inode_;
    std::set<std::uint64_t> user_namespaces_;
    std::set<std::uint64_t> sockets_;
    std::set<int> in_pid_files_;
};

/// keepalived is a process and its children of the same program; this is the one that the others came from.
int first_of_family(int process) {
    const auto program = inode_of(path_of(process, "exe"));
    // In a container the first may be process 1.
    for (int parent = status_of(process).parent; parent > 0; parent = status_of(parent).parent) {
        if (inode_of(path_of(parent, "exe")) != program) break;
        process = parent;
    }
    return process;
}

/// Whether a keepalived looks after virtual servers, as far as its options and what it has read tell.
bool may_have_services(int process) {
    if (!read_command_line(read_text(path_of(process, "cmdline"), longest_command_line)).checkers) return false;
    const auto read = read_configuration(process);
    return !read || read->text.find("virtual_server") != std::string::npos;
}

}  // namespace

KeepalivedSearch find_keepalived(const std::string& net_namespace, std::uint64_t namespace_inode) {
    KeepalivedSearch search;
    const Folder processes(::opendir("/proc"));
    if (!processes || ::access("/proc/self/status", R_OK) != 0) {
        search.unseen = "/proc cannot be read";
        return search;
    }
    const Target target(net_namespace, namespace_inode);
    std::size_t hidden = 0;
    std::vector<KeepalivedSearch::Found> families;
    while (const dirent* entry = ::readdir(processes.get())) {
        const auto process = number(entry->d_name);
        // lbctl has a socket of that kind, too, and its program need not be read.
        if (!process || *process == ::getpid()) continue;
        const auto program = program_of(*process);
        if (program && program->empty()) continue;
        const Status status = status_of(*process);
        if (!status.can_change_network || !status.has_memory) continue;
        if (!program) {
            ++hidden;
            const bool trusted = status.user == 0 || status.user == ::geteuid();
            if (trusted && is_called_keepalived(status.name) && !search.suspect) search.suspect = process;
            continue;
        }
        auto seen = target.evidence(*process, *program);
        if (!seen) continue;
        // One that only looks at a configuration changes no table.
        if (read_command_line(read_text(path_of(*process, "cmdline"), longest_command_line)).only_checks) continue;
        const int first = first_of_family(*process);
        if (std::ranges::find(families, first, &KeepalivedSearch::Found::process) == families.end())
            families.push_back({first, std::move(*seen)});
    }
    if (!families.empty()) {
        if (families.size() > 1) {
            std::stable_partition(families.begin(), families.end(), [](const KeepalivedSearch::Found& family) {
                return may_have_services(family.process);
            });
        }
        search.found = std::move(families.front());
        search.others.assign(std::next(families.begin()), families.end());
        search.suspect.reset();
        return search;
    }
    if (hidden != 0) search.unseen = fmt::format("lbctl may not look at {} process{}", hidden, hidden == 1 ? "" : "es");
    // There is always a process 1; with the option hidepid of proc(5) those of others are not even listed.
    if (::access("/proc/1", F_OK) != 0) search.unseen = "the processes of other users are hidden";
    return search;
}

KeepalivedSearch find_keepalived_of(const std::string& net_namespace, std::uint64_t namespace_inode,
                                    std::string_view net_namespace_ipvs) {
    KeepalivedSearch search = find_keepalived(net_namespace, namespace_inode);
    if (search.found || net_namespace_ipvs.empty()) return search;
    const auto own = netlink::namespace_inode("");
    return own ? find_keepalived("", *own) : search;
}

}  // namespace lbctl::keepalived
