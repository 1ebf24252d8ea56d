#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "grammar/model/checker.h"
#include "grammar/model/lvs.h"
#include "grammar/model/vrrp.h"
#include "grammar/validate/concerns.h"
#include "grammar/validate/rule.h"

/// Rules that go beyond what keepalived says: what it accepts, and what breaks the service or the failover all the
/// same. A rule is a file in the folder of its family, with its page and its check, and a line in one of the two lists
/// of grammar/CMakeLists.txt.
namespace lbctl::rules {

using source::Severity;
using validate::Context;
using validate::Origin;
using validate::RulePage;

/// A check that asks over another transport protocol than its service has, at a port where only that is likely served.
struct OddCheck {
    source::Location where;
    model::CheckerKind kind;
    model::AddressHead server;
};

/// What is kept of a virtual server after its block has been forgotten: a file may hold ten thousands.
struct ServiceSummary {
    std::variant<model::AddressHead, model::FwmarkHead, std::string> head;  ///< text: the name of a group
    std::optional<model::Protocol> protocol;                                ///< nothing: not written
    std::optional<Family> family;
    source::Location where;              ///< of its keyword
    bool has_servers = false;            ///< real servers that keepalived takes; without any it drops the service
    std::vector<OddCheck> odd_checks{};  ///< mostly empty
    std::vector<model::AddressHead>
        servers{};                         ///< addresses and ports of the real servers, where a protocol is written
    std::optional<source::Location> mail;  ///< an smtp_alert that is switched on, in it or a real server; nothing: none
    std::vector<std::string> files{};      ///< track_file blocks that its checkers name
};

/// A checker with what stands around it.
struct CheckerPlace {
    const model::VirtualServer& service;
    const model::RealServer& server;
    const ast::Node& node;
    model::CheckerKind kind;
};

/// A configuration, once all of it has been read.
struct Whole {
    const Context& context;  ///< its root has all statements but virtual servers, which may have been forgotten
    const model::VrrpConfiguration& vrrp;
    const model::Lvs& lvs;
    std::span<const ServiceSummary> services;  ///< those that keepalived takes, in the order of the file
};

/// A set of kinds of checkers.
class CheckerKinds {
public:
    constexpr CheckerKinds() = default;
    constexpr CheckerKinds(std::initializer_list<model::CheckerKind> kinds) {
        for (const model::CheckerKind kind : kinds) bits_ |= bit_of(kind);
    }
    [[nodiscard]] constexpr bool contains(model::CheckerKind kind) const { return (bits_ & bit_of(kind)) != 0; }

private:
    static constexpr std::uint32_t bit_of(model::CheckerKind kind) { return 1U << static_cast<unsigned>(kind); }

    std::uint32_t bits_ = 0;
};

struct Cluster;  // grammar/rules/cluster/cluster.h

/// A rule with what it looks at; most look at one thing.
struct Rule {
    RulePage page;
    void (*service)(const Context& context,
                    const model::VirtualServer& service) = nullptr;                   ///< each one, as it is read
    void (*checker)(const Context& context, const CheckerPlace& place) = nullptr;     ///< those of taken servers, if of
    CheckerKinds kinds{};                                                             ///< these kinds
    void (*statement)(const Context& context, const ast::Node& statement) = nullptr;  ///< those of the top level that
    validate::Concern concern = validate::Concern::anything;                          ///< have a keyword of this
    void (*whole)(const Whole& whole) = nullptr;
    void (*cluster)(const Cluster& cluster) = nullptr;  ///< the nodes of a cluster against each other
};

/// Every rule, in the order of the lists in grammar/CMakeLists.txt.
std::span<const Rule* const> all_rules();

/// Those of them that look at one kind of thing: rules_with(&Rule::whole). To ask each of the others at each statement
/// takes longer than most rules do.
template <class Check>
std::vector<const Rule*> rules_with(Check Rule::*check) {
    std::vector<const Rule*> found;
    for (const Rule* rule : all_rules()) {
        if (rule->*check != nullptr) found.push_back(rule);
    }
    return found;
}

/// Runs the rules that look at one virtual server at a time, and at its checkers.
void check_service(const Context& context, const model::VirtualServer& service);

/// What Whole::services keeps of a service.
ServiceSummary summary_of(const model::VirtualServer& service);

}  // namespace lbctl::rules
