#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for authentication and auth_hmac.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"authentication-not-supported", "vrrp", Severity::error, "Authentication that the instance cannot have",
     "VRRP version 3 and strict mode know no authentication, and AH does not work with IPv6. keepalived reports it and "
     "sends without. Remove the block, use `version 2', or auth_hmac (since 2.4.0).",
     "version 3\nauthentication {\n    auth_type PASS\n    auth_pass secret\n}"},
    {"auth-pass-missing", "vrrp", Severity::error, "auth_type without auth_pass",
     "keepalived reports it and sends without authentication.", "authentication {\n    auth_type PASS\n}"},
    {"auth-type-missing", "vrrp", Severity::warning, "auth_pass without auth_type",
     "Without a type there is no authentication, and keepalived does not say so. Write `auth_type PASS'.",
     "authentication {\n    auth_pass secret\n}"},
    {"ah-needs-backup", "vrrp", Severity::error, "Initial state MASTER with AH authentication",
     "A router has to hear the sequence number of the others first; keepalived starts as BACKUP.", ""},
    {"hmac-key-missing", "vrrp", Severity::error, "auth_hmac whose active_key is not defined",
     "keepalived turns the extension off and sends without authentication. Write a `key' line with that id.",
     "auth_hmac {\n    active_key 1\n}"},
    {"hmac-key-repeated", "vrrp", Severity::error, "Two keys with one id", "keepalived keeps the first.", ""},
    {"hmac-with-authentication", "vrrp", Severity::error, "auth_hmac and authentication in one instance",
     "keepalived drops the old authentication. Remove the authentication block.", ""},
};

void check_hmac(const Context& context, const VrrpInstance& instance, const Node& block, bool has_authentication) {
    if (has_authentication) {
        context.report("hmac-with-authentication", Severity::error, block.head.where(),
                       "auth_hmac replaces the authentication block; keepalived drops that one");
    }
    const auto* active = ast::last_valid(block, "active_key"_kw);
    std::vector<const Node*> keys;
    for (const auto& child : block.children) {
        if (child.keyword == nullptr || !child.valid || child.keyword->id != "key"_kw) continue;
        for (const auto* other : keys) {
            if (ast::integer(*other, 0) != ast::integer(child, 0)) continue;
            auto& finding = context.report(
                "hmac-key-repeated", Severity::error, ast::place(child, 0),
                fmt::format("key {} is defined already; keepalived keeps the first", ast::text(child, 0)));
            add_note(finding, other->head.where(), "the first is here");
            break;
        }
        keys.push_back(&child);
    }
    bool found = false;
    for (const auto* key : keys)
        found = found || (active != nullptr && ast::integer(*key, 0) == ast::integer(*active, 0));
    if (!found) {
        context.report("hmac-key-missing", Severity::error,
                       active == nullptr ? block.head.where() : ast::place(*active, 0),
                       active == nullptr
                           ? std::string("auth_hmac needs an active_key: keepalived turns it off")
                           : fmt::format("there is no key {}: keepalived turns auth_hmac off", ast::text(*active, 0)));
        return;
    }
    const auto* mode = ast::last_valid(block, "mode"_kw);
    if (instance.strict && mode != nullptr && ast::text(*mode, 0) != "enforce") {
        context.report("strict-mode-conflict", Severity::error, ast::place(*mode, 0),
                       "strict mode needs `mode enforce'; keepalived sets it");
    }
}

void check_one(const Context& context, const VrrpInstance& instance) {
    const Node* type = nullptr;
    const Node* password = nullptr;
    const Node* hmac = nullptr;
    for (const auto& child : instance.node->children) {
        if (child.keyword == nullptr) continue;
        if (child.keyword->id == "auth_hmac"_kw && child.valid) hmac = &child;
        if (child.keyword->id != "authentication"_kw) continue;
        if (const auto* line = ast::last_valid(child, "auth_type"_kw)) type = line;
        if (const auto* line = ast::last_valid(child, "auth_pass"_kw)) password = line;
    }
    bool supported = type != nullptr;
    if (type != nullptr) {
        const bool is_ah = ast::text(*type, 0) == "AH";
        const bool has_password = password != nullptr && !ast::text(*password, 0).empty();
        const auto where = ast::place(*type, 0);
        if (instance.strict || instance.version == 3) {
            context.report("authentication-not-supported", Severity::error, where,
                           fmt::format("{} knows no authentication; keepalived sends without",
                                       instance.strict ? "strict mode" : "VRRP version 3"));
            supported = false;
        } else if (!has_password) {
            context.report("auth-pass-missing", Severity::error, where,
                           "there is no auth_pass; keepalived sends without authentication");
            supported = false;
        } else if (is_ah && instance.family == Family::inet6) {
            context.report("authentication-not-supported", Severity::error, where,
                           "AH does not work with IPv6; keepalived sends without");
            supported = false;
        } else if (is_ah && instance.state == model::VrrpState::master && !instance.is_address_owner()) {
            context.report("ah-needs-backup", Severity::error, where,
                           "with AH an instance cannot start as MASTER; keepalived starts as BACKUP");
        }
    } else if (password != nullptr) {
        context.report("auth-type-missing", Severity::warning, password->head.where(),
                       "without auth_type there is no authentication");
    }
    if (hmac != nullptr) check_hmac(context, instance, *hmac, supported);
}

}  // namespace

std::span<const RulePage> authentication_pages() {
    return pages;
}

void check_authentication(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of == nullptr) check_one(context, instance);
    }
}

}  // namespace lbctl::validate
