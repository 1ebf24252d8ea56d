#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

using Names = std::set<std::string_view, std::less<>>;

void add(Names& names, const std::vector<model::TrackLine>& lines) {
    for (const model::TrackLine& line : lines) names.insert(line.name);
}

void report(const Whole& whole, const std::vector<model::NamedObject>& objects, const Names& used) {
    // A name that is not defined is told of, and one of the blocks may be what it was meant for.
    const bool all_defined = std::ranges::all_of(used, [&](std::string_view name) {
        return std::ranges::find(objects, name, &model::NamedObject::name) != objects.end();
    });
    if (!all_defined) return;
    for (const model::NamedObject& object : objects) {
        // What keepalived drops is told of as such.
        if (!object.usable || used.contains(object.name)) continue;
        whole.context
            .report("tracked-object-unused", Severity::warning, object.node->head.where(),
                    fmt::format("nothing tracks {} {}", object.node->name(), validate::in_quotes(object.name)))
            .hint = "name it where it is to be tracked, or leave the block out";
    }
}

void check(const Whole& whole) {
    if (whole.vrrp.track_files.empty() && whole.vrrp.track_processes.empty()) return;
    Names files;
    Names processes;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        add(files, instance.tracking.files);
        add(processes, instance.tracking.processes);
    }
    for (const model::SyncGroup& group : whole.vrrp.sync_groups) {
        add(files, group.tracking.files);
        add(processes, group.tracking.processes);
    }
    for (const ServiceSummary& service : whole.services) files.insert(service.files.begin(), service.files.end());
    report(whole, whole.vrrp.track_files, files);
    report(whole, whole.vrrp.track_processes, processes);
}

}  // namespace

extern const Rule tracked_object_unused{
    .page = {.id = "tracked-object-unused",
             .family = "tracking",
             .severity = Severity::warning,
             .summary = "A track_file or vrrp_track_process that nothing tracks",
             .detail =
                 "Such a block only defines what can be tracked: it acts where track_file or track_process of an "
                 "instance or a sync group, or a FILE_CHECK, names it (keepalived.conf(5)). Without that it changes "
                 "nothing when the file or the process does. Mostly the line in the instance was forgotten, or has "
                 "another name. (Of scripts script-unused tells. A bfd_instance works without: its neighbour may "
                 "track it.)",
             .example = "vrrp_track_process web {\n    process nginx\n}",
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
