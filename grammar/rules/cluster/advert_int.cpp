#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

/// In the steps that the version has: whole seconds, or hundredths.
std::string value(const Member& member) {
    const std::int64_t hundredths = (member.instance->advert_interval + 5'000) / 10'000;
    if (member.instance->version == 2) return fmt::format("{} s", std::max<std::int64_t>((hundredths + 50) / 100, 1));
    return fmt::format("{:g} s", static_cast<double>(std::min<std::int64_t>(hundredths, 4095)) / 100);
}

void check(const Cluster& cluster) {
    constexpr SharedSetting version2{
        "cluster-advert-int",
        Severity::error,
        "advert_int"_kw,
        {},
        "in version 2 adverts with another interval are thrown away, and both become MASTER"};
    constexpr SharedSetting version3{"cluster-advert-int",
                                     Severity::warning,
                                     "advert_int"_kw,
                                     {},
                                     "how fast the address moves depends on which node is master"};
    for (const VirtualRouter& router : cluster.routers) {
        const int version = router.members.front().instance->version;
        const bool same = std::ranges::all_of(
            router.members, [&](const Member& member) { return member.instance->version == version; });
        if (same) report_other_values(router, version == 2 ? version2 : version3, value);
    }
}

}  // namespace

extern const Rule cluster_advert_int{
    .page = {.id = "cluster-advert-int",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Nodes of one virtual router with two intervals of advertisements",
             .detail = "In VRRP version 2 a node throws away advertisements whose interval is not its own (RFC 3768 "
                       "section 7.1), so both become MASTER: an error. In version 3 a backup learns the interval of the"
                       " master (RFC 9568 section 6.1); it works, but how fast the address moves depends on which node "
                       "is master: a warning. Write the same advert_int on all nodes.",
             .example = "",
             .others = {{{Severity::warning, "of version 3"}}},
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
