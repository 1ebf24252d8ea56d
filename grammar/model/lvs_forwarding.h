#pragma once

#include <optional>

#include "grammar/model/lvs.h"

namespace lbctl::model {

/// What a line of lvs_method and its like makes of the forwarding that stood before it. An unknown method changes
/// nothing; any fault in the tunnel options costs all of them, but not the method.
void read_forwarding(const ast::Node& line, std::optional<Forwarding>& forwarding);

/// Whether it is known to be a tunnel, the only way from one family to the other.
inline bool is_tunnel(const std::optional<Forwarding>& forwarding) {
    return forwarding && forwarding->kind == ForwardingKind::tunnel;
}

}  // namespace lbctl::model
