#include <fmt/format.h>

#include <algorithm>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/tracking/acting_lines.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

constexpr std::int64_t lowest_priority = 1;
constexpr std::int64_t highest_priority = 254;  // 255 is the owner's, whom weights do not concern

std::int64_t clamped(std::int64_t priority) {
    return std::clamp(priority, lowest_priority, highest_priority);
}

/// The largest change of priority that the line can bring about, with the best sum of all else: it counts in full where
/// both ends have room, and less the further away from there.
std::int64_t largest_change(EffectRange others, EffectRange effect) {
    const std::int64_t room_begins = lowest_priority - effect.lowest;
    const std::int64_t room_ends = highest_priority - effect.highest;
    const std::int64_t best = others.highest < room_begins ? others.highest : std::max(others.lowest, room_begins);
    const std::int64_t sum = others.lowest > room_ends ? others.lowest : best;
    return clamped(sum + effect.highest) - clamped(sum + effect.lowest);
}

void check_instance(const Context& context, const model::VrrpInstance& instance) {
    if (instance.is_address_owner()) return;
    const auto lines = acting_lines(instance);
    EffectRange all{instance.priority, instance.priority};
    for (const ActingLine& line : lines) {
        const EffectRange effect = effect_of(line);
        all.lowest += effect.lowest;
        all.highest += effect.highest;
    }
    if (all.lowest >= lowest_priority && all.highest <= highest_priority) return;
    for (const ActingLine& line : lines) {
        const EffectRange effect = effect_of(line);
        const std::int64_t meant = effect.highest - effect.lowest;
        if (meant == 0) continue;
        const EffectRange others{all.lowest - effect.lowest, all.highest - effect.highest};
        const std::int64_t change = largest_change(others, effect);
        // To fall to 1 is meant by many a large weight; the number of a file is not known.
        const bool is_cut_above = others.lowest + effect.highest > highest_priority && line.kind != TrackedKind::file;
        if (change == meant || (change != 0 && !is_cut_above)) continue;
        const ast::Node* priority = ast::last_valid(*instance.node, "priority"_kw);
        const auto where = priority == nullptr ? line.weight_place : ast::place(*priority, 0);
        const bool at_top = effect.highest > 0;
        auto message =
            change == 0
                ? fmt::format(
                      "the weight {} of {} changes nothing: the priority is {} already, and {} is the {} there is",
                      line.weight, described(line), clamped(at_top ? others.lowest : others.highest),
                      at_top ? highest_priority : lowest_priority, at_top ? "highest" : "lowest")
                : fmt::format("the weight {} of {} changes the priority by {} only: {} is the highest there is",
                              line.weight, described(line), change, highest_priority);
        auto& finding = context.report("weight-without-effect", change == 0 ? Severity::warning : Severity::info, where,
                                       std::move(message));
        finding.hint = at_top ? "give the instance a lower priority" : "give the instance a higher priority";
        validate::add_note(finding, line.weight_place, "the weight");
    }
}

void check(const Whole& whole) {
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of == nullptr) check_instance(whole.context, instance);
    }
}

}  // namespace

extern const Rule weight_without_effect{
    .page =
        {.id = "weight-without-effect",
         .family = "tracking",
         .severity = Severity::warning,
         .summary = "A weight that cannot change the priority",
         .detail =
             "Whatever is tracked, keepalived keeps the priority of an instance between 1 and 254 (vrrp_track.c, "
             "vrrp_set_effective_priority; 0 and 255 mean something else, RFC 5798 section 5.2.4). A weight that would "
             "raise what is at 254 already, or lower what is at 1, does nothing, so what it tracks can fail without "
             "any effect. Choose the priority so that there is room for all weights.",
         .example = "vrrp_instance A {\n    priority 254\n    track_interface {\n        eth1 weight 20\n    }\n}",
         .others = {{{Severity::info, "where a part of the weight counts"}}},
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
