#pragma once

#include <signal.h>

#include <chrono>
#include <optional>
#include <string>

#include "cli/command.h"
#include "grammar/base/result.h"

/// The signals that ask a command to end: SIGHUP, SIGINT, SIGQUIT and SIGTERM. Those that the caller ignores, as
/// nohup(1) does, stay ignored. Between two moments at which nothing is half done a signal ends the process at once; in
/// the middle of a change it is held back until the change is complete or undone.
namespace lbctl::cli {

/// What is said of the work when a signal ends the process at once.
enum class Ending {
    silent,           ///< nothing is said: it was said already, or nothing is changed by that command
    nothing_changed,  ///< "nothing was changed"
    complete,         ///< "the change is complete"
    carried_out,      ///< "the command was carried out to its end", which is no promise that the kernel took all of it
    confirmed,        ///< "the apply is confirmed"
    taken_back,       ///< "the apply is taken back"
};

/// From now on such a signal says that on standard error and ends the process with status 128 + N. It holds until the
/// process ends, so that there is no moment between the end of a command and the end of the process without it.
void end_at_once_on_signals(Ending ending);

/// Exit status of a command that this signal ended.
constexpr ExitStatus ended_by(int signal) {
    constexpr int base = 128;
    return static_cast<ExitStatus>(base + signal);
}

/// Holds the signals back for as long as it lives. From its beginning on, a pipe that nobody reads any more ends
/// nothing either: what is being done is more than what is said of it. One thread at a time has such a value.
class HeldSignals {
public:
    HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    /// Without release(): drops what has come, and lets later ones end the process in silence, for its message has been
    /// printed.
    ~HeldSignals();

    /// The signal that has come since the beginning.
    [[nodiscard]] std::optional<int> came();

    /// Why the work ends, when a signal has come: "interrupted (SIGINT)".
    [[nodiscard]] std::optional<Failure> interruption();

    /// Sleeps. Gives whether a signal has come, which ends the sleep.
    bool sleep_for(std::chrono::nanoseconds time);

    /// ended_by() the signal that has come, else `otherwise`.
    [[nodiscard]] ExitStatus status(ExitStatus otherwise);

    /// Holds nothing back any more. A signal that has come ends the process here and now, as later ones do.
    void release(Ending ending);

private:
    sigset_t held_;
    sigset_t before_;
    std::optional<int> signal_;
    bool released_ = false;
};

}  // namespace lbctl::cli
