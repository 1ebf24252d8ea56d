#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grammar/ast/node.h"

/// What two configurations differ in besides the IPVS table: instances, addresses, sync groups, scripts, checks.
namespace lbctl::keepalived {

/// One difference.
struct PartChange {
    enum class Kind : std::uint8_t { add, remove, edit };
    Kind kind = Kind::edit;
    std::string part;    ///< "vrrp_instance web"
    std::string detail;  ///< of what is edited: "priority 150 → 100"; of an instance that comes or goes: its addresses
};

/// The differences of two bound configurations, in the order of `before` and then of `after`. What the table shows
/// (virtual servers and real servers that come or go, schedulers, weights, ...) is left out. Secrets are hidden. The
/// order of lines within a block does not count.
std::vector<PartChange> part_changes(const ast::Node& before, const ast::Node& after);

/// Names of instances that both configurations have and that keepalived takes for others all the same, for
/// virtual_router_id, interface, family, the way adverts are sent or the VMAC is another: its reload ends the old one,
/// which gives up its addresses, and starts the new one.
std::vector<std::string> restarted_instances(const ast::Node& before, const ast::Node& after);

/// Groups whose virtual servers have other places among those of the group, for one before them has come or gone.
/// keepalived tells those of a group apart by their order: when the first of two goes, its reload removes the services
/// of the second, and keeps those of the first. Seen with 2.2.7 and 2.4.3.
std::vector<std::string> shifted_groups(const ast::Node& before, const ast::Node& after);

/// Groups that get an entry and have a virtual server without sorry server: the checkers of 2.4.3 end of that at a
/// reload and are started again, while those of 2.2.7 do not.
std::vector<std::string> grown_groups(const ast::Node& before, const ast::Node& after);

/// Interfaces of instances that the network namespace of the calling thread does not have.
std::vector<std::string> missing_interfaces(const ast::Node& root);

/// How many instances keepalived runs with.
std::size_t instance_count(const ast::Node& root);

}  // namespace lbctl::keepalived
