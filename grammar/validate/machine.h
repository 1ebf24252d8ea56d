#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

/// What this machine has of the things that a configuration names.
namespace lbctl::validate {

/// A setting of the kernel, "ipv4/ip_forward" below /proc/sys/net; empty where it does not know it.
std::string kernel_setting(std::string_view name);

/// A number as C writes it: 10, 0x10, -1.
bool is_c_number(std::string_view word);

/// Looks at this machine, and remembers what it has read.
class Machine {
public:
    [[nodiscard]] bool has_interface(const std::string& name) const;
    [[nodiscard]] bool has_user(const std::string& name) const;
    [[nodiscard]] bool has_group(const std::string& name) const;
    [[nodiscard]] bool has_protocol(const std::string& name) const;  ///< of /etc/protocols
    [[nodiscard]] bool has_address(const std::string& address);      ///< as IpAddress::to_string() writes it
    [[nodiscard]] bool has_net_namespace(const std::string& name) const;
    [[nodiscard]] int cpus() const;

    /// Whether iproute2 has a name in one of its tables: "rt_tables", "group", "rt_dsfield"...
    [[nodiscard]] bool has_iproute_name(const std::string& table, std::string_view name);

private:
    using Names = std::set<std::string, std::less<>>;
    std::map<std::string, Names, std::less<>> iproute_names_;  ///< each read when the first is asked for
    Names addresses_;                                          ///< the same
};

}  // namespace lbctl::validate
