#include "cli/interruption.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace lbctl::cli {

namespace {

struct EndSignal {
    int number;
    std::string_view name;
};

constexpr auto end_signals = std::to_array<EndSignal>({
    {SIGHUP, "SIGHUP"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGTERM, "SIGTERM"},
});

constexpr std::string_view name_of(int signal) {
    for (const EndSignal& known : end_signals) {
        if (known.number == signal) return known.name;
    }
    return "a signal";
}

constexpr std::string_view words_for(Ending ending) {
    switch (ending) {
        case Ending::silent:
            break;
        case Ending::nothing_changed:
            return "nothing was changed";
        case Ending::complete:
            return "the change is complete";
        case Ending::carried_out:
            return "the command was carried out to its end";
        case Ending::confirmed:
            return "the apply is confirmed";
        case Ending::taken_back:
            return "the apply is taken back";
    }
    return {};
}

/// A signal handler: calls nothing but what signal-safety(7) allows. It is a template because a handler is given no
/// more than the number of the signal.
template <Ending ending>
void say_and_end(int signal) {
    constexpr std::string_view said = words_for(ending);
    if constexpr (!said.empty()) {
        const auto piece = [](std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; };
        const std::array message = {piece("lbctl: interrupted ("), piece(name_of(signal)), piece("); "), piece(said),
                                    piece("\n")};
        // Where standard error is gone there is nobody to be told.
        [[maybe_unused]] const auto written = ::writev(STDERR_FILENO, message.data(), static_cast<int>(message.size()));
    }
    ::_exit(static_cast<int>(ended_by(signal)));
}

using Handler = void (*)(int);

constexpr Handler handler_for(Ending ending) {
    switch (ending) {
        case Ending::silent:
            break;
        case Ending::nothing_changed:
            return say_and_end<Ending::nothing_changed>;
        case Ending::complete:
            return say_and_end<Ending::complete>;
        case Ending::carried_out:
            return say_and_end<Ending::carried_out>;
        case Ending::confirmed:
            return say_and_end<Ending::confirmed>;
        case Ending::taken_back:
            return say_and_end<Ending::taken_back>;
    }
    return say_and_end<Ending::silent>;
}

/// The end signals but for those that the caller ignores.
sigset_t heeded_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const EndSignal& signal : end_signals) {
        struct sigaction now {};
        if (::sigaction(signal.number, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, signal.number);
    }
    return set;
}

timespec to_timespec(std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return {static_cast<std::time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

}  // namespace

void end_at_once_on_signals(Ending ending) {
    const sigset_t heeded = heeded_signals();
    struct sigaction action {};
    action.sa_handler = handler_for(ending);
    action.sa_mask = heeded;  // one message is enough
    for (const EndSignal& signal : end_signals) {
        if (sigismember(&heeded, signal.number) == 1) (void)::sigaction(signal.number, &action, nullptr);
    }
}

HeldSignals::HeldSignals() : held_(heeded_signals()), before_{} {
    (void)::pthread_sigmask(SIG_BLOCK, &held_, &before_);
    (void)::signal(SIGPIPE, SIG_IGN);
}

HeldSignals::~HeldSignals() {
    if (released_) return;
    while (::sigtimedwait(&held_, nullptr, std::array{timespec{}}.data()) > 0) continue;
    end_at_once_on_signals(Ending::silent);
    (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> HeldSignals::came() {
    sleep_for(std::chrono::nanoseconds::zero());
    return signal_;
}

std::optional<Failure> HeldSignals::interruption() {
    const auto signal = came();
    if (!signal) return std::nullopt;
    return Failure{fmt::format("interrupted ({})", name_of(*signal)), ""};
}

bool HeldSignals::sleep_for(std::chrono::nanoseconds time) {
    if (signal_) return true;
    const auto end = std::chrono::steady_clock::now() + time;
    for (;;) {
        const timespec left = to_timespec(std::max(time, std::chrono::nanoseconds::zero()));
        const int signal = ::sigtimedwait(&held_, nullptr, &left);
        if (signal > 0) signal_ = signal;
        // Anything but EINTR, which is that of a signal that is not held, is the end of the time.
        if (signal > 0 || errno != EINTR) return signal_.has_value();
        time = end - std::chrono::steady_clock::now();
    }
}

ExitStatus HeldSignals::status(ExitStatus otherwise) {
    const auto signal = came();
    return signal ? ended_by(*signal) : otherwise;
}

void HeldSignals::release(Ending ending) {
    if (released_) return;
    released_ = true;
    end_at_once_on_signals(ending);
    if (signal_) (void)::raise(*signal_);
    (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace lbctl::cli
