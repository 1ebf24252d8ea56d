#include "backend/doctor/read_machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "backend/doctor/read_parts.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"
#include "grammar/source/sources.h"

namespace lbctl::doctor {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_of_file = std::size_t{16} << 20U;
constexpr std::size_t most_settings = 200'000;

/// Files below /proc/sys that are read: a `*` stands for every folder, or every file, there.
constexpr std::array<std::string_view, 15> setting_files{
    "kernel/modules_disabled",
    "net/ipv4/ip_forward",
    "net/ipv4/vs/*",
    "net/ipv4/conf/*/rp_filter",
    "net/ipv4/conf/*/arp_ignore",
    "net/ipv4/conf/*/arp_announce",
    "net/ipv4/conf/*/send_redirects",
    "net/ipv4/conf/*/accept_local",
    "net/ipv4/conf/*/forwarding",
    "net/ipv6/conf/*/forwarding",
    "net/ipv6/conf/*/disable_ipv6",
    "net/ipv6/conf/*/accept_ra",
    "net/ipv6/conf/all/forwarding",
    "net/netfilter/nf_conntrack_max",
    "net/netfilter/nf_conntrack_count",
};

/// The beginnings of the names of modules that matter.
constexpr std::array<std::string_view, 10> module_names{"ip_vs",   "ipip", "sit",       "ip6_tunnel", "ip_gre",
                                                        "ip6_gre", "fou",  "nf_tables", "ip_tables",  "ip6_tables"};

bool matters(std::string_view module) {
    return std::ranges::any_of(module_names, [&](std::string_view name) { return module.starts_with(name); });
}

void read_setting(Machine& machine, const std::string& path) {
    if (machine.settings.size() >= most_settings) return;
    auto text = text_of("/proc/sys/" + path);
    if (!text) return;
    while (text->ends_with('\n')) text->pop_back();
    machine.settings.insert_or_assign(path, *std::move(text));
}

void read_settings(Machine& machine) {
    for (const std::string_view file : setting_files) {
        const std::size_t star = file.find('*');
        if (star == std::string_view::npos) {
            read_setting(machine, std::string(file));
            continue;
        }
        const std::string before(file.substr(0, star));
        const std::string_view after = file.substr(star + 1);
        std::error_code error;
        for (const auto& entry : fs::directory_iterator("/proc/sys/" + before, error))
            read_setting(machine, fmt::format("{}{}{}", before, entry.path().filename().string(), after));
    }
}

/// "ip_vs_rr" of "kernel/net/netfilter/ipvs/ip_vs_rr.ko.xz"
std::string module_in(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);
    std::string name(path.substr(0, path.find(".ko")));
    std::ranges::replace(name, '-', '_');
    return name;
}

void read_modules(Machine& machine) {
    if (const auto loaded = text_of("/proc/modules")) {
        std::string_view rest = *loaded;
        while (!rest.empty()) {
            const std::string_view line = source::take_line(rest);
            const std::string_view name = line.substr(0, line.find(' '));
            if (matters(name)) machine.modules.emplace(name);
        }
    }
    const std::string folder = "/lib/modules/" + machine.kernel;
    const auto add_listed = [](const std::optional<std::string>& text, auto& modules) {
        if (!text) return;
        std::string_view rest = *text;
        while (!rest.empty()) {
            const std::string_view line = source::take_line(rest);
            std::string name = module_in(line.substr(0, line.find(':')));
            if (matters(name)) modules.insert(std::move(name));
        }
    };
    add_listed(text_of(folder + "/modules.builtin"), machine.modules);
    const auto installed = text_of(folder + "/modules.dep");
    machine.knows_installed_modules = installed.has_value();
    add_listed(installed, machine.installed_modules);
    // In a container there is no list, and no part of the kernel says that it is built in.
    std::error_code error;
    if (fs::exists("/proc/thread-self/net/ip_vs", error)) machine.modules.emplace("ip_vs");
}

/// The last two numbers of the lines of destinations: active connections and others.
std::uint64_t connections_in(std::string_view text) {
    std::uint64_t all = 0;
    while (!text.empty()) {
        std::string_view line = source::take_line(text);
        if (!line.starts_with("  -> ")) continue;
        for (int column = 0; column < 2; ++column) {
            const std::size_t end = line.find_last_not_of(' ');
            if (end == std::string_view::npos) break;
            line = line.substr(0, end + 1);
            const std::size_t blank = line.find_last_of(' ');
            if (blank == std::string_view::npos) break;
            all += base::whole_number<std::uint64_t>(line.substr(blank + 1)).value_or(0);
            line = line.substr(0, blank);
        }
    }
    return all;
}

/// The number after "Conns:" and the like of /proc/net/ip_vs_status.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view title) {
    while (!text.empty()) {
        std::string_view line = source::take_line(text);
        if (!line.starts_with(title)) continue;
        line.remove_prefix(title.size());
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        return base::whole_number<std::uint64_t>(line.substr(0, line.find(' ')));
    }
    return std::nullopt;
}

void read_ipvs(Machine& machine) {
    if (auto bits = text_of("/sys/module/ip_vs/parameters/conn_tab_bits")) {
        while (bits->ends_with('\n')) bits->pop_back();
        machine.ipvs.table_bits = base::whole_number<std::uint32_t>(*bits);
    }
    if (const auto table = text_of("/proc/thread-self/net/ip_vs")) machine.ipvs.connections = connections_in(*table);
    // Kernels of 2026 and later; net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_status_show().
    const std::string path = "/proc/thread-self/net/ip_vs_status";
    if (const auto status = text_of(path)) {
        machine.ipvs.buckets = number_after(*status, "Conn buckets:");
        if (const auto connections = number_after(*status, "Conns:")) machine.ipvs.connections = connections;
    } else if (errno == EACCES || errno == EPERM) {
        machine.unread.push_back({"connection table", "/proc/net/ip_vs_status", std::strerror(errno)});
    }
}

Result<void> read_privilege(Machine& machine) {
    machine.user = ::geteuid();
    const auto status = text_of("/proc/thread-self/status");
    if (!status)
        return failure(fmt::format("cannot read /proc/thread-self/status: {}", std::strerror(errno)),
                       "doctor reads the machine from /proc, which has to be mounted");
    std::string_view rest = *status;
    while (!rest.empty()) {
        std::string_view line = source::take_line(rest);
        if (!line.starts_with("CapEff:")) continue;
        line.remove_prefix(std::min(line.find_last_of("\t ") + 1, line.size()));
        machine.capabilities = base::whole_number<std::uint64_t>(line, 16).value_or(0);
    }
    if (const auto map = text_of("/proc/thread-self/uid_map")) {
        // Of the first one: all ids are themselves.
        std::string squeezed;
        for (const char character : *map) {
            const bool blank = character == ' ' || character == '\t' || character == '\n';
            if (!blank) {
                squeezed += character;
            } else if (!squeezed.empty() && squeezed.back() != ' ') {
                squeezed += ' ';
            }
        }
        machine.initial_user_namespace = squeezed == "0 0 4294967295 ";
    }
    return {};
}

}  // namespace

std::optional<std::string> text_of(const fs::path& path) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return std::nullopt;
    std::string text;
    if (const int error = base::read_up_to(file.number(), most_of_file, text); error != 0) {
        errno = error;
        return std::nullopt;
    }
    return text;
}

Result<Machine> read_machine(const ReadOptions& options) {
    Machine machine;
    utsname names{};
    if (::uname(&names) != 0) return failure(fmt::format("cannot ask the kernel's name: {}", std::strerror(errno)));
    machine.name = names.nodename;
    machine.kernel = names.release;
    if (auto read = read_privilege(machine); !read) return tl::make_unexpected(read.error());
    read_modules(machine);
    read_settings(machine);
    read_ipvs(machine);
    if (auto read = read_network(machine); !read) return tl::make_unexpected(read.error());
    read_listeners(machine);
    read_firewall(machine);
    if (options.listen) listen_for_vrrp(machine, *options.listen);
    return machine;
}

}  // namespace lbctl::doctor
