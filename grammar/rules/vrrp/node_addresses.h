#pragma once

#include <string_view>
#include <vector>

#include "grammar/rules/rule.h"

/// The addresses that a configuration says this node has of its own.
namespace lbctl::rules {

struct NodeAddress {
    IpAddress address{};
    source::Location where{};
    std::string_view keyword{};                     ///< "unicast_src_ip", "static_ipaddress"...
    std::string_view device{};                      ///< empty: not known
    const model::VrrpInstance* instance = nullptr;  ///< that sends from it; null: of static_ipaddress
};

/// Sources of adverts and static addresses, in the order of the file, the static ones last.
std::vector<NodeAddress> node_addresses(const Whole& whole);

/// The source that an instance sends from, if the file says it.
std::vector<NodeAddress> source_of(const model::VrrpInstance& instance);

/// Whether two addresses can be of one host: a link-local one is another on every interface.
bool is_one_address(const IpAddress& one, std::string_view its_device, const IpAddress& other,
                    std::string_view other_device);

}  // namespace lbctl::rules
