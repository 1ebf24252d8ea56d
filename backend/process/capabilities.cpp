#include "backend/process/capabilities.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

namespace lbctl::process {

namespace {

constexpr unsigned word = 32;

/// The sets of the calling thread, see capget(2).
class Sets {
public:
    static std::optional<Sets> read() {
        Sets read;
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        if (::syscall(SYS_capget, &header, read.sets_.data()) != 0) return std::nullopt;
        return read;
    }

    [[nodiscard]] bool is_permitted(unsigned number) const {
        return number < sets_.size() * word && (sets_.at(number / word).permitted >> (number % word) & 1U) != 0;
    }

    [[nodiscard]] bool has_any() const {
        return std::ranges::any_of(sets_, [](const auto& set) { return set.permitted != 0; });
    }

    /// What is permitted of these is permitted and effective, and nothing is inherited. Whether that is a change.
    bool keep(std::span<const unsigned> kept) {
        std::array<std::uint32_t, _LINUX_CAPABILITY_U32S_3> bits{};
        for (const unsigned number : kept) {
            if (is_permitted(number)) bits.at(number / word) |= 1U << (number % word);
        }
        bool changes = false;
        for (std::size_t i = 0; i < sets_.size(); ++i) {
            const __user_cap_data_struct before = sets_.at(i);
            changes =
                changes || before.permitted != bits.at(i) || before.effective != bits.at(i) || before.inheritable != 0;
            sets_.at(i) = {bits.at(i), bits.at(i), 0};
        }
        return changes;
    }

    /// False when the kernel says no.
    [[nodiscard]] bool write() const {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        return ::syscall(SYS_capset, &header, sets_.data()) == 0;
    }

private:
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets_{};
};

Failure refused() {
    return {fmt::format("the capabilities that are not needed cannot be given up: {}", std::strerror(errno)), {}};
}

}  // namespace

bool has_capability(unsigned number) {
    const auto now = Sets::read();
    return now && now->is_permitted(number);
}

Result<void> keep_capabilities(std::span<const unsigned> kept, Limits limits) {
    auto sets = Sets::read();
    if (!sets) return tl::make_unexpected(refused());
    if (!sets->has_any()) return {};
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    // Before the right to do so is given up.
    if (limits == Limits::programs && sets->is_permitted(CAP_SETPCAP)) {
        for (unsigned number = 0; ::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; ++number) {
            if (std::ranges::find(kept, number) == kept.end()) ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
        }
    }
    // A filter of system calls may forbid what is not needed.
    if (sets->keep(kept) && !sets->write()) return tl::make_unexpected(refused());
    return {};
}

}  // namespace lbctl::process
