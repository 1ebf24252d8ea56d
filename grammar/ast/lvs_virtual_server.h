#pragma once

#include <optional>

#include "grammar/ast/lvs.h"

namespace lbctl::ast {

/// One virtual_server block; nothing for other nodes, and when keepalived refuses its head. `files`: what its
/// FILE_CHECKs may name.
std::optional<VirtualServer> bind_virtual_server(const Node& node, const TrackFiles& files);

}  // namespace lbctl::ast
