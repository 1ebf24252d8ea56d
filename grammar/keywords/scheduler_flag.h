#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// The words for flags of a scheduler: keywords of virtual_server, values of `ipvsadm -b' and of ldirectord's
/// schedflags.
namespace lbctl::keywords {

struct SchedulerFlag {
    std::string_view word;
    std::string_view scheduler;  ///< the only one that it goes with; empty: any
    std::uint32_t bit = 0;       ///< IP_VS_SVC_F_SCHED1 to 3 of linux/ip_vs.h

    [[nodiscard]] constexpr bool goes_with(std::string_view name) const {
        return scheduler.empty() || scheduler == name;
    }
};

/// The words of a scheduler's own stand before those for any.
inline constexpr auto scheduler_flags = std::to_array<SchedulerFlag>({{"sh-fallback", "sh", 0x8},
                                                                      {"sh-port", "sh", 0x10},
                                                                      {"mh-fallback", "mh", 0x8},
                                                                      {"mh-port", "mh", 0x10},
                                                                      {"flag-1", "", 0x8},
                                                                      {"flag-2", "", 0x10},
                                                                      {"flag-3", "", 0x20}});

/// The flag of that word; null: there is none.
constexpr const SchedulerFlag* find_scheduler_flag(std::string_view word) {
    for (const SchedulerFlag& flag : scheduler_flags) {
        if (flag.word == word) return &flag;
    }
    return nullptr;
}

/// Whether that scheduler has words of its own.
constexpr bool has_own_flags(std::string_view scheduler) {
    for (const SchedulerFlag& flag : scheduler_flags) {
        if (!flag.scheduler.empty() && flag.scheduler == scheduler) return true;
    }
    return false;
}

}  // namespace lbctl::keywords
