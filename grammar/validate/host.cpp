#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/ast/split_statement.h"
#include "grammar/keywords/argument_pattern.h"
#include "grammar/syntax/script_words.h"
#include "grammar/validate/checks.h"
#include "grammar/validate/machine.h"

// Rules that look at this machine: interfaces, addresses, settings of the kernel, users, scripts, files. The table of
// keywords says which words name such things. They run with --host only.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"host-interface-missing",
     "host",
     Severity::error,
     "An interface that this machine does not have",
     "keepalived reports it; an instance without its interface stays in fault state, addresses and routes on it are "
     "dropped. If the interface comes later, say dynamic_interfaces in global_defs.",
     "",
     {{{Severity::warning, "with dynamic_interfaces"}}}},
    {"host-user-missing", "host", Severity::error, "A user that this machine does not have",
     "keepalived drops the script that shall run as this user. Create the user, or name another.", ""},
    {"host-group-missing", "host", Severity::error, "A group that this machine does not have",
     "keepalived drops the script that shall run with this group.", ""},
    {"host-script-missing", "host", Severity::error, "A script that is not there or cannot be executed",
     "keepalived disables it. Install it, and make it executable.", ""},
    {"host-script-writable", "host", Severity::warning, "A script that others than root can change",
     "With enable_script_security keepalived does not run it as root; without, whoever can write it is root.", ""},
    {"host-directory-missing", "host", Severity::error, "A directory that this machine does not have",
     "keepalived cannot make the file in it; of a track_file it cannot watch the file, and drops the track_file.", ""},
    {"host-file-missing", "host", Severity::error, "A file that is not there or cannot be read",
     "keepalived reads the certificate or key when it starts, and cannot do without.", ""},
    {"host-name-missing", "host", Severity::error, "A name that iproute2 or /etc/protocols does not know here",
     "keepalived drops the route or rule. Write the number, or add a line for the name to the file of /etc/iproute2.",
     ""},
    {"host-namespace-missing", "host", Severity::error, "A network namespace that this machine does not have",
     "keepalived does not start. Make it with `ip netns add'.", ""},
    {"host-table-missing", "host", Severity::error, "A routing table whose name this machine does not know",
     "keepalived drops the route or rule. Write the number of the table, or add a line for the name to "
     "/etc/iproute2/rt_tables.",
     ""},
    {"host-cpu-missing", "host", Severity::error, "A CPU that this machine does not have",
     "keepalived reports it, and the process runs on any CPU.", ""},
    {"host-source-missing", "host", Severity::warning, "A source address that no interface of this machine has",
     "keepalived cannot send from it, so the others hear nothing and become master, too. Each machine needs a "
     "unicast_src_ip or mcast_src_ip of its own.",
     ""},
    {"host-ipv6-disabled", "host", Severity::warning, "An IPv6 address for an interface on which IPv6 is disabled",
     "The kernel refuses the address. Set net.ipv6.conf.INTERFACE.disable_ipv6 to 0.", ""},
    {"host-forwarding-off", "host", Severity::warning, "Forwarding by NAT on a machine that does not forward",
     "With NAT the answers of the real servers come back through the director, and the kernel drops them. Set "
     "net.ipv4.ip_forward, or net.ipv6.conf.all.forwarding, to 1.",
     ""},
};

class HostRules {
public:
    explicit HostRules(const Context& context) : context_(context) {
        for (const auto& node : context.root.children) {
            if (node.keyword == nullptr || !node.valid) continue;
            if (node.keyword->id == "global_defs"_kw && node.has("dynamic_interfaces"_kw)) dynamic_ = true;
            if (node.keyword->id == "net_namespace"_kw) elsewhere_ = true;
            if (node.keyword->id == "vrrp_instance"_kw) note_made_interfaces(node);
        }
    }

    void check_block(const Node& block) {
        if (block.keyword != nullptr && block.valid && block.keyword->id == "virtual_server"_kw) forwarding(block);
        if (block.keyword != nullptr && block.valid && block.keyword->id == "vrrp_instance"_kw) ipv6(block);
        check(block, nullptr);
    }

private:
    /// What is looked at for words of a type of the keyword table.
    struct TypeRule {
        std::string_view type;
        void (HostRules::*check)(const Node& line, std::size_t word);
    };
    static std::span<const TypeRule> type_rules() {
        static constexpr TypeRule rules[] = {
            {"IFNAME", &HostRules::interface},
            {"SCRIPT", &HostRules::command},
            {"USER", &HostRules::user},
            {"GROUP", &HostRules::group},
            {"FILE", &HostRules::file},
            {"NEW_FILE", &HostRules::new_file},
            {"DIRECTORY", &HostRules::directory},
            {"OWN_IPADDR", &HostRules::source_address},
            {"NETNS", &HostRules::net_namespace},
            {"CPU", &HostRules::cpu},
            {"TABLE", &HostRules::table},
            {"IFGROUP", &HostRules::interface_group},
            {"DSFIELD", &HostRules::ds_field},
            {"REALMS", &HostRules::realms},
            {"ROUTE_PROTOCOL", &HostRules::route_protocol},
            {"PROTOCOL", &HostRules::protocol},
        };
        return rules;
    }

    [[nodiscard]] std::vector<keywords::WordType> types_of(const Node& line, const keywords::Keyword* block) const {
        const auto texts = ast::texts_of(line.arguments);
        if (line.keyword != nullptr) return keywords::types_of_arguments(*line.keyword, texts, context_.target);
        return block == nullptr ? std::vector<keywords::WordType>{}
                                : keywords::types_of_entry(*block, texts, context_.target);
    }

    /// A statement, or an entry of a list.
    void check(const Node& line, const keywords::Keyword* list) {
        if (line.valid && !line.arguments.empty()) {
            const auto types = types_of(line, list);
            for (std::size_t word = 0; word < std::min(types.size(), line.arguments.size()); ++word) {
                const auto rule = std::ranges::find(type_rules(), types[word].type, &TypeRule::type);
                if (rule != type_rules().end()) (this->*rule->check)(line, word);
            }
        }
        for (const auto& child : line.children) check(child, line.keyword);
    }

    /// keepalived makes VMACs and ipvlan interfaces itself.
    void note_made_interfaces(const Node& instance) {
        for (const auto& line : instance.children) {
            if (line.keyword == nullptr || !line.valid) continue;
            const bool makes = line.keyword->id == "use_vmac"_kw || line.keyword->id == "use_ipvlan"_kw;
            if (!makes) continue;
            const auto types = types_of(line, nullptr);
            for (std::size_t word = 0; word < std::min(types.size(), line.arguments.size()); ++word) {
                if (types[word].type == "NEW_IFNAME") made_.emplace(ast::text(line, word));
            }
            if (const auto* id = ast::last_valid(instance, "virtual_router_id"_kw))
                made_.insert(fmt::format("vrrp.{}", ast::text(*id, 0)));
        }
    }

    void interface(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (elsewhere_ || name.empty() || made_.contains(name) || machine_.has_interface(name)) return;
        context_.report("host-interface-missing", dynamic_ ? Severity::warning : Severity::error,
                        ast::place(line, word), fmt::format("this machine has no interface {}", in_quotes(name)));
    }

    /// A name of one of iproute2's tables, or a number.
    void iproute_name(const Node& line, std::size_t word, const std::string& table, std::string_view name,
                      std::string_view what) {
        if (name.empty() || is_c_number(name) || machine_.has_iproute_name(table, name)) return;
        context_.report(table == "rt_tables" ? "host-table-missing" : "host-name-missing", Severity::error,
                        ast::place(line, word), fmt::format("this machine knows no {} {}", what, in_quotes(name)));
    }
    void table(const Node& line, std::size_t word) {
        iproute_name(line, word, "rt_tables", ast::text(line, word), "routing table");
    }
    void interface_group(const Node& line, std::size_t word) {
        iproute_name(line, word, "group", ast::text(line, word), "group of interfaces");
    }
    void route_protocol(const Node& line, std::size_t word) {
        iproute_name(line, word, "rt_protos", ast::text(line, word), "routing protocol");
    }
    void ds_field(const Node& line, std::size_t word) {
        const auto name = ast::text(line, word);
        // A number is hexadecimal here, with or without 0x.
        if (name.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos) return;
        iproute_name(line, word, "rt_dsfield", name, "DS field");
    }
    void realms(const Node& line, std::size_t word) {
        const auto name = ast::text(line, word);
        const std::size_t slash = std::min(name.find('/'), name.size());
        iproute_name(line, word, "rt_realms", name.substr(0, slash), "realm");
        if (slash < name.size()) iproute_name(line, word, "rt_realms", name.substr(slash + 1), "realm");
    }
    void protocol(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || is_c_number(name) || machine_.has_protocol(name)) return;
        context_.report("host-name-missing", Severity::error, ast::place(line, word),
                        fmt::format("this machine knows no protocol {}", in_quotes(name)));
    }

    void cpu(const Node& line, std::size_t word) {
        const auto number = ast::integer(line, word);
        const int count = machine_.cpus();
        if (!number || *number < count) return;
        context_.report(
            "host-cpu-missing", Severity::error, ast::place(line, word),
            fmt::format("this machine has {} CPUs, from 0 on, and none with the number {}", count, *number));
    }

    void net_namespace(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || machine_.has_net_namespace(name)) return;
        context_.report("host-namespace-missing", Severity::error, ast::place(line, word),
                        fmt::format("this machine has no network namespace {}", in_quotes(name)));
    }

    void source_address(const Node& line, std::size_t word) {
        const auto address = ast::plain_address(line, word);
        if (!address || elsewhere_ || machine_.has_address(address->to_string())) return;
        context_.report("host-source-missing", Severity::warning, ast::place(line, word),
                        fmt::format("no interface of this machine has {}", address->to_string()));
    }

    /// The addresses of an instance that the kernel will not take.
    void ipv6(const Node& instance) {
        const auto* interface = ast::last_valid(instance, "interface"_kw);
        for (const auto& list : instance.children) {
            if (list.keyword == nullptr || !list.keyword->name.starts_with("virtual_ipaddress")) continue;
            for (const auto& entry : list.children) {
                const auto address = ast::address_with_prefix(entry, 0);
                if (!entry.valid || !address || address->address.family() != Family::inet6) continue;
                auto name = interface == nullptr ? std::string_view() : ast::text(*interface, 0);
                for (std::size_t word = 1; word + 1 < entry.arguments.size(); ++word) {
                    if (ast::text(entry, word) == "dev") name = ast::text(entry, word + 1);
                }
                if (elsewhere_ || name.empty() || name.find('/') != std::string_view::npos) continue;
                if (kernel_setting(fmt::format("ipv6/conf/{}/disable_ipv6", name)) != "1") continue;
                context_.report("host-ipv6-disabled", Severity::warning, ast::place(entry, 0),
                                fmt::format("IPv6 is disabled on {}: net.ipv6.conf.{}.disable_ipv6 is 1", name, name));
            }
        }
    }

    /// One word is enough for all that are forwarded by NAT in one family.
    void forwarding(const Node& service) {
        const auto address = ast::plain_address(service, 0);
        if (!address) return;
        const bool inet = address->family() == Family::inet;
        bool& told = inet ? told_inet_ : told_inet6_;
        const std::string_view setting = inet ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding";
        const auto look = [&](const Node& block) {
            for (const auto& line : block.children) {
                if (told || line.keyword == nullptr || !line.valid) continue;
                if ((line.keyword->id != "lvs_method"_kw && line.keyword->id != "lb_kind"_kw) ||
                    ast::text(line, 0) != "NAT")
                    continue;
                if (kernel_setting(setting) != "0") return;
                told = true;
                context_.report("host-forwarding-off", Severity::warning, ast::place(line, 0),
                                fmt::format("NAT needs a machine that forwards, and net.{} is 0",
                                            inet ? "ipv4.ip_forward" : "ipv6.conf.all.forwarding"));
            }
        };
        look(service);
        for (const auto& block : service.children) look(block);
    }

    void user(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || machine_.has_user(name)) return;
        context_.report("host-user-missing", Severity::error, ast::place(line, word),
                        fmt::format("this machine has no user {}", in_quotes(name)));
    }

    void group(const Node& line, std::size_t word) {
        const auto name = std::string(ast::text(line, word));
        if (name.empty() || machine_.has_group(name)) return;
        context_.report("host-group-missing", Severity::error, ast::place(line, word),
                        fmt::format("this machine has no group {}", in_quotes(name)));
    }

    void command(const Node& line, std::size_t word) {
        const auto words = syntax::split_command(ast::text(line, word));
        // Others are looked for in PATH when they run.
        if (words.empty() || !words.front().starts_with('/')) return;
        const std::string& path = words.front();
        const auto where = ast::place(line, word);
        struct stat status {};
        if (access(path.c_str(), X_OK) != 0 || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
            context_.report("host-script-missing", Severity::error, where,
                            fmt::format("{} is not there or cannot be executed: keepalived disables the script", path));
        } else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 || status.st_uid != 0) {
            context_.report("host-script-writable", Severity::warning, where,
                            fmt::format("others than root can change {}", path));
        }
    }

    /// A file that keepalived reads.
    void file(const Node& line, std::size_t word) {
        const auto path = std::string(ast::text(line, word));
        if (path.empty() || access(path.c_str(), R_OK) == 0) return;
        context_.report("host-file-missing", Severity::error, ast::place(line, word),
                        fmt::format("{} is not there or cannot be read", path));
    }

    /// A file that keepalived makes or waits for.
    void new_file(const Node& line, std::size_t word) {
        const auto parent = std::filesystem::path(ast::text(line, word)).parent_path();
        std::error_code error;
        if (parent.empty() || std::filesystem::is_directory(parent, error)) return;
        const bool is_tracked = line.keyword != nullptr && line.keyword->context.ends_with("track_file");
        context_.report("host-directory-missing", Severity::error, ast::place(line, word),
                        fmt::format("{} is no directory: keepalived {}", parent.string(),
                                    is_tracked ? "drops this track_file" : "can have no file there"));
    }

    void directory(const Node& line, std::size_t word) {
        const auto path = std::string(ast::text(line, word));
        std::error_code error;
        if (path.empty() || std::filesystem::is_directory(path, error)) return;
        context_.report("host-directory-missing", Severity::error, ast::place(line, word),
                        fmt::format("{} is no directory", path));
    }

    const Context& context_;
    Machine machine_;
    bool dynamic_ = false;
    bool elsewhere_ = false;  ///< in a network namespace of its own, which lint cannot look into
    bool told_inet_ = false;
    bool told_inet6_ = false;
    std::set<std::string, std::less<>> made_;
};

}  // namespace

std::span<const RulePage> host_pages() {
    return pages;
}

void check_host(const Context& context) {
    HostRules rules(context);
    for (const auto& node : context.root.children) rules.check_block(node);
}

}  // namespace lbctl::validate
