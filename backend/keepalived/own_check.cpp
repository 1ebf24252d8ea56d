#include "backend/keepalived/own_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <span>

#include "backend/keepalived/process_files.h"
#include "backend/netlink/network_namespace.h"
#include "backend/process/program.h"
#include "grammar/source/sources.h"

namespace lbctl::keepalived {

namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::string_view standard_input = "/proc/self/fd/0";

/// Of these keepalived's check complains, and goes on all the same.
constexpr std::array<std::string_view, 8> harmless = {
    "scripts are being executed but script_security not enabled",
    "WARNING - default user ",
    "WARNING - script ",
    "Warning - script ",
    "Unsafe permissions found for script ",
    "this probably isn't what you want",
    " - defaulting to ",
    " setting default ",
};

/// Of these it drops a script, and goes on with the rest. From 2.4.3 on it does so where root would run a script whose
/// path leads through a symbolic link, such as /bin.
constexpr std::array<std::string_view, 5> drops_script = {
    "Disabling ",
    "Wrong file type found in script path ",
    "Unable to set default user ",
    "Failed to set uid/gid for misc checker script ",
    "No user specified for misc checker script ",
};

bool has_any(std::string_view text, std::span<const std::string_view> table) {
    return std::ranges::any_of(table,
                               [&](std::string_view words) { return text.find(words) != std::string_view::npos; });
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

Result<OwnCheck> run(const Daemon& daemon, const std::string& file, std::string_view input, const std::string& name) {
    const auto visit = netlink::NamespaceVisit::enter(path_of(daemon.process, "ns/net"));
    if (!visit) return tl::make_unexpected(visit.error());
    // Its own file, also where another one has been installed since.
    std::vector<std::string> words{path_of(daemon.process, "exe"), "--config-test", "--use-file", file};
    if (!daemon.command_line.config_id.empty()) {
        words.emplace_back("--config-id");
        words.push_back(daemon.command_line.config_id);
    }
    if (!daemon.command_line.checkers) words.emplace_back("--vrrp");
    if (!daemon.command_line.vrrp) words.emplace_back("--check");
    const auto done = process::run_program(words, input, patience);
    if (!done) return tl::make_unexpected(done.error());
    OwnCheck check{done->status, {}};
    for (std::string_view rest = done->err; !rest.empty();) {
        const std::string_view line = source::take_line(rest);
        if (!line.empty()) check.complaints.push_back(replaced(std::string(line), file, name));
    }
    return check;
}

/// A complaint without the place that it begins with: "(FILE: Line 14) ", "(Line 14) ".
std::string_view without_place(std::string_view complaint) {
    if (!complaint.starts_with('(')) return complaint;
    const std::size_t end = complaint.find(") ");
    const std::size_t line = complaint.find("Line ");
    return end == std::string_view::npos || line == std::string_view::npos || line > end ? complaint
                                                                                         : complaint.substr(end + 2);
}

}  // namespace

Result<OwnCheck> check_file(const Daemon& daemon, const std::string& file) {
    return run(daemon, file, {}, file);
}

Result<OwnCheck> check_text(const Daemon& daemon, std::string_view text, const std::string& name) {
    return run(daemon, std::string(standard_input), text, name);
}

std::vector<std::string> serious_complaints(const OwnCheck& fresh, const OwnCheck& running) {
    std::set<std::string_view> known;
    for (const std::string& complaint : running.complaints) known.insert(without_place(complaint));
    std::vector<std::string> serious;
    for (const std::string& complaint : fresh.complaints) {
        const std::string_view text = without_place(complaint);
        if (!has_any(text, harmless) && !known.contains(text)) serious.push_back(complaint);
    }
    return serious;
}

bool drops_only_scripts(std::span<const std::string> complaints) {
    return std::ranges::all_of(complaints,
                               [](const std::string& complaint) { return has_any(complaint, drops_script); });
}

}  // namespace lbctl::keepalived
