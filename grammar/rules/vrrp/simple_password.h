#pragma once

#include <optional>

#include "grammar/model/vrrp.h"

namespace lbctl::rules {

/// Where an instance sends a password in clear text: `auth_type PASS`, and neither version 3, strict mode nor
/// auth_hmac, with which keepalived drops it.
struct SimplePassword {
    const ast::Node* type = nullptr;      ///< the auth_type line
    const ast::Node* password = nullptr;  ///< the auth_pass line
};
std::optional<SimplePassword> simple_password(const model::VrrpInstance& instance);

/// Whether it is a password of samples and tutorials, or one that everybody tries first.
bool is_well_known(const ast::Node& password);

}  // namespace lbctl::rules
