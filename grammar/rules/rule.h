#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "grammar/ast/lvs.h"
#include "grammar/ast/vrrp.h"
#include "grammar/validate/rule.h"

/// Rules that go beyond what keepalived says: what it accepts, and what breaks the service or the failover all the
/// same. A rule is a file in the folder of its family, with its page and its check, and a line in registry.cpp.
namespace lbctl::rules {

using source::Severity;
using validate::Context;
using validate::Origin;
using validate::RulePage;

/// What is kept of a virtual server after its block has been forgotten: a file may hold ten thousands.
struct ServiceSummary {
    std::variant<ast::AddressHead, ast::FwmarkHead, std::string> head;  ///< text: the name of a group
    std::optional<ast::Protocol> protocol;                              ///< nothing: not written
    std::optional<Family> family;
    source::Location where;  ///< of its keyword
};

/// A configuration, once all of it has been read.
struct Whole {
    const Context& context;  ///< its root has all statements but virtual servers, which may have been forgotten
    const ast::VrrpConfiguration& vrrp;
    const ast::Lvs& lvs;
    std::span<const ServiceSummary> services;  ///< those that keepalived takes, in the order of the file
};

/// A rule with what it looks at; most look at one thing.
struct Rule {
    RulePage page;
    void (*service)(const Context& context, const ast::VirtualServer& service) = nullptr;  ///< each one, as it is read
    void (*statement)(const Context& context, const ast::Node& statement) = nullptr;       ///< each of the top level
    void (*whole)(const Whole& whole) = nullptr;
};

/// Every rule, in the order of registry.cpp.
std::span<const Rule* const> all_rules();

/// What Whole::services keeps of a service.
ServiceSummary summary_of(const ast::VirtualServer& service);

}  // namespace lbctl::rules
