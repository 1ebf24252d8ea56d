#include "backend/change/borrowed_setting.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "backend/netlink/network_namespace.h"
#include "backend/process/permission.h"

namespace lbctl::change {

namespace {

tl::unexpected<Failure> setting_failure(std::string_view what, std::string_view path, int error) {
    return failure(fmt::format("cannot {} /proc/sys/{}: {}", what, path, std::strerror(error)),
                   error == EROFS ? "/proc/sys is mounted read-only, as in a container: set it outside of that"
                   : error == EACCES || error == EPERM ? process::permission_hint(fmt::format("/proc/sys/{}", path))
                   : error == ENOENT                   ? "the kernel has no such setting: is ip_vs loaded?"
                                                       : "");
}

/// Only what lbctl itself ever writes down is written to a setting.
bool is_known(const BorrowedValue& value) {
    const auto is_flag = [](std::string_view text) { return text == "0" || text == "1"; };
    return value.path == expire_quiescent_template && is_flag(value.before) && is_flag(value.during);
}

/// Puts it back where it is still what it was made.
Result<bool> put_back(const KernelSetting& setting, const BorrowedValue& value) {
    const auto now = setting.read();
    if (!now) return tl::make_unexpected(now.error());
    if (*now != value.during || value.before == value.during) return false;
    if (auto written = setting.write(value.before); !written) return tl::make_unexpected(written.error());
    return true;
}

}  // namespace

Result<KernelSetting> KernelSetting::open(std::string path, const std::string& net_namespace) {
    const auto visit = netlink::NamespaceVisit::enter(net_namespace);
    if (!visit) return tl::make_unexpected(visit.error());
    const std::string name = "/proc/sys/" + path;
    base::Descriptor file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    const int not_writable = file.is_open() ? 0 : errno;
    if (!file.is_open()) file = base::Descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return setting_failure("open", path, errno);
    return KernelSetting(std::move(path), std::move(file), not_writable);
}

Result<std::string> KernelSetting::read() const {
    std::array<char, 64> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): pread() fills it
    const ssize_t count = ::pread(file_.number(), bytes.data(), bytes.size(), 0);
    if (count < 0) return setting_failure("read", path_, errno);
    std::string_view text(bytes.data(), static_cast<std::size_t>(count));
    while (text.ends_with('\n')) text.remove_suffix(1);
    return std::string(text);
}

Result<void> KernelSetting::check_writable() const {
    if (not_writable_ != 0) return setting_failure("write", path_, not_writable_);
    return {};
}

Result<void> KernelSetting::write(std::string_view value) const {
    if (auto writable = check_writable(); !writable) return writable;
    const ssize_t count = ::pwrite(file_.number(), value.data(), value.size(), 0);
    if (count != static_cast<ssize_t>(value.size())) return setting_failure("write", path_, count < 0 ? errno : EIO);
    return {};
}

Result<BorrowedSetting> BorrowedSetting::begin(const RunState& state, KernelSetting setting, std::string_view value) {
    const auto now = setting.read();
    if (!now) return tl::make_unexpected(now.error());
    const auto left = state.read_borrowed();
    if (!left) return tl::make_unexpected(left.error());
    BorrowedSetting borrowed(std::move(setting));
    const bool is_left = *left && (*left)->path == borrowed.setting_.path();
    if (*now == value && !is_left) return borrowed;
    auto mark = state.share_borrowed();
    if (!mark) return tl::make_unexpected(mark.error());
    borrowed.mark_ = std::move(*mark);
    if (*now == value) return borrowed;
    if (auto written = state.write_borrowed({borrowed.setting_.path(), *now, std::string(value)}); !written)
        return tl::make_unexpected(written.error());
    if (auto set = borrowed.setting_.write(value); !set) {
        (void)state.remove_borrowed();
        return tl::make_unexpected(set.error());
    }
    return borrowed;
}

Result<void> BorrowedSetting::give_back(const RunState& state) {
    if (!mark_) return {};
    mark_.reset();
    const auto alone = state.take_borrowed();
    if (!alone) return tl::make_unexpected(alone.error());
    if (!*alone) return {};  // another one needs it still
    const auto value = state.read_borrowed();
    if (!value) return tl::make_unexpected(value.error());
    if (!*value) return {};
    if (const auto done = put_back(setting_, **value); !done) return tl::make_unexpected(done.error());
    return state.remove_borrowed();
}

Result<std::optional<BorrowedValue>> mend_borrowed(const RunState& state, const std::string& net_namespace) {
    const auto value = state.read_borrowed();
    if (!value) return tl::make_unexpected(value.error());
    if (!*value) return std::nullopt;
    const auto alone = state.take_borrowed();
    if (!alone) return tl::make_unexpected(alone.error());
    if (!*alone) return std::nullopt;
    if (!is_known(**value)) {
        return failure(
            fmt::format("a record says that /proc/sys/{} was changed, which lbctl does not change", (*value)->path),
            "look at /run/lbctl, and remove the file if it is of no use");
    }
    const auto setting = KernelSetting::open((*value)->path, net_namespace);
    if (!setting) return tl::make_unexpected(setting.error());
    const auto done = put_back(*setting, **value);
    if (!done) return tl::make_unexpected(done.error());
    if (auto removed = state.remove_borrowed(); !removed) return tl::make_unexpected(removed.error());
    return *done ? *value : std::nullopt;
}

}  // namespace lbctl::change
