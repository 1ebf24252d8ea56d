#include "cli/kernel_settings.h"

#include "backend/change/borrowed_setting.h"
#include "backend/doctor/check.h"
#include "cli/print.h"

namespace lbctl::cli {

void mend_settings(const change::RunState& state, const std::string& net_namespace, const Streams& streams,
                   const change::RunLock* lock) {
    // Mostly there is nothing: then no lock is asked for.
    const auto left = state.read_borrowed();
    if (left && !*left) return;
    std::optional<change::RunLock> own;
    if (lock == nullptr) {
        auto taken = state.lock(std::chrono::seconds::zero(), [] {});
        if (!taken) return;
        own = std::move(*taken);
    }
    const auto mended = left ? change::mend_borrowed(state, net_namespace)
                             : Result<std::optional<change::BorrowedValue>>(tl::make_unexpected(left.error()));
    if (!mended) {
        print(streams.err, "lbctl: note: a setting that a killed `lbctl drain' changed cannot be put back: {}{}{}\n",
              mended.error().message, mended.error().hint.empty() ? "" : "; ", mended.error().hint);
    } else if (*mended) {
        print(streams.err,
              "lbctl: note: `lbctl drain --break-persistence' was killed before it put {} back; it is {} again now\n",
              doctor::sysctl_name((*mended)->path), (*mended)->before);
    }
}

}  // namespace lbctl::cli
