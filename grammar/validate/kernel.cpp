#include <fmt/format.h>

#include <algorithm>

#include "grammar/ast/argument_values.h"
#include "grammar/model/kernel_limits.h"
#include "grammar/model/lvs.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/validate/checks.h"

// What keepalived takes without a word and the kernel then refuses, and where keepalived itself goes wrong.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::RealServer;
using model::VirtualServer;

constexpr RulePage pages[] = {
    {"server-address-refused", "kernel", Severity::error, "A real server with an address that the kernel refuses",
     "The kernel answers EINVAL, so the server is missing in the table, while keepalived believes that it serves. Real "
     "servers need unicast addresses; IPv6 ones no link-local or IPv4-mapped address.",
     "virtual_server 10.0.0.1 80 {\n    real_server 224.0.0.5 80 { }\n}"},
    {"engine-unknown", "kernel", Severity::error, "A persistence engine that the kernel does not have",
     "The kernel refuses the whole service, with all its servers. The only engine is sip.",
     "persistence_timeout 60\npersistence_engine http"},
    {"thresholds-reversed", "kernel", Severity::error, "lthreshold above uthreshold",
     "The kernel stops new connections at uthreshold and takes the server back below lthreshold, so the lower one has "
     "to be the smaller. It refuses the server otherwise, also when uthreshold is missing and so 0.",
     "uthreshold 10\nlthreshold 20"},
    {"mixed-family-with-sync", "kernel", Severity::error,
     "A tunnelled real server of the other family while a sync daemon runs",
     "The synchronisation protocol cannot carry connections of mixed families, so the kernel refuses such servers as "
     "long as any daemon runs.",
     "global_defs {\n    lvs_sync_daemon eth0\n}"},
    {"keepalived-differs", "kernel", Severity::info, "keepalived itself goes wrong here, and lbctl does what is meant",
     "Some correct configurations meet a fault of keepalived: ranges of a group that cross an octet, granularity with "
     "a group, NAT servers without a port in a group. lbctl makes the table that was meant; a keepalived that reads "
     "the same file makes another one.",
     "virtual_server_group g {\n    10.0.0.250-10.0.1.5 80\n}"},
};

void check_server_address(const Context& context, const Node& line, const IpAddress& address, std::string_view what) {
    const auto reason = model::refused_server_address(address);
    if (reason.empty()) return;
    context.report("server-address-refused", Severity::error, ast::place(line, 0),
                   fmt::format("the kernel takes no {} {}: it is {}", what, address.to_string(), reason));
}

void check_server(const Context& context, const RealServer& server) {
    check_server_address(context, *server.node, server.address, "real server");
    if (!model::refused_thresholds(server.lower_threshold, server.upper_threshold)) return;
    auto& finding = context.report("thresholds-reversed", Severity::error,
                                   ast::place(*ast::last_valid(*server.node, "lthreshold"_kw), 0),
                                   fmt::format("lthreshold {} is above uthreshold {}: the kernel refuses the server",
                                               server.lower_threshold, server.upper_threshold));
    if (const Node* upper = ast::last_valid(*server.node, "uthreshold"_kw))
        add_note(finding, upper->head.where(), "uthreshold");
    else
        finding.hint = "without uthreshold there is no limit to fall below";
}

void check_engine(const Context& context, const VirtualServer& service) {
    const auto name = service.persistence_engine;
    if (name.empty() || model::known_persistence_engine(name) || !model::persistence_of(service)) return;
    const Node* engine = ast::last_valid(*service.node, "persistence_engine"_kw);
    context
        .report("engine-unknown", Severity::error, ast::place(*engine, 0),
                fmt::format("the kernel has no persistence engine `{}', so it refuses this virtual server", name))
        .hint = "the only engine is sip";
}

void check_sync(const Context& context, const model::Lvs& lvs, const VirtualServer& service, const RealServer& server) {
    if (!lvs.sync_daemon || !service.family || server.address.family() == *service.family) return;
    auto& finding = context.report("mixed-family-with-sync", Severity::error, ast::place(*server.node, 0),
                                   "the kernel takes no real server of the other family while a sync daemon runs");
    add_note(finding, lvs.sync_daemon->node->head.where(), "the sync daemon");
}

bool same_network(const model::GroupAddresses& run) {
    const auto first = run.first.bytes();
    const auto last = run.last.bytes();
    const std::size_t counted = run.first.family() == Family::inet ? 1 : 2;
    return std::equal(first.begin(), first.end() - static_cast<std::ptrdiff_t>(counted), last.begin());
}

void check_group(const Context& context, const model::VirtualServerGroup& group) {
    for (const model::GroupEntry& entry : group.entries) {
        const auto* run = std::get_if<model::GroupAddresses>(&entry.what);
        if (run == nullptr || same_network(*run)) continue;
        context.report("keepalived-differs", Severity::info, entry.node->head.where(),
                       run->first.family() == Family::inet
                           ? "keepalived never comes to the end of a range that crosses the last octet"
                           : "keepalived counts a range that crosses the last 16 bits in the wrong network");
    }
}

void check_group_user(const Context& context, const VirtualServer& service) {
    if (!std::holds_alternative<model::GroupHead>(service.head)) return;
    if (const Node* granularity = ast::last_valid(*service.node, "persistence_granularity"_kw)) {
        context.report("keepalived-differs", Severity::info, granularity->head.where(),
                       "keepalived does not use the granularity of a virtual server with a group");
    }
    for (const RealServer& server : service.real_servers) {
        if (!server.is_taken() || server.port != 0) continue;
        if (model::forwarding_of(service, server).kind != model::ForwardingKind::nat) continue;
        context.report("keepalived-differs", Severity::info, server.node->head.where(),
                       "keepalived gives a NAT server without a port port 0 in a group, not the port of the line");
    }
}

}  // namespace

void check_kernel_service(const Context& context, const VirtualServer& service, const model::Lvs& lvs) {
    if (model::has_mark_zero(service)) return;  // never gets there
    for (const RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        check_server(context, server);
        check_sync(context, lvs, service, server);
    }
    if (service.sorry_server && service.sorry_server->fits_family)
        check_server_address(context, *service.sorry_server->node, service.sorry_server->address, "sorry server");
    check_engine(context, service);
    check_group_user(context, service);
}

void check_kernel_groups(const Context& context, const model::Lvs& lvs) {
    for (const model::VirtualServerGroup& group : lvs.groups) {
        if (group.is_usable() && !group.is_repeated) check_group(context, group);
    }
}

std::span<const RulePage> kernel_pages() {
    return pages;
}

}  // namespace lbctl::validate
