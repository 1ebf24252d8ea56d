#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

struct WeightlessScheduler {
    std::string_view name;
    std::string_view weighted;  ///< its like, which looks at weights
};

/// Those whose module in net/netfilter/ipvs only asks whether a weight is 0.
constexpr std::array weightless = {WeightlessScheduler{"rr", "wrr"}, WeightlessScheduler{"lc", "wlc"},
                                   WeightlessScheduler{"dh", "mh"}};

void check(const Context& context, const model::VirtualServer& service) {
    for (const WeightlessScheduler& scheduler : weightless) {
        if (service.scheduler != scheduler.name) continue;
        // Weights count for a quorum, too; one server makes a quorum of 1 with any weight.
        if (model::is_dropped(service) || service.quorum > 1) return;
        const model::RealServer* first = nullptr;
        for (const model::RealServer& server : service.real_servers) {
            const std::uint32_t weight = model::weight_of(service, server);
            if (!server.is_taken() || weight == 0) continue;
            if (first == nullptr) first = &server;
            const std::uint32_t first_weight = model::weight_of(service, *first);
            if (weight == first_weight) continue;
            const ast::Node* line = ast::last_valid(*service.node, "lvs_sched"_kw);
            if (line == nullptr) line = ast::last_valid(*service.node, "lb_algo"_kw);
            auto& finding = context.report(
                "weights-not-used", Severity::info, line == nullptr ? service.node->head.where() : ast::place(*line, 0),
                fmt::format("the scheduler {} does not look at weights other than 0: {} and {} count alike",
                            scheduler.name, first_weight, weight));
            finding.hint = fmt::format("write `{}' if the weights are to count", scheduler.weighted);
            for (const model::RealServer* one : {first, &server}) {
                validate::add_note(finding, one->node->head.where(),
                                   fmt::format("weight {}", model::weight_of(service, *one)));
            }
            return;
        }
        return;
    }
}

}  // namespace

extern const Rule weights_not_used{
    .page =
        {.id = "weights-not-used",
         .family = "lvs",
         .severity = Severity::info,
         .summary = "Different weights under a scheduler that does not look at them",
         .detail =
             "rr, lc and dh only ask whether a weight is 0 (ip_vs_rr.c, ip_vs_lc.c and ip_vs_dh.c in the kernel's "
             "net/netfilter/ipvs; ipvsadm(8), --scheduler): a strong server and a weak one get the same share. wrr "
             "and wlc, or sh and mh for dh, heed weights. Nothing is said where there is a quorum above 1, for which "
             "weights count under every scheduler.",
         .example = "virtual_server 10.0.0.1 80 {\n    lvs_sched rr\n    real_server 10.0.0.2 80 {\n        weight "
                    "10\n    }\n    real_server 10.0.0.3 80 { }\n}",
         .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
