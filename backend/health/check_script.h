#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/health/verdict.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"
#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// A command as a file has it.
struct ScriptText {
    std::string_view command;  ///< the program and its arguments
    std::string_view user;     ///< empty: that of all scripts
    std::string_view group;    ///< empty: that of the user
};

/// One that is ready to run.
struct CheckCommand {
    std::string program;  ///< path of the file that is run
    std::vector<std::string> arguments;
    bool by_shell = false;  ///< a text without #!: sh reads it
    uid_t user = 0;
    gid_t group = 0;
    std::string user_name;        ///< empty: the user has no name
    bool ends_with_lbctl = true;  ///< whatever ends lbctl
};

/// Why keepalived does not run a command. A MISC_CHECK is taken away then, and the real server is up without it.
struct CommandRefusal {
    std::string reason;
};

/// Finds the program and the user, as keepalived does once when it starts.
tl::expected<CheckCommand, CommandRefusal> prepare_command(const ScriptText& script, const model::ScriptUser& general,
                                                           keywords::Version target);

/// A user with the group, which may be empty. Nothing when there is none of that name.
struct ScriptAccount {
    uid_t user = 0;
    gid_t group = 0;
    std::string name;
};
std::optional<ScriptAccount> find_script_user(std::string_view user, std::string_view group);

/// A command that runs: in a process group of its own, without a shell, input and output /dev/null, umask 0177, and
/// with keepalived's own environment less IFS and what changes the loading of libraries.
class CheckProcess {
public:
    /// Fails when no process can be made, or when lbctl may not become the command's user.
    static Result<CheckProcess> start(const CheckCommand& command);

    CheckProcess(CheckProcess&&) noexcept = default;
    CheckProcess& operator=(CheckProcess&&) noexcept = default;
    /// What still runs is killed.
    ~CheckProcess();

    /// Can be read when the process has ended.
    [[nodiscard]] int descriptor() const { return ended_.number(); }
    void send_signal(int number) const;
    /// It goes on by itself.
    void let_go() { process_.number = 0; }
    /// As wait(2) gives it; only once, after the end.
    int take_status();

private:
    CheckProcess() = default;
    struct Process {
        pid_t number = 0;
        explicit Process(pid_t given = 0) : number(given) {}
        Process(Process&& other) noexcept : number(std::exchange(other.number, 0)) {}
        Process& operator=(Process&& other) noexcept {
            std::swap(number, other.number);
            return *this;
        }
        ~Process() = default;
    };
    Process process_;
    base::Descriptor ended_;
};

/// What keepalived makes of the end of a command.
struct CommandVerdict {
    Verdict verdict;
    std::optional<unsigned> exit_code;  ///< nothing: a signal ended it
    std::optional<unsigned> weight;     ///< that misc_dynamic gives the real server; nothing: as configured
    std::optional<Verdict> meant;       ///< as an operator would expect it, where it is another one
};
CommandVerdict judge_command(const model::MiscCheck& misc, const CheckCommand& command, int status, bool was_stopped,
                             keywords::Version target);

}  // namespace lbctl::health
