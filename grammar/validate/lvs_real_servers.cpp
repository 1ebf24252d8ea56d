#include <algorithm>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/validate/checks.h"
#include "grammar/validate/lvs_names.h"

// Rules for real_server: families, ports, doubles, weights against the quorum.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::ForwardingKind;
using model::RealServer;
using model::VirtualServer;

constexpr RulePage pages[] = {
    {"real-server-family", "lvs", Severity::error, "A real server of another family than its virtual server",
     "keepalived drops the real server: only tunnels (lvs_method TUN) go from one family to the other.",
     "virtual_server 10.0.0.1 80 {\n    real_server fd00::2 80 { }\n}"},
    {"real-server-repeated", "lvs", Severity::error, "The same real server twice",
     "keepalived removes the second one with everything in it. If it shall have more connections, raise its weight.",
     "real_server 10.0.0.2 80 { }\nreal_server 10.0.0.2 80 { }"},
    {"port-mismatch", "lvs", Severity::error, "A real server's port differs and the method is not NAT",
     "With DR and TUN the packet reaches the real server as it came, so the kernel cannot change the port. keepalived "
     "reports it and uses the port of the virtual server. Write the same port, none, or use NAT.",
     "virtual_server 10.0.0.1 80 {\n    lvs_method DR\n    real_server 10.0.0.2 8080 { }\n}"},
    {"port-with-fwmark", "lvs", Severity::error, "A real server with a port behind a firewall mark, not NAT",
     "With DR and TUN the port stays what the client used. keepalived reports it and drops the port. Leave it out.",
     "virtual_server fwmark 1 {\n    lvs_method DR\n    real_server 10.0.0.2 80 { }\n}"},
    {"port-differs-from-group", "lvs", Severity::error, "A real server's port is not that of a line of the group",
     "With DR and TUN the port cannot change on the way. keepalived reports each line of the group whose port differs; "
     "leave the port of the real server out.",
     ""},
    {"sorry-inhibit-differs", "lvs", Severity::error,
     "The sorry server is also a real server, with another inhibit setting",
     "Both are one entry of the kernel's table, so they cannot differ; keepalived reports it and uses the real "
     "server's inhibit_on_failure. Give both the same, or take another sorry server.",
     ""},
    {"quorum-above-weight",
     "lvs",
     Severity::error,
     "The quorum is more than all real servers weigh together",
     "It could never be reached. keepalived reports it and lowers the quorum to the sum of the weights.",
     "quorum 5\nreal_server 10.0.0.2 80 { weight 1 }",
     {{{Severity::warning, "where all real servers have weight 0"}}}},
    {"hysteresis-above-quorum", "lvs", Severity::error, "The hysteresis is not below the quorum",
     "keepalived reports it and sets the hysteresis to quorum - 1.", "quorum 2\nhysteresis 2"},
    {"alpha-without-checkers", "lvs", Severity::warning, "alpha on a server that nothing checks",
     "alpha lets a server start as failed until its first check succeeds. A server without checkers is never checked "
     "and so is up from the start: alpha has no effect.",
     "real_server 10.0.0.2 80 {\n    alpha\n}"},
};

/// The port of its address; 0 when it has none.
std::uint16_t port_of(const VirtualServer& service) {
    const auto* address = std::get_if<model::AddressHead>(&service.head);
    return address == nullptr ? std::uint16_t{0} : address->port;
}

void report_port_mismatch(const Context& context, const VirtualServer& service, const Node& server,
                          ForwardingKind forwarding, std::uint16_t port) {
    auto& finding = context.report("port-mismatch", Severity::error, ast::place(server, 1),
                                   fmt::format("with {} the port cannot change: keepalived uses {} instead of {}",
                                               to_string(forwarding), port_of(service), port));
    finding.remedy = {source::Remedy::Kind::write, std::to_string(port_of(service))};
}

void check_port_in_group(const Context& context, const model::VirtualServerGroup& group, const Node& server,
                         ForwardingKind forwarding, std::uint16_t port) {
    for (const model::GroupEntry& entry : group.entries) {
        const auto* run = std::get_if<model::GroupAddresses>(&entry.what);
        if (run == nullptr || run->port == port) continue;
        auto& finding = context.report("port-differs-from-group", Severity::error, ast::place(server, 1),
                                       fmt::format("with {} the port cannot change, and group {} has other ports than "
                                                   "{}",
                                                   to_string(forwarding), in_quotes(group.name), port));
        add_note(finding, entry.node->head.where(), "such as this");
        return;
    }
}

void check_server_port(const Context& context, const VirtualServer& service, const RealServer& real) {
    if (real.port == 0) return;
    const ForwardingKind forwarding = model::forwarding_of(service, real).kind;
    if (forwarding == ForwardingKind::nat) return;
    const model::VirtualServerGroup* group = model::group_of(service);
    if (group == nullptr) {
        if (model::is_marked(service)) {
            auto& finding = context.report(
                "port-with-fwmark", Severity::error, ast::place(*real.node, 1),
                fmt::format("with {} a server behind a firewall mark has no port; keepalived drops the port",
                            to_string(forwarding)));
            finding.remedy = {source::Remedy::Kind::leave_out};
        } else if (port_of(service) != real.port) {
            report_port_mismatch(context, service, *real.node, forwarding, real.port);
        }
        return;
    }
    if (group->has_fwmark) {
        context.report("port-with-fwmark", Severity::error, ast::place(*real.node, 1),
                       fmt::format("with {} a server behind a firewall mark has no port; keepalived passes over it",
                                   to_string(forwarding)));
    }
    check_port_in_group(context, *group, *real.node, forwarding, real.port);
}

void check_sorry_port(const Context& context, const VirtualServer& service) {
    if (!service.sorry_server || !service.sorry_server->fits_family) return;
    const auto& sorry = *service.sorry_server;
    const ForwardingKind forwarding = model::forwarding_of(service, sorry).kind;
    if (forwarding == ForwardingKind::nat || sorry.port == 0) return;
    const model::VirtualServerGroup* group = model::group_of(service);
    const bool by_mark = group != nullptr ? group->has_fwmark : model::is_marked(service);
    if (by_mark) {
        context.report(
            "port-with-fwmark", Severity::error, ast::place(*sorry.node, 1),
            fmt::format("with {} a sorry server behind a firewall mark has no port; keepalived drops the port",
                        to_string(forwarding)));
    }
    if (group != nullptr) {
        check_port_in_group(context, *group, *sorry.node, forwarding, sorry.port);
    } else if (!by_mark && port_of(service) != sorry.port) {
        report_port_mismatch(context, service, *sorry.node, forwarding, sorry.port);
    }
}

/// The real server that is the same entry of the kernel's table as the sorry server.
void check_sorry_inhibit(const Context& context, const VirtualServer& service, const RealServer& real) {
    if (!service.sorry_server || !service.sorry_server->fits_family) return;
    const auto& sorry = *service.sorry_server;
    if (sorry.address != real.address || sorry.port != real.port) return;
    if (sorry.inhibit == model::inhibits_on_failure(service, real)) return;
    auto& finding = context.report("sorry-inhibit-differs", Severity::error, real.node->head.where(),
                                   "this is the sorry server, too, but only one of them inhibits on failure");
    add_note(finding, sorry.node->head.where(), "the sorry server");
}

void check_one(const Context& context, const VirtualServer& service, const RealServer& real) {
    check_sorry_inhibit(context, service, real);
    check_server_port(context, service, real);
    if (real.checker_count != 0 || !real.alpha.value_or(false)) return;
    for (const auto& child : real.node->children) {
        if (!child.valid || !child.is("alpha"_kw)) continue;
        context.report("alpha-without-checkers", Severity::warning, child.head.where(),
                       "alpha does nothing for a server without checkers");
    }
}

}  // namespace

std::span<const RulePage> real_server_pages() {
    return pages;
}

void check_real_servers(const Context& context, const VirtualServer& service) {
    const bool is_dropped = model::is_dropped(service);
    for (const auto& real : service.real_servers) {
        if (!real.fits_family) {
            auto& finding = context.report(
                "real-server-family", Severity::error, ast::place(*real.node, 0),
                fmt::format("the virtual server is {}: keepalived drops this real server", to_string(*service.family)));
            if (service.family_from != nullptr) add_note(finding, service.family_from->head.where(), "settled here");
        } else if (real.duplicate_of != nullptr) {
            auto& finding =
                context.report("real-server-repeated", Severity::error, ast::place(*real.node, 0),
                               fmt::format("real server {} is here already: keepalived drops the second one",
                                           with_port(real.address, real.port)));
            add_note(finding, real.duplicate_of->head.where(), "the first is here");
        } else if (!is_dropped) {
            check_one(context, service, real);
        }
    }
}

void check_service_ports(const Context& context, const VirtualServer& service) {
    const bool checked =
        std::ranges::any_of(service.real_servers, [](const RealServer& real) { return real.checker_count > 0; });
    if (service.alpha && !checked) {
        const auto* alpha = ast::last_valid(*service.node, "alpha"_kw);
        context.report("alpha-without-checkers", Severity::warning, alpha->head.where(),
                       "alpha does nothing: no real server has a checker");
    }
    if (!model::is_dropped(service)) check_sorry_port(context, service);
}

void check_quorum(const Context& context, const VirtualServer& service) {
    if (model::is_dropped(service)) return;
    std::uint64_t sum = 0;
    for (const auto& real : service.real_servers) {
        if (real.is_taken()) sum += model::weight_of(service, real);
    }
    const auto* quorum = ast::last_valid(*service.node, "quorum"_kw);
    const auto where = quorum == nullptr ? service.node->head.where() : ast::place(*quorum, 0);
    auto reached = service.quorum;
    if (service.quorum > sum) {
        // Servers that are drained, all of them, are no mistake: a saved table may well hold such a service.
        const bool drained = sum == 0 && quorum == nullptr && !service.real_servers.empty();
        context.report(
            "quorum-above-weight", drained ? Severity::warning : Severity::error, where,
            fmt::format("the quorum of {} is {}, but all its real servers together weigh {}: keepalived lowers it",
                        label_of(service), service.quorum, sum));
        reached = sum;
    }
    if (service.hysteresis >= reached && service.hysteresis > 0) {
        const auto* hysteresis = ast::last_valid(*service.node, "hysteresis"_kw);
        context.report("hysteresis-above-quorum", Severity::error,
                       hysteresis == nullptr ? where : ast::place(*hysteresis, 0),
                       fmt::format("hysteresis {} has to be below the quorum ({}); keepalived lowers it",
                                   service.hysteresis, reached));
    }
}

}  // namespace lbctl::validate
