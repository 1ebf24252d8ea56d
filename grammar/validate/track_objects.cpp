#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for vrrp_script, track_file and vrrp_track_process: what they need and whether anyone uses them.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::NamedObject;

constexpr RulePage pages[] = {
    {"script-missing", "scripts", Severity::error, "A vrrp_script without script",
     "keepalived removes it, and every track_script that names it is dropped. Write `script' with the command.",
     "vrrp_script check {\n    interval 2\n}"},
    {"file-missing", "tracking", Severity::error, "A track_file without file",
     "keepalived removes it, and everything that names it is dropped. Write `file' with the path.",
     "track_file load {\n    weight 1\n}"},
    {"process-missing", "tracking", Severity::error, "A vrrp_track_process without process",
     "keepalived removes it, and everything that names it is dropped. Write `process' with the name.",
     "vrrp_track_process web {\n}"},
    {"tracked-object-repeated", "tracking", Severity::warning, "Two objects of one kind and name",
     "keepalived takes both without a word and uses the first. Give the second another name.",
     "vrrp_script check { script /a }\nvrrp_script check { script /b }"},
    {"script-unused", "tracking", Severity::warning, "No one tracks this vrrp_script",
     "keepalived says so when it starts and never runs the script. Name it in a track_script block.", ""},
    {"process-quorum", "tracking", Severity::error, "quorum above quorum_max",
     "keepalived passes over the line that comes last.", "quorum 3\nquorum_max 2"},
};

void check_script(const Context& context, const Node& script) {
    if (!script.has("script"_kw)) {
        context.report(
            "script-missing", Severity::error, script.head.where(),
            fmt::format("vrrp_script {} has no script: keepalived drops it", in_quotes(ast::text(script, 0))));
    }
    for (const auto& child : script.children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "script"_kw && ast::text(child, 0).empty()) {
            context.report("script-missing", Severity::error, child.head.where(),
                           "the command is empty: keepalived drops this vrrp_script");
        }
        if (id == "user"_kw) report_user(context, child, 0);
    }
}

void check_file(const Context& context, const Node& file) {
    if (!file.has("file"_kw)) {
        context.report("file-missing", Severity::error, file.head.where(),
                       fmt::format("track_file {} has no file: keepalived drops it", in_quotes(ast::text(file, 0))));
    }
}

void check_process(const Context& context, const Node& process) {
    if (!process.has("process"_kw)) {
        context.report(
            "process-missing", Severity::error, process.head.where(),
            fmt::format("vrrp_track_process {} has no process: keepalived drops it", in_quotes(ast::text(process, 0))));
    }
    std::int64_t quorum = 1;
    std::int64_t most = 0xffffffff;
    for (const auto& child : process.children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const auto value = ast::integer(child, 0).value_or(0);
        if (child.keyword->id == "quorum"_kw) {
            if (value > most) {
                context.report(
                    "process-quorum", Severity::error, ast::place(child, 0),
                    fmt::format("the quorum {} is above quorum_max {}; keepalived passes over it", value, most));
            } else {
                quorum = value;
            }
        } else if (child.keyword->id == "quorum_max"_kw) {
            if ((value != 0 || quorum > 1) && value < quorum) {
                context.report(
                    "process-quorum", Severity::error, ast::place(child, 0),
                    fmt::format("quorum_max {} is below the quorum {}; keepalived passes over it", value, quorum));
            } else {
                most = value;
                quorum = value == 0 ? 0 : std::max<std::int64_t>(quorum, 1);
            }
        }
    }
}

void check_names(const Context& context, const std::vector<NamedObject>& objects) {
    std::unordered_map<std::string_view, const Node*> seen;
    for (const auto& object : objects) {
        const auto [found, fresh] = seen.emplace(object.name, object.node);
        if (fresh) continue;
        auto& finding = context.report(
            "tracked-object-repeated", Severity::warning, ast::place(*object.node, 0),
            fmt::format("{} {} is defined already; the first counts", object.node->name(), in_quotes(object.name)));
        add_note(finding, found->second->head.where(), "the first is here");
    }
}

void check_use(const Context& context, const model::VrrpConfiguration& vrrp) {
    std::unordered_set<const Node*> used;
    const auto collect = [&](const model::Tracking& tracking) {
        for (const auto& line : tracking.scripts) used.insert(line.object);
    };
    std::unordered_set<std::string_view> named;
    for (const auto& instance : vrrp.instances) {
        collect(instance.tracking);
        for (const auto& line : instance.tracking.scripts) named.insert(line.name);
    }
    for (const auto& group : vrrp.sync_groups) {
        collect(group.tracking);
        for (const auto& line : group.tracking.scripts) named.insert(line.name);
    }
    for (const auto& script : vrrp.scripts) {
        if (!script.usable || used.contains(script.node) || named.contains(script.name)) continue;
        context.report("script-unused", Severity::warning, ast::place(*script.node, 0),
                       fmt::format("no track_script names {}: keepalived never runs it", in_quotes(script.name)));
    }
}

}  // namespace

std::span<const RulePage> track_object_pages() {
    return pages;
}

void check_track_objects(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& script : vrrp.scripts) check_script(context, *script.node);
    for (const auto& file : vrrp.track_files) check_file(context, *file.node);
    for (const auto& process : vrrp.track_processes) check_process(context, *process.node);
    check_names(context, vrrp.scripts);
    check_names(context, vrrp.track_files);
    check_names(context, vrrp.track_processes);
    check_use(context, vrrp);
}

}  // namespace lbctl::validate
