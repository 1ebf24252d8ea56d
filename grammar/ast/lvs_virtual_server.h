#pragma once

#include "grammar/ast/lvs.h"

namespace lbctl::ast {

/// One virtual_server block, into a value whose memory is used again; false for other nodes, and when keepalived
/// refuses its head. `files`: what its FILE_CHECKs may name.
bool bind_virtual_server(const Node& node, const TrackFiles& files, VirtualServer& service);

/// Whether the table that it asks for depends on what else the configuration holds: a group, a track_file, or whether a
/// sync daemon runs, which carries no connections of mixed families.
bool depends_on_others(const VirtualServer& service);

}  // namespace lbctl::ast
