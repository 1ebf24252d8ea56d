#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "grammar/rules/cluster/cluster.h"

/// Who becomes master, as far as the files say it.
namespace lbctl::rules {

/// Something that a member tracks and that changes its priority.
struct Tracker {
    std::string_view kind;  ///< "script", "interface", "process", "file", "bfd"
    std::string_view name;
    std::int64_t weight = 0;
    bool reverse = false;
    source::Location where;  ///< where its weight is written
};

/// What changes the priority of the member: its own trackers and those of its sync group, without those that keepalived
/// takes out because of the group or because the member owns the address.
std::vector<Tracker> weighted_trackers(const Member& member);

/// The priority when all that is tracked is well. Files count as 0.
int best_priority(const Member& member);

/// The same when that tracker has failed (succeeded, where it is reversed), or all have.
int priority_without(const Member& member, const Tracker& failed);
int priority_without_all(const Member& member);

/// Whether nopreempt counts: keepalived drops it for state MASTER and for owners.
bool never_preempts(const Member& member);

/// The one with the highest best_priority; null when several have it.
const Member* natural_master(const VirtualRouter& router);

/// Those that share the highest best_priority that several of them have, without owners; empty: all differ.
std::vector<Member> tied_members(const VirtualRouter& router);

/// Whether each has state MASTER in its file.
bool all_written_master(const std::vector<Member>& members);

}  // namespace lbctl::rules
