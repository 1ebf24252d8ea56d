#pragma once

#include "grammar/model/lvs.h"

namespace lbctl::model {

/// One virtual_server block, into a value whose memory is used again; false for other nodes, and when keepalived
/// refuses its head. `groups`: what its head may name.
bool bind_virtual_server(const ast::Node& node, const Groups& groups, VirtualServer& service);

/// Takes out the servers that keepalived drops.
void remove_dropped_servers(VirtualServer& service);

}  // namespace lbctl::model
