#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// Runs lbctl many times without starting it: a copy of this process for every request. tests/hostile/run writes
/// requests to standard input and reads the answers; the folder where it is started is where the runs read and write
/// files.
///
/// Request, a line:  CPU-SECONDS WALL-MILLISECONDS MEMORY-KIB FILES FILE-BYTES SIGNAL DELAY-MICROSECONDS CLOSED OUTPUT
/// N
///                   and N lines of a word each, in hexadecimal after a dot. A limit of 0 is none. CLOSED is the sum
///                   of 1, 2 and 4 for descriptors 0, 1 and 2. OUTPUT is `file', `full' (/dev/full) or `pipe' (nobody
///                   reads).
/// Answer, a line:   exit|signal|hang|memory NUMBER CPU-MILLISECONDS PEAK-KIB
/// A series, whose runs share one copy of the process, one after the other: `series COUNT', COUNT being 2 or more, and
/// then the requests, of which only the words and the limits of the first count. Run I is in the folder I (from 0), and
/// `ends' gets a line with the exit status of each. Status 0 of the whole: all of them ended. Standard input of a run
/// is the file `in', its output goes to `out' and `err'.
///
/// No run reaches the kernel's IPVS table, a network, or a process, or starts a program (the scripts of health checks):
/// calls for these fail with EPERM. Started as root, it becomes nobody first.

/// main() of lbctl (cli/main.cpp is compiled with this name).
int lbctl_main(int argc, char** argv);

namespace {

struct Request {
    rlim_t cpu_seconds = 0;
    std::int64_t wall_milliseconds = 0;
    std::int64_t memory_kib = 0;
    rlim_t files = 0;
    rlim_t file_bytes = 0;
    int signal = 0;
    std::int64_t delay_microseconds = 0;
    unsigned closed = 0;
    std::string output;
    std::vector<std::string> words;
};

std::string from_hexadecimal(const std::string& digits) {
    std::string text;
    for (std::size_t i = 1; i + 1 < digits.size(); i += 2)
        text += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return text;
}

bool read_request(std::istream& in, Request& request) {
    std::string line;
    if (!std::getline(in, line)) return false;
    std::istringstream fields(line);
    std::size_t count = 0;
    fields >> request.cpu_seconds >> request.wall_milliseconds >> request.memory_kib >> request.files >>
        request.file_bytes >> request.signal >> request.delay_microseconds >> request.closed >> request.output >> count;
    if (!fields) return false;
    for (; count > 0 && std::getline(in, line); --count) request.words.push_back(from_hexadecimal(line));
    return count == 0;
}

/// The requests of a series, or the only one; none at the end of the input.
std::vector<Request> read_requests(std::istream& in) {
    constexpr std::string_view head = "series ";
    std::size_t count = 1;
    if (in.peek() == head.front()) {
        std::string word;
        std::string line;
        in >> word >> count;
        std::getline(in, line);
    }
    std::vector<Request> requests(count);
    const bool whole = std::ranges::all_of(requests, [&](Request& request) { return read_request(in, request); });
    return whole ? requests : std::vector<Request>{};
}

/// From here on, what would reach beyond the working folder fails with EPERM.
bool shut_in() {
    constexpr auto refused = std::to_array<std::uint32_t>({
        SYS_socket,
        SYS_setns,
        SYS_unshare,
        SYS_mount,
        SYS_ptrace,
        SYS_reboot,
        SYS_init_module,
        SYS_finit_module,
        SYS_execve,
        SYS_execveat,
    });
    const auto self = static_cast<std::uint32_t>(getpid());
    std::vector<sock_filter> program;
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    // A signal to itself is no harm.
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 0, 4));
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, self, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    for (std::size_t i = 0; i < refused.size(); ++i) {
        const auto to_refusal = static_cast<std::uint8_t>(refused.size() - i);
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused.at(i), to_refusal, 0));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool become_nobody() {
    constexpr unsigned nobody = 65534;
    if (geteuid() != 0) return true;
    return setgroups(0, nullptr) == 0 && setgid(nobody) == 0 && setuid(nobody) == 0;
}

void limit(int resource, rlim_t most) {
    const rlimit both{most, most};
    if (most != 0) setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

void open_as(int descriptor, const char* path, int flags) {
    const int opened = open(path, flags, 0600);
    if (opened < 0) _exit(97);
    if (opened == descriptor) return;
    dup2(opened, descriptor);
    close(opened);
}

/// Runs lbctl with these words; what it prints is written when this is over.
int run_words(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const int status = lbctl_main(static_cast<int>(words.size()), pointers.data());
    std::fflush(nullptr);
    return status;
}

[[noreturn]] void run_series(std::vector<Request>& series) {
    limit(RLIMIT_CPU, series.front().cpu_seconds);
    const int ends = open("ends", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (ends < 0) _exit(97);
    for (std::size_t i = 0; i < series.size(); ++i) {
        if (chdir(std::to_string(i).c_str()) != 0) _exit(97);
        open_as(STDIN_FILENO, "in", O_RDONLY);
        open_as(STDOUT_FILENO, "out", O_WRONLY | O_CREAT | O_TRUNC);
        open_as(STDERR_FILENO, "err", O_WRONLY | O_CREAT | O_TRUNC);
        std::clearerr(stdout);
        std::clearerr(stderr);
        const std::string line = std::to_string(run_words(series[i].words)) + "\n";
        if (write(ends, line.data(), line.size()) < 0 || chdir("..") != 0) _exit(97);
    }
    _exit(EXIT_SUCCESS);
}

[[noreturn]] void run(Request request) {
    open_as(STDIN_FILENO, "in", O_RDONLY);
    open_as(STDERR_FILENO, "err", O_WRONLY | O_CREAT | O_TRUNC);
    if (request.output == "pipe") {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) _exit(97);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
    } else if (request.output == "full") {
        open_as(STDOUT_FILENO, "/dev/full", O_WRONLY);
    } else {
        open_as(STDOUT_FILENO, "out", O_WRONLY | O_CREAT | O_TRUNC);
    }
    for (const int descriptor : {0, 1, 2})
        if ((request.closed >> static_cast<unsigned>(descriptor) & 1U) != 0) close(descriptor);
    limit(RLIMIT_CPU, request.cpu_seconds);
    limit(RLIMIT_NOFILE, request.files);
    limit(RLIMIT_FSIZE, request.file_bytes);
    // As main() returns: what is buffered is written, but nobody looks for leaks.
    _exit(run_words(request.words));
}

std::int64_t resident_kib(pid_t process) {
    std::ifstream statm("/proc/" + std::to_string(process) + "/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    statm >> size >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

std::int64_t milliseconds(const timeval& time) {
    return time.tv_sec * 1000 + time.tv_usec / 1000;
}

void answer(const Request& request, pid_t process) {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    const auto passed = [start] {
        return std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start).count();
    };
    const char* how = nullptr;
    int status = 0;
    rusage used{};
    if (request.signal != 0) {
        usleep(static_cast<useconds_t>(request.delay_microseconds));
        kill(process, request.signal);
    }
    // Short sleeps at first, since most runs are short.
    for (useconds_t pause = 200; wait4(process, &status, WNOHANG, &used) == 0;
         pause = std::min(pause * 5 / 4, 20'000U)) {
        if (how == nullptr && passed() / 1000 > request.wall_milliseconds) how = "hang";
        if (how == nullptr && request.memory_kib != 0 && resident_kib(process) > request.memory_kib) how = "memory";
        if (how != nullptr) kill(process, SIGKILL);
        usleep(pause);
    }
    const bool exited = WIFEXITED(status);
    if (how == nullptr) how = exited ? "exit" : "signal";
    std::printf("%s %d %lld %ld\n", how, exited ? WEXITSTATUS(status) : WTERMSIG(status),
                static_cast<long long>(milliseconds(used.ru_utime) + milliseconds(used.ru_stime)), used.ru_maxrss);
    std::fflush(stdout);
}

}  // namespace

int main() {
    if (!become_nobody()) {
        std::perror("hostile_server: cannot become nobody");
        return EXIT_FAILURE;
    }
    for (;;) {
        std::vector<Request> requests = read_requests(std::cin);
        if (requests.empty()) break;
        const pid_t process = fork();
        if (process < 0) return EXIT_FAILURE;
        if (process == 0) {
            if (!shut_in()) _exit(96);
            if (requests.size() > 1) run_series(requests);
            run(std::move(requests.front()));
        }
        answer(requests.front(), process);
    }
    return EXIT_SUCCESS;
}
