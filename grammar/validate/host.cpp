#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "grammar/ast/reading.h"
#include "grammar/syntax/script_words.h"
#include "grammar/validate/families.h"

// Rules that look at this machine: interfaces, addresses, settings of the kernel, users, scripts, directories. They run
// with --host only.
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

/// A number as C writes it: 10, 0x10, -1.
bool is_c_number(std::string_view word) {
    if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
    const bool hexadecimal = word.starts_with("0x") || word.starts_with("0X");
    if (hexadecimal) word.remove_prefix(2);
    return !word.empty() &&
           word.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") == std::string_view::npos;
}

/// A setting of the kernel, "ipv4/ip_forward"; empty where it does not know it.
std::string kernel_setting(std::string_view name) {
    std::string value;
    std::ifstream(fmt::format("/proc/sys/net/{}", name)) >> value;
    return value;
}

/// The names that iproute2 gives to routing tables; those of the kernel's own are among them everywhere.
std::set<std::string, std::less<>> table_names() {
    std::set<std::string, std::less<>> names{"main", "local", "default", "unspec"};
    const auto read = [&](const std::filesystem::path& path) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line.substr(0, line.find('#')));
            std::string number;
            std::string name;
            if (words >> number >> name) names.insert(name);
        }
    };
    for (const auto* folder : {"/usr/share/iproute2", "/usr/lib/iproute2", "/etc/iproute2"}) {
        read(std::filesystem::path(folder) / "rt_tables");
        std::error_code error;
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::path(folder) / "rt_tables.d", error))
            if (entry.path().extension() == ".conf") read(entry.path());
    }
    return names;
}

/// The addresses of all interfaces, as text.
std::set<std::string, std::less<>> local_addresses() {
    std::set<std::string, std::less<>> addresses;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return addresses;
    const std::unique_ptr<ifaddrs, decltype([](ifaddrs* each) { freeifaddrs(each); })> guard(list);
    for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) continue;
        if (each->ifa_addr->sa_family == AF_INET) {
            sockaddr_in address{};
            std::memcpy(&address, each->ifa_addr, sizeof(address));
            const auto bytes = std::bit_cast<std::array<std::uint8_t, 4>>(address.sin_addr);
            addresses.insert(IpAddress::from_bytes(Family::inet, bytes).to_string());
        } else if (each->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 address{};
            std::memcpy(&address, each->ifa_addr, sizeof(address));
            const auto bytes = std::bit_cast<std::array<std::uint8_t, 16>>(address.sin6_addr);
            addresses.insert(IpAddress::from_bytes(Family::inet6, bytes).to_string());
        }
    }
    return addresses;
}

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

    void check_block(const Node& block) {
        if (block.keyword != nullptr && block.valid && block.keyword->name == "virtual_server") forwarding(block);
        if (block.keyword != nullptr && block.valid && block.keyword->name == "vrrp_instance") ipv6(block);
        check(block);
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
        if (name.ends_with("_routes") || name.ends_with("_rules")) {
            for (const auto& entry : line.children) table(entry);
        }
        if (name.ends_with("_cpu_affinity")) {
            for (std::size_t word = 0; word < line.arguments.size(); ++word) cpu(line, word);
        }
        if (name == "unicast_src_ip" || name == "mcast_src_ip") source_address(line);
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

    void table(const Node& entry) {
        for (std::size_t word = 0; word + 1 < entry.arguments.size(); ++word) {
            const auto option = ast::text(entry, word);
            if (option != "table" && option != "lookup") continue;
            const auto name = ast::text(entry, word + 1);
            if (is_c_number(name)) continue;
            if (tables_.empty()) tables_ = table_names();
            if (tables_.contains(name)) continue;
            context_.report("host-table-missing", Severity::error, ast::place(entry, word + 1),
                            fmt::format("this machine knows no routing table {}", in_quotes(name)));
        }
    }

    void cpu(const Node& line, std::size_t word) {
        const auto number = ast::integer(line, word);
        const int count = get_nprocs_conf();
        if (!number || *number < count) return;
        context_.report(
            "host-cpu-missing", Severity::error, ast::place(line, word),
            fmt::format("this machine has {} CPUs, from 0 on, and none with the number {}", count, *number));
    }

    void source_address(const Node& line) {
        const auto address = ast::plain_address(ast::text(line, 0));
        if (!address) return;
        if (addresses_.empty()) addresses_ = local_addresses();
        if (addresses_.contains(address->to_string())) return;
        context_.report("host-source-missing", Severity::warning, ast::place(line, 0),
                        fmt::format("no interface of this machine has {}", address->to_string()));
    }

    /// The addresses of an instance that the kernel will not take.
    void ipv6(const Node& instance) {
        const auto* interface = ast::last_valid(instance, "interface");
        for (const auto& list : instance.children) {
            if (list.keyword == nullptr || !list.keyword->name.starts_with("virtual_ipaddress")) continue;
            for (const auto& entry : list.children) {
                const auto address = ast::address_with_prefix(ast::text(entry, 0));
                if (!entry.valid || !address || address->address.family() != Family::inet6) continue;
                auto name = interface == nullptr ? std::string_view() : ast::text(*interface, 0);
                for (std::size_t word = 1; word + 1 < entry.arguments.size(); ++word) {
                    if (ast::text(entry, word) == "dev") name = ast::text(entry, word + 1);
                }
                if (name.empty() || name.find('/') != std::string_view::npos) continue;
                if (kernel_setting(fmt::format("ipv6/conf/{}/disable_ipv6", name)) != "1") continue;
                context_.report("host-ipv6-disabled", Severity::warning, ast::place(entry, 0),
                                fmt::format("IPv6 is disabled on {}: net.ipv6.conf.{}.disable_ipv6 is 1", name, name));
            }
        }
    }

    /// One word is enough for all that are forwarded by NAT in one family.
    void forwarding(const Node& service) {
        const auto address = ast::plain_address(ast::text(service, 0));
        if (!address) return;
        const bool inet = address->family() == Family::inet;
        bool& told = inet ? told_inet_ : told_inet6_;
        const std::string_view setting = inet ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding";
        const auto look = [&](const Node& block) {
            for (const auto& line : block.children) {
                if (told || line.keyword == nullptr || !line.valid) continue;
                if ((line.keyword->name != "lvs_method" && line.keyword->name != "lb_kind") ||
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
        const auto words = syntax::split_command(ast::text(line, 0));
        // Others are looked for in PATH when they run.
        if (words.empty() || !words.front().starts_with('/')) return;
        const std::string& path = words.front();
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
    bool told_inet_ = false;
    bool told_inet6_ = false;
    std::set<std::string, std::less<>> made_;
    std::set<std::string, std::less<>> tables_;     ///< read when the first is asked for
    std::set<std::string, std::less<>> addresses_;  ///< the same
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
