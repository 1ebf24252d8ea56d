#pragma once

#include <nlohmann/json_fwd.hpp>

/// What the JSON of node_json.h looks like, as a JSON Schema (2020-12), made from the keyword table.
namespace lbctl::ast {

/// Holds for the JSON of every configuration without errors, whichever release it is for: each keyword in its context,
/// with an argument where it needs one, and with the kind of block that it opens. It does not look at values.
nlohmann::ordered_json configuration_schema();

}  // namespace lbctl::ast
