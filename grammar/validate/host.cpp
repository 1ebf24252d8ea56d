#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>

#include "grammar/ast/reading.h"
#include "grammar/validate/families.h"

// Rules that look at this machine: interfaces, users, scripts, directories. They run with --host only.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"host-interface-missing", "host", Severity::error, "An interface that this machine does not have",
     "keepalived reports it; an instance without its interface stays in fault state, addresses and routes on it are "
     "dropped. If the interface comes later, say dynamic_interfaces in global_defs.",
     ""},
    {"host-user-missing", "host", Severity::error, "A user that this machine does not have",
     "keepalived drops the script that shall run as this user. Create the user, or name another.", ""},
    {"host-group-missing", "host", Severity::error, "A group that this machine does not have",
     "keepalived drops the script that shall run with this group.", ""},
    {"host-script-missing", "host", Severity::error, "A script that is not there or cannot be executed",
     "keepalived disables it. Install it, and make it executable.", ""},
    {"host-script-writable", "host", Severity::warning, "A script that others than root can change",
     "With enable_script_security keepalived does not run it as root; without, whoever can write it is root.", ""},
    {"host-directory-missing", "host", Severity::error, "The directory of a track_file is not there",
     "keepalived cannot watch the file and drops the track_file.", ""},
};

class HostRules {
public:
    explicit HostRules(const Context& context) : context_(context) {
        for (const auto& node : context.root.children) {
            if (node.keyword == nullptr) continue;
            if (node.keyword->name == "global_defs" && node.has("dynamic_interfaces")) dynamic_ = true;
            // VMACs are made by keepalived.
            for (const auto& child : node.children) {
                if (child.keyword == nullptr ||
                    (child.keyword->name != "use_vmac" && child.keyword->name != "use_ipvlan"))
                    continue;
                for (const auto& word : child.arguments) made_.emplace(word.text());
            }
        }
    }

    void check(const Node& node) {
        if (node.keyword != nullptr && node.valid) check_line(node);
        for (const auto& child : node.children) check(child);
    }

private:
    void check_line(const Node& line) {
        const auto name = line.keyword->name;
        if (name == "interface" || name == "default_interface" || name == "bind_if" || name == "vrf")
            interface(line, 0);
        if (name == "track_interface" || name == "linkbeat_interfaces" || name == "interface_up_down_delays") {
            for (const auto& entry : line.children) interface(entry, 0);
        }
        if (name == "interfaces") {
            for (const auto& entry : line.children) {
                for (std::size_t word = 0; word < entry.arguments.size(); ++word) interface(entry, word);
            }
        }
        const bool has_devices = name.ends_with("ipaddress") || name.ends_with("ipaddress_excluded") ||
                                 name.ends_with("_routes") || name.ends_with("_rules");
        if (has_devices) {
            for (const auto& entry : line.children) {
                for (std::size_t word = 0; word + 1 < entry.arguments.size(); ++word) {
                    const auto option = ast::text(entry, word);
                    if (option == "dev" || option == "oif" || option == "iif") interface(entry, word + 1);
                }
            }
        }
        if (name == "script_user" || name == "user") {
            user(line, 0);
            group(line, 1);
        }
        if (name == "file" && line.keyword->context.ends_with("track_file")) directory(line);
        const bool is_command = name == "script" || name == "misc_path" || name.starts_with("quorum_u") ||
                                name.starts_with("quorum_d") ||
                                (name.starts_with("notify") && !name.ends_with("_fifo") && line.takes_command) ||
                                name == "startup_script" || name == "shutdown_script";
        if (!is_command || !line.takes_command) return;
        command(line);
        if (name == "script" || name == "misc_path" || line.arguments.size() < 2) return;
        user(line, 1);
        group(line, 2);
    }

    void interface(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || made_.contains(name) || if_nametoindex(name.c_str()) != 0) return;
        context_.report("host-interface-missing", dynamic_ ? Severity::warning : Severity::error,
                        ast::place(line, word), fmt::format("this machine has no interface {}", in_quotes(name)));
    }

    void user(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || getpwnam(name.c_str()) != nullptr) return;  // NOLINT(concurrency-mt-unsafe): one thread
        context_.report("host-user-missing", Severity::error, ast::place(line, word),
                        fmt::format("this machine has no user {}", in_quotes(name)));
    }

    void group(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || getgrnam(name.c_str()) != nullptr) return;  // NOLINT(concurrency-mt-unsafe): one thread
        context_.report("host-group-missing", Severity::error, ast::place(line, word),
                        fmt::format("this machine has no group {}", in_quotes(name)));
    }

    void command(const Node& line) {
        const auto text = ast::text(line, 0);
        const auto path = std::string(text.substr(0, text.find_first_of(" \t")));
        if (path.empty() || path.front() != '/') return;  // the others are looked for in PATH when they run
        const auto where = ast::place(line, 0);
        struct stat status {};
        if (access(path.c_str(), X_OK) != 0 || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
            context_.report("host-script-missing", Severity::error, where,
                            fmt::format("{} is not there or cannot be executed: keepalived disables the script", path));
        } else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 || status.st_uid != 0) {
            context_.report("host-script-writable", Severity::warning, where,
                            fmt::format("others than root can change {}", path));
        }
    }

    void directory(const Node& line) {
        const auto parent = std::filesystem::path(ast::text(line, 0)).parent_path();
        std::error_code error;
        if (parent.empty() || std::filesystem::is_directory(parent, error)) return;
        context_.report("host-directory-missing", Severity::error, ast::place(line, 0),
                        fmt::format("{} is no directory: keepalived drops this track_file", parent.string()));
    }

    const Context& context_;
    bool dynamic_ = false;
    std::set<std::string, std::less<>> made_;
};

}  // namespace

std::span<const RulePage> host_pages() {
    return pages;
}

void check_host(const Context& context) {
    HostRules rules(context);
    for (const auto& node : context.root.children) rules.check(node);
}

}  // namespace lbctl::validate
