#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

/// Two adverts of each make sure that it is not one that takes over from another.
bool are_both_masters(const Adverts& one, const Adverts& other) {
    return one.count >= 2 && other.count >= 2 && one.first < other.last && other.first < one.last;
}

void run(const Look& look, Report& report) {
    if (!report.can_read("vrrp", "whether there are two masters")) return;
    if (!look.machine.heard) return;
    std::map<std::tuple<std::string, std::uint8_t, Family>, std::vector<const Adverts*>> senders;
    for (const Adverts& each : look.machine.heard->adverts)
        senders[{each.device, each.router_id, each.source.family()}].push_back(&each);
    for (const auto& [key, heard] : senders) {
        // Clang before release 16 lets no lambda use the names of a structured binding.
        const std::string& device = std::get<0>(key);
        const std::uint8_t router_id = std::get<1>(key);
        const Family family = std::get<2>(key);
        std::vector<const Adverts*> adverts = heard;
        // The same sentence, whoever was heard first.
        std::ranges::sort(adverts, {}, [](const Adverts* each) { return each->source; });
        for (std::size_t i = 0; i + 1 < adverts.size(); ++i) {
            const auto other = std::find_if(adverts.begin() + static_cast<std::ptrdiff_t>(i) + 1, adverts.end(),
                                            [&](const Adverts* each) { return are_both_masters(*adverts[i], *each); });
            if (other == adverts.end()) continue;
            const auto instance = std::ranges::find_if(
                look.configuration.instances,
                [&](const emit::VrrpInstance& each) { return each.router_id == router_id && each.family == family; });
            const bool known = instance != look.configuration.instances.end();
            Finding& finding =
                report.add(fmt::format("{} and {} are both master of the virtual router {}",
                                       adverts[i]->source.to_string(), (*other)->source.to_string(), router_id),
                           known ? instance->place : table::SourcePlace());
            for (const Adverts* each : {adverts[i], *other}) {
                finding.evidence.push_back(
                    {fmt::format("VRRP on {}", device), "",
                     fmt::format("{} adverts with priority {} from {} in {:.1f} s", each->count, each->priority,
                                 each->source.to_string(), look.machine.heard->seconds)});
            }
            finding.what_to_do =
                "run `lbctl doctor' on both: one does not hear the other, or takes it for another's; "
                "`lbctl lint --cluster' compares their files";
            break;
        }
    }
}

}  // namespace

extern const Check two_masters_check{
    .page = {.id = "two-masters",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "Two masters of one virtual router were heard",
             .detail =
                 "both have the virtual addresses, and neighbours send to the one that spoke last; connections break",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "RFC 5798 section 6.4.3",
    .director = run};

}  // namespace lbctl::doctor
