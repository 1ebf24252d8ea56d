#include "backend/emit/host_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/emit/add_new.h"
#include "backend/emit/shell_parts.h"
#include "backend/emit/shell_text.h"

namespace lbctl::emit {

namespace {

struct StepPart {
    StepKind kind;
    std::string_view name;
    std::array<std::string_view, 2> functions = {};  ///< in the order in which they are defined
    std::array<std::string_view, 3> recorded = {};   ///< what it writes down: each has a function put_back_NAME
};

constexpr std::array step_parts{
    StepPart{StepKind::here, "here", {shell_parts::here}},
    StepPart{StepKind::setting, "setting", {shell_parts::setting}, {"setting"}},
    StepPart{StepKind::address, "address", {shell_parts::address}, {"address"}},
    StepPart{StepKind::module, "module", {shell_parts::module}, {"module"}},
    StepPart{StepKind::tunnel, "tunnel", {shell_parts::tunnel}, {"tunnel"}},
    StepPart{StepKind::gue_port, "gue_port", {shell_parts::gue_port}, {"gue_port"}},
    StepPart{StepKind::segment_size,
             "segment_size",
             {shell_parts::nft_table, shell_parts::segment_size},
             {"nft_table", "iptables", "ip6tables"}},
    StepPart{StepKind::default_route, "default_route", {shell_parts::default_route}, {"default_route"}},
    StepPart{StepKind::forwarding, "forwarding", {shell_parts::setting, shell_parts::forwarding}, {"setting"}},
    StepPart{StepKind::mark_rule, "mark_rule", {shell_parts::nft_table, shell_parts::mark_rule}, {"nft_table"}},
    StepPart{StepKind::file, "file", {shell_parts::file}, {"file"}},
    StepPart{StepKind::started_unit, "started_unit", {shell_parts::started_unit}, {"started_unit"}},
};

constexpr std::string_view indentation = "    ";

}  // namespace

HostScript::HostScript(std::string_view what, std::string_view record, Lasts lasts) {
    const bool ends = lasts == Lasts::until_reboot;
    // What is gone after a reboot is not to be put back then.
    record_ = fmt::format("{}/{}", ends ? "/run/lbctl" : "/var/lib/lbctl", record);
    head_ =
        "#!/bin/sh\n" + comment(what) +
        "# Run it as root: it does what is missing, and says so. --check changes nothing and tells what is missing;\n"
        "# --undo puts back what it found. " +
        (ends ? "What it does is gone after a reboot.\n" : "What it does lasts beyond a reboot.\n");
}

void HostScript::note(std::string_view text) {
    (steps_.empty() ? head_ : steps_ += indentation) += comment(text);
}

void HostScript::heading(std::string_view text) {
    if (!steps_.empty()) steps_ += "\n";
    (steps_ += indentation) += comment(text);
}

void HostScript::step(StepKind kind, const std::vector<std::string>& words) {
    constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:/";
    add_new(used_, kind);
    (steps_ += indentation) += std::ranges::find(step_parts, kind, &StepPart::kind)->name;
    for (const std::string& word : words) {
        const bool bare = !word.empty() && word.find_first_not_of(harmless) == std::string::npos;
        (steps_ += ' ') += bare ? word : quoted(word);
    }
    steps_ += '\n';
}

std::string HostScript::text() const {
    std::string text = head_ + "\nrecord=" + quoted(record_) + "\n\nsteps() {\n" + steps_ + "}\n";
    text += shell_parts::frame;
    std::vector<std::string_view> parts;
    std::vector<std::string_view> recorded;
    const auto add = [](std::vector<std::string_view>& list, std::string_view each) {
        if (!each.empty()) add_new(list, each);
    };
    for (const StepPart& part : step_parts) {
        if (std::ranges::find(used_, part.kind) == used_.end()) continue;
        for (const std::string_view functions : part.functions) add(parts, functions);
        for (const std::string_view kind : part.recorded) add(recorded, kind);
    }
    for (const std::string_view part : parts) text += part;
    std::string put_back;
    for (const std::string_view kind : recorded)
        put_back += fmt::format("    {0}) put_back_{0} \"$2\" \"$3\" ;;\n", kind);
    put_back += "    kept-*) ;;\n";
    text += "\n# put_back KIND NAME FOUND: what remember() was given\nput_back() {\n    case $1 in\n" + put_back +
            "    *) return 1 ;;\n    esac\n}\n";
    return text += shell_parts::main;
}

}  // namespace lbctl::emit
