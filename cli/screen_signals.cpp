#include "cli/screen_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace lbctl::cli {

ScreenSignals::ScreenSignals() {
    sigset_t signals{};
    ::sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGWINCH}) ::sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, &before_);
    descriptor_ = base::Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

ScreenSignals::~ScreenSignals() {
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int ScreenSignals::next() const {
    signalfd_siginfo information{};
    const ssize_t count = ::read(descriptor_.number(), &information, sizeof information);
    return count == static_cast<ssize_t>(sizeof information) ? static_cast<int>(information.ssi_signo) : 0;
}

}  // namespace lbctl::cli
