#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/tracking/acting_lines.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

/// Whether the weight can only move the priority. Files may hold any number: times 254 it is a fault, and times 1 it is
/// whatever the number says.
bool only_moves_priority(const ActingLine& line) {
    if (line.weight == 0) return false;
    return line.kind != TrackedKind::file || (std::abs(line.weight) != 1 && std::abs(line.weight) < 254);
}

/// Instances that track the same weights: it is one mistake.
struct Told {
    std::vector<const model::VrrpInstance*> instances;
    std::vector<ActingLine> weights;
};

bool same_weights(const std::vector<ActingLine>& one, const std::vector<ActingLine>& other) {
    return std::ranges::equal(one, other, [](const ActingLine& left, const ActingLine& right) {
        return same_place(left.weight_place, right.weight_place);
    });
}

source::Location nopreempt_of(const model::VrrpInstance& instance) {
    const ast::Node* line = ast::last_valid(*instance.node, "nopreempt"_kw);
    return line == nullptr ? instance.node->head.where() : line->head.where();
}

void report(const Context& context, const Told& told) {
    std::string names;
    for (const ActingLine& line : told.weights) names += (names.empty() ? "" : ", ") + described(line);
    auto& finding = context.report(
        "nopreempt-with-weight", Severity::warning, nopreempt_of(*told.instances.front()),
        fmt::format("where the other nodes have nopreempt, too, the weight of {} cannot move the addresses: a backup "
                    "with nopreempt leaves a master of lower priority alone",
                    names));
    finding.hint = "without a weight a failure puts this node into FAULT, and a backup takes over";
    for (const ActingLine& line : told.weights)
        validate::add_note(finding, line.weight_place, fmt::format("the weight {}", line.weight));
    for (std::size_t other = 1; other < told.instances.size(); ++other)
        validate::add_note(finding, nopreempt_of(*told.instances[other]), "here, too");
}

void check(const Whole& whole) {
    // Of a cluster is known which other nodes have nopreempt: cluster-nopreempt-weight tells.
    if (whole.context.of_cluster) return;
    std::vector<Told> all;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        // keepalived drops nopreempt of others.
        if (instance.duplicate_of != nullptr || !instance.nopreempt || instance.is_address_owner() ||
            instance.state == model::VrrpState::master)
            continue;
        auto weights = acting_lines(instance);
        std::erase_if(weights, [](const ActingLine& line) { return !only_moves_priority(line); });
        if (weights.empty()) continue;
        constexpr std::size_t enough = 64;  // a hostile file may hold thousands
        const auto same =
            std::ranges::find_if(all, [&](const Told& told) { return same_weights(told.weights, weights); });
        if (same != all.end())
            same->instances.push_back(&instance);
        else if (all.size() < enough)
            all.push_back({{&instance}, std::move(weights)});
    }
    for (const Told& told : all) report(whole.context, told);
}

}  // namespace

extern const Rule nopreempt_with_weight{
    .page =
        {.id = "nopreempt-with-weight",
         .family = "tracking",
         .severity = Severity::warning,
         .summary = "nopreempt, and a weight that is to move the addresses",
         .detail =
             "A weight lowers the priority of a master whose check fails, and leaves it master. The addresses move "
             "only "
             "when a backup of a higher priority then takes over, which nopreempt on that backup forbids "
             "(keepalived.conf(5), nopreempt; RFC 5798 section 6.1, Preempt_Mode), and mostly all nodes have it. Leave "
             "the weight out, or write 0: then a failure puts the node into FAULT, where it tells the others that it "
             "gives up, and nopreempt still keeps the addresses from moving back. Or leave nopreempt out; on a node "
             "that is to be master for choice it suffices there alone.",
         .example = "vrrp_script check {\n    script /usr/local/bin/check\n    weight -60\n}\nvrrp_instance A {\n    "
                    "state BACKUP\n    nopreempt\n    track_script {\n        check\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
