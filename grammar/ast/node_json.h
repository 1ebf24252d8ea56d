#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "grammar/ast/node.h"
#include "grammar/source/result.h"

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

struct JsonOptions {
    bool positions = false;     ///< adds "file", "line" and "column" to every statement; needs `sources`
    bool show_secrets = false;  ///< passwords and keys as they are, instead of "********"
    const source::Sources* sources = nullptr;
    keywords::Version target = keywords::default_target;  ///< the release whose arguments count
};

nlohmann::ordered_json to_json(const Node& root, const JsonOptions& options);

/// keepalived.conf text with the meaning of such JSON. Fails, naming the member, on anything else.
Result<std::string> configuration_text(const nlohmann::ordered_json& json);

}  // namespace lbctl::ast
