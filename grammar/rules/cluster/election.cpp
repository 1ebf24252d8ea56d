#include "grammar/rules/cluster/election.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "grammar/ast/argument_values.h"

namespace lbctl::rules {

namespace {

bool has_word(const ast::Node& node, std::string_view word) {
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
        if (ast::text(node, i) == word) return true;
    }
    return false;
}

void add_trackers(std::vector<Tracker>& trackers, std::string_view kind, const std::vector<model::TrackLine>& lines) {
    for (const model::TrackLine& line : lines) {
        if (!line.taken || line.weight == 0) continue;
        const ast::Node* weight = line.object == nullptr ? nullptr : ast::last_valid(*line.object, "weight"_kw);
        const bool reverse = has_word(*line.entry, "reverse") ||
                             (!line.weight_written && weight != nullptr && has_word(*weight, "reverse"));
        const ast::Node& place = line.weight_written || weight == nullptr ? *line.entry : *weight;
        trackers.push_back({kind, line.name, line.weight, reverse, place.head.where()});
    }
}

/// What a tracker adds while all is well, and after the event that lowers the priority: a failure, or a success of one
/// that is reversed, such as a check for maintenance.
std::int64_t when_well(const Tracker& tracker) {
    if (tracker.kind == "file") return 0;
    return std::max<std::int64_t>(tracker.reverse ? -tracker.weight : tracker.weight, 0);
}

std::int64_t when_failed(const Tracker& tracker) {
    return std::min<std::int64_t>(tracker.reverse ? -tracker.weight : tracker.weight, 0);
}

int clamped(const Member& member, std::int64_t sum) {
    if (member.instance->is_address_owner()) return member.instance->priority;
    return static_cast<int>(std::clamp<std::int64_t>(sum, 1, 254));
}

std::int64_t sum_when_well(const Member& member) {
    std::int64_t sum = member.instance->priority;
    for (const Tracker& tracker : weighted_trackers(member)) sum += when_well(tracker);
    return sum;
}

}  // namespace

std::vector<Tracker> weighted_trackers(const Member& member) {
    std::vector<Tracker> trackers;
    const model::VrrpInstance& instance = *member.instance;
    if (instance.is_address_owner()) return trackers;
    const model::SyncGroup* group = instance.sync_group;
    const bool only_some = group != nullptr && !group->tracking_weight;
    add_trackers(trackers, "interface", instance.tracking.interfaces);
    add_trackers(trackers, "process", instance.tracking.processes);
    if (!only_some) {
        add_trackers(trackers, "script", instance.tracking.scripts);
        add_trackers(trackers, "file", instance.tracking.files);
        add_trackers(trackers, "bfd", instance.tracking.bfds);
    }
    if (group != nullptr) {
        add_trackers(trackers, "interface", group->tracking.interfaces);
        add_trackers(trackers, "script", group->tracking.scripts);
        add_trackers(trackers, "file", group->tracking.files);
        add_trackers(trackers, "process", group->tracking.processes);
        add_trackers(trackers, "bfd", group->tracking.bfds);
    }
    return trackers;
}

int best_priority(const Member& member) {
    return clamped(member, sum_when_well(member));
}

int priority_without(const Member& member, const Tracker& failed) {
    return clamped(member, sum_when_well(member) - when_well(failed) + when_failed(failed));
}

int priority_without_all(const Member& member) {
    std::int64_t sum = member.instance->priority;
    for (const Tracker& tracker : weighted_trackers(member)) sum += when_failed(tracker);
    return clamped(member, sum);
}

bool never_preempts(const Member& member) {
    const model::VrrpInstance& instance = *member.instance;
    return instance.nopreempt && instance.state != model::VrrpState::master && !instance.is_address_owner();
}

const Member* natural_master(const VirtualRouter& router) {
    const Member* best = nullptr;
    int priority = 0;
    for (const Member& member : router.members) {
        const int here = best_priority(member);
        if (here == priority) best = nullptr;
        if (here > priority) {
            best = &member;
            priority = here;
        }
    }
    return best;
}

std::vector<Member> tied_members(const VirtualRouter& router) {
    std::map<int, std::vector<Member>, std::greater<>> by_priority;
    for (const Member& member : router.members) {
        if (!member.instance->is_address_owner()) by_priority[best_priority(member)].push_back(member);
    }
    for (auto& [priority, members] : by_priority) {
        if (members.size() > 1) return std::move(members);
    }
    return {};
}

bool all_written_master(const std::vector<Member>& members) {
    return std::ranges::all_of(
        members, [](const Member& member) { return member.instance->written_state == model::VrrpState::master; });
}

}  // namespace lbctl::rules
