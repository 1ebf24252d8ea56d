#pragma once

#include <cstdint>
#include <optional>

#include "grammar/model/lvs.h"

/// What follows from the statements of a virtual server and of the group that it names.
namespace lbctl::model {

/// The group that it names; null: it names none, or there is none of that name.
const VirtualServerGroup* group_of(const VirtualServer& service);

/// Whether keepalived drops it: it names a group that is not there, or has no real server whose family fits.
bool is_dropped(const VirtualServer& service);

/// Whether its group has addresses that are not of its family: keepalived drops it.
bool clashes_with_group(const VirtualServer& service);

/// Whether its head is a mark. Mark 0, which packets without one have, is none to keepalived.
bool is_marked(const VirtualServer& service);

/// Whether its head is mark 0: keepalived makes a service of it that nobody can reach.
bool has_mark_zero(const VirtualServer& service);

/// Whether it serves addresses, its own or those of its group.
bool has_addresses(const VirtualServer& service);

/// What makes it a service for every port, which only a persistent one can be: its head or a line of its group; null:
/// nothing does.
const ast::Node* cause_of_every_port(const VirtualServer& service);

/// Seconds, with what keepalived switches on for a service for every port.
std::optional<std::uint32_t> persistence_of(const VirtualServer& service);

/// What counts for a server that may have no setting of its own.
Forwarding forwarding_of(const VirtualServer& service, const RealServer& server);
Forwarding forwarding_of(const VirtualServer& service, const SorryServer& server);
std::uint32_t weight_of(const VirtualServer& service, const RealServer& server);
bool inhibits_on_failure(const VirtualServer& service, const RealServer& server);

/// The port at which a server serves. Without NAT a packet reaches it as it is, so its port is that of the service (of
/// a firewall mark 0); so it is where none is written.
std::uint16_t port_served(ForwardingKind kind, std::uint16_t written, std::uint16_t service_port);

/// Whether alpha keeps the server out of the table until one of its checkers has succeeded.
bool awaits_check(const VirtualServer& service, const RealServer& server);

/// Whether what is right or wrong about it, or the table that it asks for, depends on what else the configuration
/// holds: a group, objects that checkers track, or whether a sync daemon runs, which carries no connections of mixed
/// families.
bool depends_on_others(const VirtualServer& service);

}  // namespace lbctl::model
