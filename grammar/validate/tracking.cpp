#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for track_interface, track_script, track_file, track_process and track_bfd in instances and sync groups.
namespace lbctl::validate {

namespace {

using model::TrackLine;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"track-file-directory", "tracking", Severity::info, "A tracked file in a directory that not every machine has",
     "keepalived watches the directory of the file. Where it does not exist when keepalived starts, the track_file and "
     "everything that names it is dropped. Make sure that it exists, at boot too; `lbctl lint --host' looks.",
     ""},
    {"track-script-not-found", "tracking", Severity::error, "No vrrp_script of that name above",
     "keepalived reads from top to bottom: the vrrp_script has to stand above those who track it, and has to have a "
     "`script'. The line is dropped, so the script is never run.",
     "track_script {\n    not_there\n}"},
    {"track-process-not-found", "tracking", Severity::error, "No vrrp_track_process of that name above",
     "keepalived reads from top to bottom: the vrrp_track_process has to stand above those who track it, and has to "
     "have a `process'. The line is dropped.",
     "track_process {\n    not_there\n}"},
    {"track-repeated", "tracking", Severity::error, "The same thing is tracked twice",
     "keepalived drops the second line.", "track_script {\n    check\n    check\n}"},
    {"track-own-interface", "tracking", Severity::warning, "track_interface with the instance's own interface",
     "It is tracked anyway; keepalived drops the line. For the own interface there is dont_track_primary.",
     "interface eth0\ntrack_interface {\n    eth0\n}"},
    {"track-weight-254", "tracking", Severity::error, "A weight of 254 or -254",
     "254 once meant `down'. keepalived reports it and uses 253. Leave the weight out to go to fault state.",
     "track_interface {\n    eth1 weight -254\n}"},
    {"track-weight-ignored", "tracking", Severity::error, "A weight where weights do not count",
     "In a sync group priorities have to stay together, and the owner of the address (priority 255) never gives way, "
     "so keepalived drops what is tracked with a weight (or the weight alone). Track without weight, or write "
     "sync_group_tracking_weight in the sync group.",
     "priority 255\ntrack_script {\n    check weight 10\n}"},
    {"track-interface-twice", "tracking", Severity::error, "An instance and its sync group track one interface",
     "keepalived reports it and uses the group's weight. Remove one of the lines.", ""},
};

struct Kind {
    keywords::KeywordName block;
    std::string_view not_found;
    std::string_view object;
    const std::vector<TrackLine>& lines;
    const std::vector<model::NamedObject>* objects;  ///< null: not defined in the file
};

std::array<Kind, 5> kinds_of(const model::Tracking& tracking, const model::VrrpConfiguration& vrrp) {
    return {{{"track_interface"_kw, "", "interface", tracking.interfaces, nullptr},
             {"track_script"_kw, "track-script-not-found", "vrrp_script", tracking.scripts, &vrrp.scripts},
             {"track_file"_kw, "track-file-not-found", "track_file", tracking.files, &vrrp.track_files},
             {"track_process"_kw, "track-process-not-found", "vrrp_track_process", tracking.processes,
              &vrrp.track_processes},
             {"track_bfd"_kw, "bfd-not-found", "bfd_instance", tracking.bfds, &vrrp.bfds}}};
}

void report_not_found(const Context& context, const Kind& kind, const TrackLine& line) {
    auto& finding = context.report(
        kind.not_found, Severity::error, ast::place(*line.entry, 0),
        fmt::format("there is no {} {} above; keepalived drops this line", kind.object, in_quotes(line.name)));
    for (const auto& object : *kind.objects) {
        if (object.name != line.name) continue;
        add_note(finding, object.node->head.where(),
                 object.usable ? "it is defined here: move it up" : "keepalived drops this one");
        return;
    }
}

void check_lines(const Context& context, const model::Tracking& tracking, const model::VrrpConfiguration& vrrp) {
    for (const auto& kind : kinds_of(tracking, vrrp)) {
        for (const auto& line : kind.lines) {
            if (kind.objects != nullptr && line.object == nullptr) {
                report_not_found(context, kind, line);
            } else if (line.duplicate) {
                context.report("track-repeated", Severity::error, ast::place(*line.entry, 0),
                               fmt::format("{} is tracked already; keepalived drops this line", in_quotes(line.name)));
            } else if ((kind.block == "track_interface"_kw || kind.block == "track_script"_kw) && line.weight_written &&
                       (line.weight == 254 || line.weight == -254)) {
                context.report("track-weight-254", Severity::error, ast::place(*line.entry, 2),
                               fmt::format("weights go up to 253; keepalived uses {}", line.weight < 0 ? -253 : 253));
            }
        }
    }
}

/// Directories that every machine has.
bool is_usual_directory(std::string_view path) {
    const auto slash = path.rfind('/');
    const auto directory = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    for (const std::string_view usual : {"", ".", "/etc", "/etc/keepalived", "/run", "/var/run", "/tmp", "/var/tmp",
                                         "/dev/shm", "/var/lib", "/var/log"}) {
        if (directory == usual) return true;
    }
    return false;
}

/// Lines that work only where the user of the script, or the directory of the file, exists.
void check_dependence(const Context& context, const model::Tracking& tracking, const model::VrrpGlobals& globals) {
    for (const auto& line : tracking.scripts) {
        if (!line.taken) continue;
        const auto user = model::user_of(*line.object, globals);
        if (user.empty() || user == "root") continue;
        // A line that names the user has a finding of its own.
        const bool is_named = globals.script_user != nullptr || ast::last_valid(*line.object, "user"_kw) != nullptr;
        auto& finding = context.report(
            "script-user", is_named ? Severity::info : Severity::warning, ast::place(*line.entry, 0),
            fmt::format("this script runs as {}; where there is no such user, keepalived drops this line",
                        in_quotes(user)));
        add_note(finding, line.object->head.where(), "the script");
    }
    for (const auto& line : tracking.files) {
        if (!line.taken) continue;
        const auto* file = ast::last_valid(*line.object, "file"_kw);
        if (file == nullptr || is_usual_directory(ast::text(*file, 0))) continue;
        auto& finding = context.report("track-file-directory", Severity::info, ast::place(*line.entry, 0),
                                       "where the directory of this file does not exist, keepalived drops this line");
        add_note(finding, file->head.where(), "the file");
    }
}

/// Weights count neither for the owner of the address nor in a sync group that does not ask for them.
void check_weights(const Context& context, const VrrpInstance& instance, const model::VrrpConfiguration& vrrp) {
    const bool in_group = instance.sync_group != nullptr && !instance.sync_group->tracking_weight;
    if (!in_group && !instance.is_address_owner()) return;
    for (const auto& kind : kinds_of(instance.tracking, vrrp)) {
        if (kind.block == "track_process"_kw) continue;
        for (const auto& line : kind.lines) {
            if (!line.taken || line.weight == 0) continue;
            const bool keeps_line =
                (kind.block == "track_interface"_kw && in_group) || (kind.block == "track_file"_kw && line.weight == 1);
            context.report(
                "track-weight-ignored", Severity::error, ast::place(*line.entry, line.weight_written ? 2 : 0),
                fmt::format("{} weighs {}, but weights do not count {}: keepalived drops the {}", in_quotes(line.name),
                            line.weight, in_group ? "in a sync group" : "with priority 255",
                            keeps_line ? "weight" : "line"));
        }
    }
}

void check_group_weights(const Context& context, const model::SyncGroup& group, const model::VrrpConfiguration& vrrp) {
    bool has_owner = false;
    for (const auto& member : group.members) {
        has_owner =
            has_owner || (member.instance != nullptr && !member.elsewhere && member.instance->is_address_owner());
    }
    if (!has_owner) return;
    for (const auto& kind : kinds_of(group.tracking, vrrp)) {
        for (const auto& line : kind.lines) {
            if (!line.taken || line.weight == 0) continue;
            context.report(
                "track-weight-ignored", Severity::error, ast::place(*line.entry, line.weight_written ? 2 : 0),
                fmt::format("{} weighs {}, but a member of the group has priority 255: keepalived clears the weight",
                            in_quotes(line.name), line.weight));
        }
    }
}

void check_own_interface(const Context& context, const VrrpInstance& instance) {
    std::unordered_set<std::string_view> by_group;
    if (instance.sync_group != nullptr) {
        for (const auto& line : instance.sync_group->tracking.interfaces) {
            if (line.taken) by_group.insert(line.name);
        }
    }
    for (const auto& line : instance.tracking.interfaces) {
        if (!line.taken) continue;
        if (!instance.interface.empty() && line.name == instance.interface) {
            auto& finding = context.report(
                "track-own-interface", Severity::warning, ast::place(*line.entry, 0),
                fmt::format("{} is the interface of the instance and tracked anyway; keepalived drops this line",
                            in_quotes(line.name)));
            finding.remedy = {source::Remedy::Kind::leave_out_line, {}, source::Applicability::safe};
        } else if (by_group.contains(line.name)) {
            auto& finding = context.report("track-interface-twice", Severity::error, ast::place(*line.entry, 0),
                                           fmt::format("the sync group tracks {}, too", in_quotes(line.name)));
            add_note(finding, instance.sync_group->node->head.where(), "the sync group");
        }
    }
    if (!instance.interface.empty() && by_group.contains(instance.interface) &&
        !ast::given(*instance.node, "dont_track_primary"_kw)) {
        for (const auto& line : instance.sync_group->tracking.interfaces) {
            if (line.name != instance.interface || !line.taken) continue;
            auto& finding = context.report("track-interface-twice", Severity::error, ast::place(*line.entry, 0),
                                           fmt::format("{} is the interface of vrrp_instance {} and tracked anyway",
                                                       in_quotes(line.name), in_quotes(instance.name)));
            add_note(finding, instance.node->head.where(), "the instance");
            break;
        }
    }
}

}  // namespace

std::span<const RulePage> tracking_pages() {
    return pages;
}

void check_tracking(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        check_lines(context, instance.tracking, vrrp);
        check_dependence(context, instance.tracking, vrrp.globals);
        check_weights(context, instance, vrrp);
        check_own_interface(context, instance);
    }
    for (const auto& group : vrrp.sync_groups) {
        if (group.duplicate_of != nullptr) continue;
        check_lines(context, group.tracking, vrrp);
        check_dependence(context, group.tracking, vrrp.globals);
        check_group_weights(context, group, vrrp);
    }
}

}  // namespace lbctl::validate
