#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for who a vrrp_instance is: name, router id, interface, state, version.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"instance-repeated", "vrrp", Severity::error, "A second vrrp_instance of the same name",
     "keepalived skips the whole second block. Give each instance a name of its own.",
     "vrrp_instance web { ... }\nvrrp_instance web { ... }"},
    {"router-id-missing", "vrrp", Severity::error, "A vrrp_instance without virtual_router_id",
     "The routers of one virtual router know each other by this number (1-255). Without it keepalived does not start "
     "VRRP at all.",
     "vrrp_instance web {\n    interface eth0\n}"},
    {"interface-missing",
     "vrrp",
     Severity::error,
     "A vrrp_instance without interface",
     "keepalived does not start VRRP. Only an instance with unicast peers and a unicast_src_ip can do without, from "
     "2.2.8 "
     "on.",
     "vrrp_instance web {\n    virtual_router_id 51\n}",
     {{{Severity::warning, "in an instance with lines for other machines, which may name it"}}}},
    {"loopback-interface", "vrrp", Severity::error, "The loopback interface as interface of an instance",
     "No advertisement leaves it; keepalived refuses it and goes on as if no interface were given.", "interface lo"},
    {"state-after-master", "vrrp", Severity::error, "BACKUP after MASTER in one instance",
     "keepalived keeps MASTER and reports the second line.", "state MASTER\nstate BACKUP"},
    {"version-conflict", "vrrp", Severity::error, "A version that the instance cannot have",
     "The version was settled above, or IPv6 addresses need version 3. keepalived reports the line and passes over it.",
     "version 3\nversion 2"},
    {"ipv6-needs-version-3", "vrrp", Severity::error, "Version 2 with IPv6 in strict mode",
     "VRRP version 2 knows IPv4 only. keepalived uses version 3.", ""},
    {"native-ipv6-with-ipv4", "vrrp", Severity::error, "native_ipv6 in an instance with IPv4 addresses",
     "keepalived reports the line and passes over it.", ""},
    {"lvs-sync-repeated", "vrrp", Severity::error, "lvs_sync_daemon_interface in a second place",
     "There is one sync daemon. keepalived keeps the first definition; use lvs_sync_daemon in global_defs.", ""},
    {"vrf-with-interface", "vrrp", Severity::error, "vrf together with interface, or without unicast peers",
     "vrf is for unicast instances that have no interface. keepalived reports it and clears it.", ""},
};

std::string called(const VrrpInstance& instance) {
    return fmt::format("vrrp_instance {}", in_quotes(instance.name));
}

void check_statements(const Context& context, const VrrpInstance& instance) {
    const Node* state = nullptr;
    const Node* version_line = nullptr;
    int version = 0;
    const Node* interface = nullptr;
    const Node* vrf = nullptr;
    for (const auto& child : instance.node->children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "state"_kw) {
            if (state != nullptr && ast::text(*state, 0) == "MASTER" && ast::text(child, 0) == "BACKUP") {
                context.report("state-after-master", Severity::error, ast::place(child, 0),
                               "the state is MASTER already; keepalived passes over BACKUP");
                continue;
            }
            if (state != nullptr) report_repeated(context, child, *state);
            state = &child;
        } else if (id == "interface"_kw) {
            interface = &child;
            if (ast::text(child, 0) == "lo") {
                context.report("loopback-interface", Severity::error, ast::place(child, 0),
                               "VRRP cannot run on the loopback interface; keepalived passes over it");
                interface = nullptr;
            }
        } else if (id == "vrf"_kw) {
            if (interface != nullptr || vrf != nullptr) {
                auto& finding =
                    context.report("vrf-with-interface", Severity::error, child.head.where(),
                                   "vrf cannot stand beside interface or another vrf; keepalived passes over it");
                add_note(finding, (interface != nullptr ? interface : vrf)->head.where(), "given here");
            } else {
                vrf = &child;
            }
        } else if (id == "version"_kw) {
            const auto written = static_cast<int>(ast::integer(child, 0).value_or(0));
            const bool after_inet6 = instance.family == Family::inet6 && instance.family_from != nullptr &&
                                     instance.family_from->head.where().range.begin < child.head.where().range.begin;
            if ((version != 0 && version != written) || (written == 2 && after_inet6)) {
                context.report(
                    "version-conflict", Severity::error, ast::place(child, 0),
                    fmt::format("version {} conflicts with what stands above; keepalived passes over it", written));
            } else {
                if (version_line != nullptr) report_repeated(context, child, *version_line);
                version = written;
                version_line = &child;
            }
        } else if (id == "native_ipv6"_kw && instance.family == Family::inet && instance.family_from != nullptr) {
            auto& finding = context.report("native-ipv6-with-ipv4", Severity::error, child.head.where(),
                                           "the instance has IPv4 addresses; keepalived passes over native_ipv6");
            add_note(finding, instance.family_from->head.where(), "settled here");
        }
    }
    if (version == 2 && instance.version == 3 && instance.strict && instance.family == Family::inet6) {
        const auto* line = ast::last_valid(*instance.node, "version"_kw);
        context.report("ipv6-needs-version-3", Severity::error,
                       line == nullptr ? instance.node->head.where() : line->head.where(),
                       "IPv6 needs VRRP version 3 in strict mode; keepalived uses it");
    }
    if (vrf != nullptr && !instance.unicast()) {
        context.report("vrf-with-interface", Severity::error, vrf->head.where(),
                       "vrf works with unicast peers only; keepalived clears it");
    }
}

/// keepalived allows several instances to name the sync daemon's interface, but takes one.
void check_sync_daemon(const Context& context, const VrrpInstance& instance, const Node*& first) {
    for (const auto& child : instance.node->children) {
        if (child.keyword == nullptr || !child.valid || child.keyword->id != "lvs_sync_daemon_interface"_kw) continue;
        if (first != nullptr) {
            auto& finding = context.report("lvs-sync-repeated", Severity::error, child.head.where(),
                                           "the sync daemon has an interface already; keepalived keeps the first");
            add_note(finding, first->head.where(), "the first is here");
        } else {
            first = &child;
        }
    }
}

/// Whether an instance has lines for other machines, `@id keyword': they may hold what it lacks here.
bool has_lines_for_others(const Context& context, const Node& instance) {
    const source::Range head = instance.head.where().range;
    const source::Range close = instance.braces == nullptr ? head : instance.braces->close.location().range;
    if (close.file != head.file) return false;
    for (std::uint32_t number = head.begin.line; number <= close.begin.line; ++number) {
        std::string_view line = context.sources.line(head.file, number);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.starts_with('@')) return true;
    }
    return false;
}

/// Up to 2.2.7 keepalived wants an interface of unicast instances, too.
constexpr keywords::Version unicast_without_interface{2, 2, 8};

void check_interface(const Context& context, const VrrpInstance& instance) {
    if (!instance.interface.empty()) return;
    const auto report = [&](std::string message) {
        context.report("interface-missing",
                       has_lines_for_others(context, *instance.node) ? Severity::warning : Severity::error,
                       instance.node->head.where(), std::move(message));
    };
    const bool explained = instance.node->has("interface"_kw);
    if (!instance.unicast_configured) {
        if (!explained) report(fmt::format("{} has no interface: keepalived does not start VRRP", called(instance)));
    } else if (!instance.source) {
        report(fmt::format("{} has neither interface nor unicast_src_ip: keepalived does not start VRRP",
                           called(instance)));
    } else if (instance.family == Family::inet6 && ast::is_link_local(*instance.source)) {
        report(fmt::format("{} sends from a link-local address, which needs an interface", called(instance)));
    } else if (context.target < unicast_without_interface && !explained) {
        report(fmt::format("{} has no interface, which keepalived {} wants for unicast, too: it does not start VRRP",
                           called(instance), context.target.to_string()));
    }
}

const Node* global_sync_daemon(const Context& context) {
    for (const auto& node : context.root.children) {
        if (!node.is("global_defs"_kw)) continue;
        if (const auto* daemon = ast::last_valid(node, "lvs_sync_daemon"_kw)) return daemon;
    }
    return nullptr;
}

}  // namespace

std::span<const RulePage> identity_pages() {
    return pages;
}

void check_identity(const Context& context, const model::VrrpConfiguration& vrrp) {
    const Node* sync_daemon = global_sync_daemon(context);
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr) {
            auto& finding =
                context.report("instance-repeated", Severity::error, ast::place(*instance.node, 0),
                               fmt::format("{} is defined already: keepalived skips this one", called(instance)));
            add_note(finding, instance.duplicate_of->node->head.where(), "the first is here");
            continue;
        }
        check_statements(context, instance);
        check_sync_daemon(context, instance, sync_daemon);
        if (!instance.vrid && !instance.node->has("virtual_router_id"_kw)) {
            context.report(
                "router-id-missing", Severity::error, instance.node->head.where(),
                fmt::format("{} has no virtual_router_id: keepalived does not start VRRP", called(instance)));
        }
        check_interface(context, instance);
    }
}

}  // namespace lbctl::validate
