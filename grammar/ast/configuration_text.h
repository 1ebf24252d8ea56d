#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "grammar/base/result.h"

namespace lbctl::ast {

/// keepalived.conf text with the meaning of JSON as node_json.h describes it. Fails, naming the member, on anything
/// else, and on words that no line of a configuration can hold: keepalived would read back others.
Result<std::string> configuration_text(const nlohmann::ordered_json& json);

}  // namespace lbctl::ast
