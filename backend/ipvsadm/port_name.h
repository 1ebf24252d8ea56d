#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "backend/table/table.h"

namespace lbctl::ipvsadm {

/// A port as ipvsadm takes it: a number of 0-65535, or a name that services(5) knows for the protocol, for any protocol
/// without one. Nothing for other text.
std::optional<std::uint16_t> read_port(std::string_view text, std::optional<table::Protocol> protocol = std::nullopt);

}  // namespace lbctl::ipvsadm
