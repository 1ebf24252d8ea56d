#pragma once

#include <signal.h>

#include "grammar/base/descriptor.h"

namespace lbctl::cli {

/// The signals that a screen heeds, as a descriptor: those that end it (SIGTERM, SIGINT, SIGQUIT), SIGHUP, and those of
/// the terminal (SIGTSTP, SIGWINCH). For as long as it lives they do nothing else.
class ScreenSignals {
public:
    ScreenSignals();
    ScreenSignals(const ScreenSignals&) = delete;
    ScreenSignals& operator=(const ScreenSignals&) = delete;
    ~ScreenSignals();

    /// Can be read when one has come. Not open where the kernel gave none; errno says why.
    [[nodiscard]] const base::Descriptor& descriptor() const { return descriptor_; }
    /// The next one that has come; 0 when there is none.
    [[nodiscard]] int next() const;

private:
    sigset_t before_{};
    base::Descriptor descriptor_;
};

}  // namespace lbctl::cli
