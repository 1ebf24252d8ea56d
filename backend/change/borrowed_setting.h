#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/change/run_state.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

namespace lbctl::change {

/// With 1, the kernel no longer lets a persistence template lead to a destination of weight 0: the client's next
/// connection is scheduled anew (Documentation/networking/ipvs-sysctl.rst). It holds for a whole network namespace.
inline constexpr std::string_view expire_quiescent_template = "net/ipv4/vs/expire_quiescent_template";

/// A file below /proc/sys, opened in a network namespace, so that it can be written after the privilege to enter that
/// is gone.
class KernelSetting {
public:
    /// "" is the namespace of the calling thread. What may only be read can be opened, too; then write() says why.
    static Result<KernelSetting> open(std::string path, const std::string& net_namespace);

    /// Without the line end.
    [[nodiscard]] Result<std::string> read() const;
    [[nodiscard]] Result<void> write(std::string_view value) const;
    /// Whether write() can work at all.
    [[nodiscard]] Result<void> check_writable() const;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    KernelSetting(std::string path, base::Descriptor file, int not_writable)
        : path_(std::move(path)), file_(std::move(file)), not_writable_(not_writable) {}
    std::string path_;
    base::Descriptor file_;
    int not_writable_;  ///< the errno; 0: it is
};

/// A setting of the kernel that is changed for as long as a command needs it. What it was is written down first, so
/// that mend_borrowed() can put it back when the command is killed. Several commands may need the same: the last one
/// that gives it back puts it back.
class BorrowedSetting {
public:
    /// Changes nothing where the setting has that value already. The caller holds the lock of the table.
    static Result<BorrowedSetting> begin(const RunState& state, KernelSetting setting, std::string_view value);

    /// Puts it back. What others have set meanwhile stays. The caller holds the lock of the table.
    Result<void> give_back(const RunState& state);

    /// Whether the setting was changed, now or by the command that had it before.
    [[nodiscard]] bool is_borrowed() const { return mark_.has_value(); }

private:
    explicit BorrowedSetting(KernelSetting setting) : setting_(std::move(setting)) {}
    KernelSetting setting_;
    std::optional<RunLock> mark_;  ///< nothing: there is nothing to put back
};

/// Puts back what a killed command left changed in that network namespace, and tells what it did: the setting and the
/// value that it has again. Nothing when nothing was left, or who changed it still runs. The caller holds the lock of
/// the table.
Result<std::optional<BorrowedValue>> mend_borrowed(const RunState& state, const std::string& net_namespace);

}  // namespace lbctl::change
