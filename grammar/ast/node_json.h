#pragma once

#include <nlohmann/json_fwd.hpp>

#include "grammar/ast/node.h"

/// A configuration as JSON, schema "lbctl-configuration/1" (`lbctl dump --schema'):
///
///     {"schema": "lbctl-configuration/1",
///      "statements": [{"keyword": "virtual_server", "arguments": ["10.0.8.9", 80], "block": [
///                         {"keyword": "lb_algo", "arguments": ["rr"]},
///                         {"keyword": "virtual_ipaddress", "arguments": [], "entries": [["10.0.8.9/24", "dev",
///                         "eth0"]]}]}]}
///
/// Numbers and booleans are what they are; everything else is text. Text that is no UTF-8 is {"hex": "c3"}.
namespace lbctl::ast {

/// What such JSON names as its schema.
inline constexpr const char* configuration_json = "lbctl-configuration/1";

struct JsonOptions {
    bool positions = false;     ///< adds "file", "line" and "column" to every statement; needs `sources`
    bool show_secrets = false;  ///< passwords and keys as they are, instead of "********"
    const source::Sources* sources = nullptr;
    keywords::Version target = keywords::default_target;  ///< the release whose arguments count
};

nlohmann::ordered_json to_json(const Node& root, const JsonOptions& options);

}  // namespace lbctl::ast
