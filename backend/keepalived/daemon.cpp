#include "backend/keepalived/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "backend/keepalived/process_files.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"
#include "grammar/source/sources.h"

namespace lbctl::keepalived {

namespace {

namespace fs = std::filesystem;

/// Whoever waits for a disk, or has a child that has just ended, goes on within that time.
constexpr std::chrono::milliseconds patience_with_standstills(1000);
constexpr std::size_t largest_text = std::size_t{256} << 20U;

/// When a process started that has these ticks.
std::optional<Moment> moment_of(std::uint64_t ticks) {
    timespec since_boot{};
    const auto per_second = ::sysconf(_SC_CLK_TCK);
    if (ticks == 0 || per_second <= 0 || ::clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) return std::nullopt;
    const auto started = std::chrono::milliseconds(ticks * 1000 / static_cast<std::uint64_t>(per_second));
    const auto now =
        std::chrono::seconds(since_boot.tv_sec) + std::chrono::milliseconds(since_boot.tv_nsec / 1'000'000);
    return std::chrono::system_clock::now() - (now - started);
}

/// The file in memory is called so by lib/parser.c; where memfd_create(2) is not allowed, it is one without a name.
constexpr std::string_view copy_name = "/memfd:/keepalived/consolidated_configuration";

std::string unit_of(int process) {
    const std::string text = read_text(path_of(process, "cgroup"), 65536);
    std::string_view line = std::string_view(text).substr(0, text.find('\n'));
    line.remove_prefix(line.rfind('/') + 1);
    return line.ends_with(".service") ? std::string(line) : std::string();
}

std::vector<int> family_of(int process) {
    std::vector<int> processes{process};
    const std::string text = read_text(fmt::format("/proc/{0}/task/{0}/children", process), 65536);
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (const auto child = base::whole_number<int>(rest.substr(0, end))) processes.push_back(*child);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return processes;
}

std::string link_of(int process, std::string_view name) {
    std::error_code error;
    std::string target = fs::read_symlink(path_of(process, name), error).native();
    constexpr std::string_view deleted = " (deleted)";
    if (target.ends_with(deleted)) target.resize(target.size() - deleted.size());
    return target;
}

}  // namespace

std::optional<Moment> Daemon::reloaded() const {
    // The first reading is done within seconds, also of a large file.
    constexpr auto start_up = std::chrono::seconds(2);
    if (!read || !started || read->when < *started + start_up) return std::nullopt;
    return read->when;
}

bool Daemon::makes_one_of_zero() const {
    return release && *release >= keywords::Version{2, 1, 0} && *release < keywords::Version{2, 2, 0};
}

std::optional<keywords::Version> release_of_program(std::string_view program) {
    constexpr std::string_view before = "Keepalived v";
    for (std::size_t at = 0; (at = program.find(before, at)) != std::string_view::npos; ++at) {
        const std::string_view rest = program.substr(at + before.size(), 16);
        if (const auto release = keywords::Version::parse(rest.substr(0, rest.find_first_not_of("0123456789."))))
            return release;
    }
    return std::nullopt;
}

std::optional<ReadConfiguration> read_configuration(int process) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path_of(process, "fd"), error)) {
        std::error_code none;
        if (!fs::read_symlink(entry.path(), none).native().starts_with(copy_name)) continue;
        const base::Descriptor file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        struct stat before {};
        if (!file.is_open() || ::fstat(file.number(), &before) != 0) return std::nullopt;
        ReadConfiguration read;
        read.path = entry.path().native();
        // This descriptor has an offset of its own: keepalived's stays where it is.
        if (base::read_up_to(file.number(), largest_text, read.text) != 0) return std::nullopt;
        read.when = Moment(std::chrono::duration_cast<Moment::duration>(
            std::chrono::seconds(before.st_mtim.tv_sec) + std::chrono::nanoseconds(before.st_mtim.tv_nsec)));
        return read;
    }
    return std::nullopt;
}

// proc(5): the 22nd word of /proc/PID/stat, in clock ticks since the machine started.
std::uint64_t start_ticks_of(int process) {
    const std::string text = read_text(path_of(process, "stat"), 4096);
    // The second word is the name in brackets, and may hold anything.
    std::size_t at = text.rfind(')');
    for (int word = 2; word < 22 && at != std::string::npos; ++word) at = text.find(' ', at + 1);
    if (at == std::string::npos) return 0;
    const std::string_view rest = std::string_view(text).substr(at + 1);
    return base::whole_number<std::uint64_t>(rest.substr(0, rest.find(' '))).value_or(0);
}

Failure ended(const Daemon& daemon) {
    return {fmt::format("keepalived (process {}) has ended", daemon.process),
            "its log says why; start it again when that is mended"};
}

Result<void> send_signal(const Daemon& daemon, int signal) {
    const base::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, daemon.process, 0)));
    // Before Linux 5.3 there are no descriptors of processes.
    const bool by_number = !process.is_open() && errno == ENOSYS;
    if (start_ticks_of(daemon.process) != daemon.start_ticks) return tl::make_unexpected(ended(daemon));
    const int result = by_number
                           ? ::kill(daemon.process, signal)
                           : static_cast<int>(::syscall(SYS_pidfd_send_signal, process.number(), signal, nullptr, 0));
    if (result == 0) return {};
    return failure(fmt::format("cannot send SIG{} to keepalived (process {}): {}", ::sigabbrev_np(signal),
                               daemon.process, std::strerror(errno)));
}

Daemon read_daemon(int process) {
    Daemon daemon;
    daemon.process = process;
    daemon.processes = family_of(process);
    daemon.program = link_of(process, "exe");
    daemon.release = release_of_program(read_text(path_of(process, "exe"), largest_program));
    daemon.command_line = read_command_line(read_text(path_of(process, "cmdline"), std::size_t{1} << 20U));
    daemon.start_ticks = start_ticks_of(process);
    daemon.started = moment_of(daemon.start_ticks);
    daemon.read = read_configuration(process);
    daemon.unit = unit_of(process);
    daemon.standstills = standing_still(daemon.processes, patience_with_standstills);
    const std::string& file = daemon.command_line.file;
    daemon.configuration = file.empty() ? std::string(default_configuration) : file;
    if (!daemon.configuration.starts_with('/'))
        daemon.configuration = (fs::path(link_of(process, "cwd")) / daemon.configuration).lexically_normal().native();
    return daemon;
}

}  // namespace lbctl::keepalived
