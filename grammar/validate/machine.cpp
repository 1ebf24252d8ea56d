#include "grammar/validate/machine.h"

#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/sysinfo.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <fmt/format.h>

#include "grammar/base/socket_address.h"

namespace lbctl::validate {

namespace {

/// The names in a table of iproute2; those that are built in are among them everywhere.
std::set<std::string, std::less<>> names_in(const std::string& table) {
    std::set<std::string, std::less<>> names;
    if (table == "rt_tables") names = {"main", "local", "default", "unspec"};
    if (table == "group") names = {"default"};
    if (table == "rt_realms") names = {"cosmos", "unknown"};
    if (table == "rt_protos")
        names = {"none",  "redirect", "kernel", "boot",     "static", "gated", "ra",   "mrt",
                 "zebra", "bird",     "babel",  "dnrouted", "xorp",   "ntk",   "dhcp", "keepalived"};
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
        read(std::filesystem::path(folder) / table);
        std::error_code error;
        for (const auto& entry :
             std::filesystem::directory_iterator(std::filesystem::path(folder) / (table + ".d"), error))
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
        if (const auto address = base::address_of(each->ifa_addr)) addresses.insert(address->to_string());
    }
    return addresses;
}

}  // namespace

std::string kernel_setting(std::string_view name) {
    std::string value;
    std::ifstream(fmt::format("/proc/sys/net/{}", name)) >> value;
    return value;
}

bool is_c_number(std::string_view word) {
    if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
    const bool hexadecimal = word.starts_with("0x") || word.starts_with("0X");
    if (hexadecimal) word.remove_prefix(2);
    return !word.empty() &&
           word.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") == std::string_view::npos;
}

bool Machine::has_interface(const std::string& name) const {
    return if_nametoindex(name.c_str()) != 0;
}

// The look-ups of names below are not for several threads, and lint has one.
bool Machine::has_user(const std::string& name) const {
    return getpwnam(name.c_str()) != nullptr;  // NOLINT(concurrency-mt-unsafe)
}

bool Machine::has_group(const std::string& name) const {
    return getgrnam(name.c_str()) != nullptr;  // NOLINT(concurrency-mt-unsafe)
}

bool Machine::has_protocol(const std::string& name) const {
    return getprotobyname(name.c_str()) != nullptr;  // NOLINT(concurrency-mt-unsafe)
}

bool Machine::has_address(const std::string& address) {
    if (addresses_.empty()) addresses_ = local_addresses();
    return addresses_.contains(address);
}

bool Machine::has_net_namespace(const std::string& name) const {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::path("/run/netns") / name, error) ||
           std::filesystem::exists(std::filesystem::path("/var/run/netns") / name, error);
}

int Machine::cpus() const {
    return get_nprocs_conf();
}

bool Machine::has_iproute_name(const std::string& table, std::string_view name) {
    auto found = iproute_names_.find(table);
    if (found == iproute_names_.end()) found = iproute_names_.emplace(table, names_in(table)).first;
    return found->second.contains(name);
}

}  // namespace lbctl::validate
