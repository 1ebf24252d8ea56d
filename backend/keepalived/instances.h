#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/doctor/machine.h"
#include "backend/keepalived/moment.h"
#include "backend/table/table.h"
#include "grammar/ast/node.h"

/// The states of VRRP instances, as the machine shows them.
namespace lbctl::keepalived {

enum class InstanceState : std::uint8_t { unknown, master, backup, fault };

/// "MASTER", "BACKUP", "FAULT", "unknown".
std::string_view to_string(InstanceState state);
/// The state that keepalived calls so; unknown for other words.
InstanceState instance_state_from(std::string_view word);

struct Instance {
    std::string name;
    std::string interface;
    int priority = 0;                ///< of the file; what is in force depends on what is tracked
    std::size_t addresses = 0;       ///< that it brings to this machine as MASTER
    std::size_t addresses_here = 0;  ///< of these
    InstanceState state = InstanceState::unknown;
    std::string evidence;                  ///< "both addresses are on this machine"
    std::optional<int> priority_in_force;  ///< where keepalived told it
    std::optional<Moment> since;           ///< it has that state, where keepalived told it
    bool told = false;                     ///< keepalived told the state; otherwise it is inferred
};

/// The instances of a bound configuration with which keepalived runs on that machine: a MASTER has its addresses on the
/// machine and a BACKUP has none; one whose interface is missing or down is in FAULT. Of an instance without addresses
/// the sync daemon that follows it (`daemon_instance`) tells. The machine needs `links` and `addresses`.
std::vector<Instance> infer_instances(const ast::Node& root, const doctor::Machine& machine,
                                      const std::vector<table::SyncDaemon>& daemons, std::string_view daemon_instance);

/// Null where there is none of that name.
const Instance* find_instance(const std::vector<Instance>& instances, std::string_view name);

}  // namespace lbctl::keepalived
