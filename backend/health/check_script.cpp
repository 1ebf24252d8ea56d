#include "backend/health/check_script.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "grammar/base/number.h"
#include "grammar/syntax/script_words.h"

namespace lbctl::health {

namespace {

/// The first release that looks at the folders of a path, and that has scripts without #! run by sh.
constexpr keywords::Version newer_scripts{2, 3, 0};

/// Exit status of the child when it could not become the user, or run the program.
constexpr int cannot_run = 127;
constexpr int cannot_change_user = 125;

using Account = ScriptAccount;

std::optional<Account> find_account(const std::string& name) {
    if (const passwd* entry = ::getpwnam(name.c_str())) return Account{entry->pw_uid, entry->pw_gid, name};
    const auto number = base::whole_number<uid_t>(name);
    if (!number) return std::nullopt;
    if (const passwd* entry = ::getpwuid(*number)) return Account{*number, entry->pw_gid, entry->pw_name};
    return std::nullopt;
}

std::optional<gid_t> find_group(const std::string& name) {
    if (const group* entry = ::getgrnam(name.c_str())) return entry->gr_gid;
    return base::whole_number<gid_t>(name);
}

tl::expected<Account, CommandRefusal> account_of(const ScriptText& script, const model::ScriptUser& general) {
    const bool has_own = !script.user.empty();
    const std::string user(has_own ? script.user : general.user);
    const std::string group(has_own ? script.group : general.group);
    Account account{0, 0, "root"};
    if (user.empty()) {
        if (auto found = find_account("keepalived_script")) account = *found;
    } else if (auto found = find_account(user)) {
        account = *found;
    } else {
        return tl::make_unexpected(CommandRefusal{fmt::format("there is no user {}", user)});
    }
    if (!group.empty()) {
        const auto found = find_group(group);
        if (!found) return tl::make_unexpected(CommandRefusal{fmt::format("there is no group {}", group)});
        account.group = *found;
    }
    return account;
}

/// Whether that user may run the file, by the bits of its mode.
bool may_run(const struct stat& file, const Account& account) {
    if (account.user == 0) return (file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    if (file.st_uid == account.user) return (file.st_mode & S_IXUSR) != 0;
    if (file.st_gid == account.group) return (file.st_mode & S_IXGRP) != 0;
    return (file.st_mode & S_IXOTH) != 0;
}

bool is_program(const std::string& path, const Account& account) {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && may_run(file, account);
}

std::optional<std::string> find_in_path(const std::string& name, const Account& account) {
    const char* const variable = std::getenv("PATH");
    std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
    for (;;) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        const std::string path = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
        if (is_program(path, account)) return path;
        if (folder.size() == rest.size()) return std::nullopt;
        rest.remove_prefix(folder.size() + 1);
    }
}

/// The first folder of a path that is a symbolic link.
std::optional<std::string> linked_folder(const std::string& path) {
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        struct stat status {};
        if (::lstat(folder.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) return folder;
    }
    return std::nullopt;
}

/// The first bytes of a file; nothing when it may not be read.
std::optional<std::string> first_bytes(const std::string& path, std::size_t most) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return std::nullopt;
    std::string bytes;
    base::read_up_to(file.number(), most, bytes);
    return bytes;
}

/// Whether the kernel can run a file by itself: a binary, or a text that names its interpreter.
bool names_interpreter(const std::string& path) {
    constexpr std::size_t longest_mark = 4;
    const auto bytes = first_bytes(path, longest_mark);
    if (!bytes) return true;  // not to be read: the kernel will say
    return bytes->starts_with("#!") || *bytes ==
                                           "\x7f"
                                           "ELF";
}

/// Whether the file is there to be run, and so is the interpreter that its first line names.
bool could_run(const std::string& path) {
    if (::access(path.c_str(), X_OK) != 0) return false;
    constexpr std::size_t looked_at = 256;  // BINPRM_BUF_SIZE, which is all that the kernel looks at
    const auto first = first_bytes(path, looked_at);
    if (!first) return true;
    std::string_view line = *first;
    if (!line.starts_with("#!")) return true;
    line = line.substr(2, line.find('\n') == std::string_view::npos ? line.npos : line.find('\n') - 2);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string interpreter(line.substr(0, line.find_first_of(" \t")));
    return ::access(interpreter.c_str(), X_OK) == 0;
}

std::vector<std::string> environment() {
    constexpr std::array<std::string_view, 3> dropped{"IFS=", "LD_", "_RLD_"};
    std::vector<std::string> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        const bool is_dropped =
            std::ranges::any_of(dropped, [variable](std::string_view prefix) { return variable.starts_with(prefix); });
        if (!is_dropped) kept.emplace_back(variable);
    }
    return kept;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// What the child needs; nothing may be allocated after fork().
struct Launch {
    const CheckCommand& command;
    const char* program;
    char** arguments;
    char** variables;
    const gid_t* groups;
    std::size_t group_count;
};

[[noreturn]] void become_command(const Launch& launch) {
    constexpr mode_t keepalived_umask = 0177;
    ::setpgid(0, 0);
    const int null = ::open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2}) ::dup2(null, standard);
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    ::umask(keepalived_umask);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
    if (::geteuid() != launch.command.user || ::getegid() != launch.command.group) {
        if (::setgroups(launch.group_count, launch.groups) != 0 || ::setgid(launch.command.group) != 0 ||
            ::setuid(launch.command.user) != 0)
            ::_exit(cannot_change_user);
    }
    if (launch.command.ends_with_lbctl) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::execve(launch.program, launch.arguments, launch.variables);
    ::_exit(cannot_run);
}

/// The signal's name and number.
std::string signal_text(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

}  // namespace

std::optional<ScriptAccount> find_script_user(std::string_view user, std::string_view group) {
    auto account = find_account(std::string(user));
    if (!account || group.empty()) return account;
    const auto found = find_group(std::string(group));
    if (!found) return std::nullopt;
    account->group = *found;
    return account;
}

tl::expected<CheckCommand, CommandRefusal> prepare_command(const ScriptText& script, const model::ScriptUser& general,
                                                           keywords::Version target) {
    const auto refused = [](std::string reason) { return tl::make_unexpected(CommandRefusal{std::move(reason)}); };
    const auto account = account_of(script, general);
    if (!account) return tl::make_unexpected(account.error());
    CheckCommand command;
    command.user = account->user;
    command.group = account->group;
    command.user_name = account->name;
    command.arguments = syntax::split_command(script.command);
    if (command.arguments.empty()) return refused("the command has an open quote");
    const std::string& name = command.arguments.front();
    if (name.starts_with('<')) {
        // `<FILE' has the shell open the file, and nothing run.
        command.program = "/bin/sh";
        command.arguments = {"/bin/sh", "-c", std::string(script.command)};
        return command;
    }
    if (name.find('/') == std::string::npos) {
        auto found = find_in_path(name, *account);
        if (!found) return refused(fmt::format("{} is not in PATH", name));
        command.program = *std::move(found);
    } else {
        command.program = name;
        struct stat file {};
        if (::stat(name.c_str(), &file) != 0) return refused(fmt::format("{}: {}", name, std::strerror(errno)));
        if (!S_ISREG(file.st_mode)) return refused(fmt::format("{} is no file", name));
        if (!may_run(file, *account)) return refused(fmt::format("{} cannot be run by {}", name, account->name));
    }
    if (account->user == 0 && target >= newer_scripts) {
        if (const auto folder = linked_folder(command.program))
            return refused(fmt::format("root would run {}, and {} is a symbolic link", command.program, *folder));
    }
    command.by_shell = target >= newer_scripts && !names_interpreter(command.program);
    return command;
}

Result<CheckProcess> CheckProcess::start(const CheckCommand& command) {
    std::vector<std::string> words = command.arguments;
    std::string program = command.program;
    if (command.by_shell) {
        words.front() = command.program;
        words.insert(words.begin(), "/bin/sh");
        program = "/bin/sh";
    }
    std::vector<std::string> variables = environment();
    std::vector<char*> arguments = pointers_to(words);
    std::vector<char*> entries = pointers_to(variables);
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(command.user_name.c_str(), command.group, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(command.user_name.c_str(), command.group, groups.data(), &count);
    }
    const Launch launch{command,        program.c_str(), arguments.data(),
                        entries.data(), groups.data(),   static_cast<std::size_t>(std::max(count, 0))};
    const pid_t child = ::fork();
    if (child < 0) return failure(fmt::format("no process could be made: {}", std::strerror(errno)));
    if (child == 0) become_command(launch);
    CheckProcess process;
    process.process_ = Process(child);
    process.ended_ = base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!process.ended_.is_open()) {
        return failure(fmt::format("the end of the command could not be waited for: {}", std::strerror(errno)));
    }
    return process;
}

CheckProcess::~CheckProcess() {
    if (process_.number == 0) return;
    send_signal(SIGKILL);
    take_status();
}

void CheckProcess::send_signal(int number) const {
    // The child makes the group itself; until it has, the signal goes to it alone.
    if (::kill(-process_.number, number) != 0) ::kill(process_.number, number);
}

int CheckProcess::take_status() {
    int status = 0;
    while (::waitpid(process_.number, &status, 0) < 0 && errno == EINTR) {
    }
    process_.number = 0;
    return status;
}

CommandVerdict judge_command(const model::MiscCheck& misc, const CheckCommand& command, int status, bool was_stopped,
                             keywords::Version target) {
    const std::string stopped =
        was_stopped ? fmt::format(", stopped after {} s", misc.timeout.value.count() / 1'000'000) : std::string{};
    if (WIFSIGNALED(status))
        return {{State::down, fmt::format("ended by {}{}", signal_text(WTERMSIG(status)), stopped)}, {}, {}, {}};
    const unsigned code = static_cast<unsigned>(WEXITSTATUS(status));
    if (code == 0) {
        CommandVerdict good{{State::up, fmt::format("exit status 0{}", stopped)}, code, {}, {}};
        if (was_stopped) good.meant = Verdict{State::down, "it had to be stopped after misc_timeout"};
        return good;
    }
    const bool never_ran = code == cannot_run || code == cannot_run - 1;
    const bool by_shell = command.by_shell && never_ran;
    // Without #! an older keepalived cannot run the text, and what cannot be run has succeeded.
    const bool older = target < newer_scripts && !names_interpreter(command.program);
    const bool vanished = code == cannot_run && !could_run(command.program);
    if (by_shell || older || vanished) {
        return {{State::up, "the command could not be run, which keepalived takes for success"},
                0U,
                {},
                Verdict{State::down, "the command could not be run"}};
    }
    if (code == cannot_change_user && ::geteuid() != command.user)
        return {{State::none, fmt::format("lbctl may not run commands as {}", command.user_name)}, code, {}, {}};
    constexpr unsigned first_weight = 2;
    if (misc.sets_weight && code >= first_weight) {
        const unsigned weight = code - first_weight;
        return {{State::up, fmt::format("exit status {}, which makes the weight {}{}", code, weight, stopped)},
                code,
                weight,
                {}};
    }
    return {{State::down, fmt::format("exit status {}{}", code, stopped)}, code, {}, {}};
}

}  // namespace lbctl::health
