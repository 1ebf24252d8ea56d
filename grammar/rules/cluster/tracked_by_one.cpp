#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

struct Kind {
    keywords::KeywordName keyword;
    std::string_view what;
    std::vector<model::TrackLine> model::Tracking::*lines;
    keywords::KeywordId command;  ///< what says that two names are one thing
};

constexpr Kind kinds[] = {
    {"track_script"_kw, "script", &model::Tracking::scripts, "script"_kw},
    {"track_process"_kw, "process", &model::Tracking::processes, "process"_kw},
    {"track_file"_kw, "file", &model::Tracking::files, "file"_kw},
};

std::vector<const model::TrackLine*> tracked(const Member& member, const Kind& kind) {
    std::vector<const model::TrackLine*> lines;
    const auto add = [&](const model::Tracking& tracking) {
        for (const model::TrackLine& line : tracking.*kind.lines) {
            if (line.taken) lines.push_back(&line);
        }
    };
    add(member.instance->tracking);
    if (member.instance->sync_group != nullptr) add(member.instance->sync_group->tracking);
    return lines;
}

bool is_same(const model::TrackLine& one, const model::TrackLine& other, const Kind& kind) {
    if (one.name == other.name) return true;
    if (one.object == nullptr || other.object == nullptr) return false;
    const ast::Node* here = ast::last_valid(*one.object, kind.command);
    const ast::Node* there = ast::last_valid(*other.object, kind.command);
    return here != nullptr && there != nullptr && ast::text(*here, 0) == ast::text(*there, 0);
}

void compare(const VirtualRouter& router, const Member& with, const Member& without, const Kind& kind) {
    const auto here = tracked(with, kind);
    const auto there = tracked(without, kind);
    // With as many on the other node they may be the same under other names.
    if (there.size() >= here.size()) return;
    for (const model::TrackLine* line : here) {
        if (std::ranges::any_of(there, [&](const auto* other) { return is_same(*line, *other, kind); })) continue;
        source::Finding& finding = report(
            *without.node, "cluster-tracked-by-one", Severity::warning, without.instance->node->head.where(),
            fmt::format(
                "{} does not track {} {} on {} ({}), only on {}: on {} it can hold the address with a dead service",
                router.name(), kind.what, line->name, without.node->name, kind.keyword.text, with.node->name,
                without.node->name));
        add_note(finding, *with.node, line->entry->head.where(), fmt::format("tracked here on {}", with.node->name));
        return;
    }
}

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        for (const Kind& kind : kinds) {
            const auto most = std::ranges::max_element(
                router.members, {}, [&](const Member& member) { return tracked(member, kind).size(); });
            for (const Member& member : router.members) {
                if (member.node != most->node) compare(router, *most, member, kind);
            }
        }
    }
}

}  // namespace

extern const Rule cluster_tracked_by_one{
    .page = {.id = "cluster-tracked-by-one",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "A check that one node makes and another does not",
             .detail = "The address can move to a node whose service is dead, and stays there: nothing on that node "
                       "looks at it. Track the same on all nodes of a virtual router (keepalived.conf(5) track_script, "
                       "track_process, track_file). Scripts are known by their names and by their commands.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
