#include "grammar/rules/tracking/acting_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "grammar/ast/argument_values.h"

namespace lbctl::rules {

namespace {

using ast::Node;
using model::TrackLine;

constexpr std::int64_t most_effect = 253;

struct KindOfLines {
    TrackedKind kind;
    const std::vector<TrackLine>& lines;
};

std::array<KindOfLines, 5> kinds_of(const model::Tracking& tracking) {
    return {{{TrackedKind::interface, tracking.interfaces},
             {TrackedKind::script, tracking.scripts},
             {TrackedKind::file, tracking.files},
             {TrackedKind::process, tracking.processes},
             {TrackedKind::bfd, tracking.bfds}}};
}

ActingLine read(TrackedKind kind, const TrackLine& line) {
    const Node& entry = *line.entry;
    ActingLine acting{.kind = kind, .line = &line, .weight = line.weight};
    acting.weight_place = ast::place(entry, 0);
    // keepalived takes 254, which once meant a fault, for 253. Of a file it still is one.
    if (kind != TrackedKind::file) acting.weight = std::clamp(acting.weight, -most_effect, most_effect);
    const Node* weight = line.object == nullptr ? nullptr : ast::last_valid(*line.object, "weight"_kw);
    if (weight != nullptr) {
        acting.weight_place = ast::place(*weight, 0);
        acting.reversed = ast::text(*weight, 1) == "reverse";
        acting.reverse_place = ast::place(*weight, 1);
    }
    if (line.weight_written) {
        acting.weight_place = ast::place(entry, 2);
        // Without a word after it the direction stays that of the block.
        if (ast::text(entry, 3) == "reverse") {
            acting.reversed = true;
            acting.reverse_place = ast::place(entry, 3);
        } else if (ast::text(entry, 3) == "noreverse") {
            acting.reversed = false;
        }
    }
    return acting;
}

bool has_owner(const model::SyncGroup& group) {
    return std::ranges::any_of(group.members, [](const model::SyncGroupMember& member) {
        return member.instance != nullptr && !member.elsewhere && member.instance->is_address_owner();
    });
}

}  // namespace

std::vector<ActingLine> acting_lines(const model::VrrpInstance& instance) {
    std::vector<ActingLine> lines;
    const model::SyncGroup* group = instance.sync_group;
    const bool weights_count = !instance.is_address_owner() && (group == nullptr || group->tracking_weight);
    for (const auto& [kind, tracked] : kinds_of(instance.tracking)) {
        for (const TrackLine& line : tracked) {
            const bool own = kind == TrackedKind::interface && line.name == instance.interface;
            if (!line.taken || own) continue;
            if (line.weight != 0 && !weights_count && (kind != TrackedKind::process || instance.is_address_owner()))
                continue;
            lines.push_back(read(kind, line));
        }
    }
    if (group == nullptr) return lines;
    const bool group_weights_count = !has_owner(*group);
    for (const auto& [kind, tracked] : kinds_of(group->tracking)) {
        for (const TrackLine& line : tracked) {
            if (line.taken && (line.weight == 0 || group_weights_count)) lines.push_back(read(kind, line));
        }
    }
    return lines;
}

EffectRange effect_of(const ActingLine& line) {
    const std::int64_t effect = line.reversed ? -line.weight : line.weight;
    const std::int64_t most = line.kind == TrackedKind::file ? most_effect : std::abs(line.weight);
    if (effect == 0) return {};
    return effect > 0 ? EffectRange{0, most} : EffectRange{-most, 0};
}

std::string described(const ActingLine& line) {
    constexpr std::array<std::string_view, 5> blocks{"interface", "vrrp_script", "track_file", "vrrp_track_process",
                                                     "bfd_instance"};
    return fmt::format("{} `{}'", blocks.at(static_cast<std::size_t>(line.kind)), line.line->name);
}

bool same_place(const source::Location& one, const source::Location& other) {
    return one.range.file == other.range.file && one.range.begin.line == other.range.begin.line &&
           one.range.begin.column == other.range.begin.column;
}

}  // namespace lbctl::rules
