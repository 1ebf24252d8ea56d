#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/keywords/scheduler_flag.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/validate/checks.h"
#include "grammar/validate/lvs_names.h"

// Rules for virtual_server: its head, its options, what keepalived fills in or resets.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::VirtualServer;

constexpr RulePage pages[] = {
    {"service-repeated", "lvs", Severity::warning, "A second virtual_server for the same address, mark or group",
     "keepalived takes both without a word and lets them work on one IPVS service: what the second block says about "
     "scheduler, protocol or real servers fights with the first. Put everything into one block. (The same address with "
     "another protocol is another service and fine.)",
     "virtual_server 10.0.0.1 80 { ... }\nvirtual_server 10.0.0.1 80 { ... }"},
    {"service-group-missing", "lvs", Severity::warning, "A virtual_server for a group that is not there",
     "keepalived drops the virtual server, and says so only in its log: `keepalived -t' is silent. Define the group "
     "with virtual_server_group, or correct the name.",
     "virtual_server group web { ... }"},
    {"service-group-family", "lvs", Severity::warning, "A group and its virtual server are of different families",
     "keepalived drops the virtual server, and says so only in its log. All addresses of the group have to be of the "
     "family of the virtual server and its real servers (tunnels apart).",
     ""},
    {"service-without-real-servers", "lvs", Severity::error, "A virtual_server without a usable real_server",
     "keepalived removes the virtual server: nothing of it reaches the kernel. Add a real_server; a sorry_server alone "
     "is not enough.",
     "virtual_server 10.0.0.1 80 {\n    protocol TCP\n}"},
    {"fwmark-zero", "lvs", Severity::warning, "A virtual_server with fwmark 0",
     "Mark 0 is the mark of packets without one; the kernel takes no such service. Use a mark from 1 on.",
     "virtual_server fwmark 0 { ... }"},
    {"protocol-missing", "lvs", Severity::warning, "A virtual_server without protocol",
     "keepalived reports it and uses UDP, which is seldom meant. Write `protocol TCP' (or UDP, SCTP).",
     "virtual_server 10.0.0.1 80 {\n    real_server 10.0.0.2 80 { }\n}"},
    {"protocol-with-fwmark", "lvs", Severity::error, "A protocol for a firewall mark",
     "A service by firewall mark takes whatever carries the mark; keepalived reports the protocol and drops it. Leave "
     "it out.",
     "virtual_server fwmark 1 {\n    protocol TCP\n}"},
    {"zero-port-without-persistence", "lvs", Severity::error, "A virtual_server for every port, not persistent",
     "The kernel takes port 0 for persistent services only, so keepalived reports it and sets persistence_timeout to "
     "360 seconds. Write the port, or persistence_timeout.",
     "virtual_server 10.0.0.1 {\n    protocol TCP\n}"},
    {"scheduler-missing", "lvs", Severity::warning, "A virtual_server without lvs_sched",
     "keepalived reports it and uses wlc. Say which scheduler you want.",
     "virtual_server 10.0.0.1 80 { protocol TCP }"},
    {"forwarding-missing", "lvs", Severity::warning, "No forwarding method, neither on the server nor on the service",
     "keepalived reports it and uses NAT. Write `lvs_method NAT', `DR' or `TUN'.",
     "virtual_server 10.0.0.1 80 {\n    lvs_sched rr\n}"},
    {"ops-needs-udp", "lvs", Severity::error, "One-packet scheduling for a protocol that is not UDP",
     "keepalived reports `ops' and clears it: it works for UDP and for firewall marks only.", "protocol TCP\nops"},
    {"ha-suspend-with-fwmark", "lvs", Severity::error, "ha_suspend on a service by firewall mark",
     "ha_suspend follows the address of the virtual server; a mark has none. keepalived reports it and clears it.",
     "virtual_server fwmark 1 {\n    ha_suspend\n}"},
    {"family-conflict", "lvs", Severity::error, "ip_family against the family of the addresses",
     "The family was settled by an address above; keepalived reports the line and passes over it.",
     "virtual_server 10.0.0.1 80 {\n    ip_family inet6\n}"},
    {"granularity-family",
     "lvs",
     Severity::error,
     "persistence_granularity of the wrong family",
     "An IPv4 service takes a netmask such as 255.255.255.0, an IPv6 service a prefix length 1-128. keepalived reports "
     "a netmask for IPv6 and passes over it; a lone number for IPv4 it takes for a mask: 24 is 0.0.0.24.",
     "virtual_server fd00::1 80 {\n    persistence_granularity 255.255.255.0\n}",
     {{{Severity::warning, "of a number for IPv4, which keepalived takes for a mask without a word"}}}},
    {"tunnel-options", "lvs", Severity::error, "Tunnel options that do not go together",
     "A gue tunnel needs a port and only it has one; ipip has no checksum option; gre has no remcsum. keepalived "
     "reports the line and keeps the default tunnel.",
     "lvs_method TUN type gue"},
    {"scheduler-flag", "lvs", Severity::error, "A scheduler flag without its scheduler above it",
     "sh-port and sh-fallback belong to `lvs_sched sh', mh-port and mh-fallback to `lvs_sched mh', and keepalived "
     "looks only at what stands above: move the scheduler up.",
     "lvs_sched rr\nsh-port"},
    {"sorry-server-missing", "lvs", Severity::error, "A sorry_server setting without a sorry_server above it",
     "keepalived reports sorry_server_inhibit and sorry_server_lvs_method and passes over them unless a sorry_server "
     "stands above in the block.",
     "sorry_server_inhibit\nsorry_server 10.0.0.9 80"},
    {"sorry-server-family", "lvs", Severity::error, "A sorry server of another family",
     "keepalived drops the sorry server: only tunnels go from one family to the other.",
     "virtual_server 10.0.0.1 80 {\n    sorry_server fd00::9 80\n}"},
};

void report_tunnel(const Context& context, const Node& method) {
    std::string_view type = "ipip";
    std::string_view checksum = "nocsum";
    bool has_port = false;
    for (std::size_t word = 1; word < method.arguments.size(); ++word) {
        const auto option = ast::text(method, word);
        if (option == "type") type = ast::text(method, ++word);
        if (option == "port") has_port = ast::integer(method, ++word).value_or(0) != 0;
        if (option == "csum" || option == "remcsum" || option == "nocsum") checksum = option;
    }
    std::string message;
    if (type == "gue" && !has_port) {
        message = "a gue tunnel needs a port: `type gue port 6080'";
    } else if (type != "gue" && has_port) {
        message = fmt::format("only gue tunnels have a port, not {}", type);
    } else if (type == "ipip" && checksum != "nocsum") {
        message = "ipip tunnels have no checksum option";
    } else if (type == "gre" && checksum == "remcsum") {
        message = "gre tunnels have no remote checksum";
    }
    if (!message.empty()) context.report("tunnel-options", Severity::error, method.head.where(), message);
}

/// Flags that go with one scheduler have to stand below the line that names it.
void check_scheduler_flag(const Context& context, const Node& line, std::string_view scheduler) {
    const keywords::KeywordId id = line.keyword->id;
    const keywords::SchedulerFlag* flag = keywords::find_scheduler_flag(line.keyword->name);
    // `hashed' goes with all schedulers that have flags of their own.
    const bool any_hashing = id == "hashed"_kw;
    if (!any_hashing && (flag == nullptr || flag->scheduler.empty())) return;
    if (!keywords::has_own_flags(scheduler)) {
        context.report("scheduler-flag", Severity::error, line.head.where(),
                       fmt::format("{} belongs to lvs_sched {}, and no such line stands above it",
                                   in_quotes(line.keyword->name), any_hashing ? "sh" : flag->scheduler));
    } else if (!any_hashing && !flag->goes_with(scheduler)) {
        context.report("scheduler-flag", Severity::warning, line.head.where(),
                       fmt::format("{} means nothing to lvs_sched {}", in_quotes(line.keyword->name), scheduler));
    }
}

/// What depends on the order of the statements.
void check_statements(const Context& context, const VirtualServer& service) {
    std::string_view scheduler;
    bool has_sorry_server = false;
    for (const auto& child : service.node->children) {
        if (!child.valid || child.keyword == nullptr) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "real_server"_kw) continue;
        if (id == "lvs_sched"_kw || id == "lb_algo"_kw) scheduler = ast::text(child, 0);
        if (id == "sorry_server"_kw) has_sorry_server = true;
        check_scheduler_flag(context, child, scheduler);
        if ((id == "sorry_server_inhibit"_kw || id == "sorry_server_lvs_method"_kw) && !has_sorry_server) {
            context.report("sorry-server-missing", Severity::error, child.head.where(),
                           fmt::format("{} needs a sorry_server above it", in_quotes(child.keyword->name)));
        }
        if (id == "lvs_method"_kw || id == "lb_kind"_kw || id == "sorry_server_lvs_method"_kw)
            report_tunnel(context, child);
    }
}

/// The family is settled by the first thing that has one; what comes later has to agree.
void check_families(const Context& context, const VirtualServer& service) {
    const auto may_conflict = [](const Node* line) {
        return line->is("ip_family"_kw) || line->is("persistence_granularity"_kw);
    };
    if (!service.family || std::ranges::none_of(service.settings, may_conflict)) return;
    for (const auto& child : service.node->children) {
        if (!child.valid || child.keyword == nullptr) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "real_server"_kw) {
            if (&child == service.family_from) break;
            continue;
        }
        if (id == "ip_family"_kw && ast::text(child, 0) != to_string(*service.family) &&
            &child != service.family_from) {
            auto& finding = context.report("family-conflict", Severity::error, ast::place(child, 0),
                                           fmt::format("the virtual server is {} already", to_string(*service.family)));
            add_note(finding, service.family_from->head.where(), "settled here");
        }
        if (id == "persistence_granularity"_kw && &child != service.family_from) {
            const bool is_mask = ast::text(child, 0).find('.') != std::string_view::npos;
            if (is_mask == (service.family == Family::inet6)) {
                // A lone number is an IPv4 address to keepalived: 24 is 0.0.0.24.
                context.report("granularity-family", is_mask ? Severity::error : Severity::warning,
                               ast::place(child, 0),
                               is_mask ? "an IPv6 service takes a prefix length 1-128 here, not a netmask"
                                       : fmt::format("an IPv4 service takes a netmask here, such as 255.255.255.0; "
                                                     "keepalived reads 0.0.0.{}",
                                                     ast::text(child, 0)));
            }
        }
    }
}

Location place_of(const VirtualServer& service, keywords::KeywordId keyword) {
    const auto* node = ast::last_valid(*service.node, keyword);
    return node == nullptr ? service.node->head.where() : node->head.where();
}

/// The first server that keepalived keeps and that no forwarding method is for; null: there is none.
const Node* first_without_forwarding(const VirtualServer& service) {
    if (service.forwarding) return nullptr;
    for (const model::RealServer& real : service.real_servers) {
        if (real.is_taken() && !real.forwarding) return real.node;
    }
    const auto& sorry = service.sorry_server;
    return sorry && sorry->fits_family && !sorry->forwarding ? sorry->node : nullptr;
}

/// Services of groups are looked at when all of the file has been read: `lvs` has all groups.
void check_group_reference(const Context& context, const VirtualServer& service, const model::Lvs& lvs) {
    const auto* head = std::get_if<model::GroupHead>(&service.head);
    if (head == nullptr) return;
    const auto dropped = std::ranges::find(lvs.groups, head->name, &model::VirtualServerGroup::name);
    if (head->group == nullptr && dropped != lvs.groups.end()) {
        context.report(
            "service-group-missing", Severity::warning, ast::place(*service.node, 1),
            fmt::format("virtual_server_group {} {}: keepalived drops it, and this virtual server without a word",
                        in_quotes(head->name), dropped->entries.empty() ? "has no usable entry" : "mixes families"));
        return;
    }
    if (head->group == nullptr) {
        context.report(
            "service-group-missing", Severity::warning, ast::place(*service.node, 1),
            fmt::format("there is no virtual_server_group {}: keepalived drops this virtual server without a word",
                        in_quotes(head->name)));
        return;
    }
    if (model::clashes_with_group(service)) {
        auto& finding =
            context.report("service-group-family", Severity::warning, ast::place(*service.node, 1),
                           fmt::format("group {} is not of the family of its real servers ({}): keepalived drops "
                                       "this virtual server without a word",
                                       in_quotes(head->name), to_string(*service.family)));
        add_note(finding, head->group->node->head.where(), "the group");
    }
}

SeenServices::Head head_of(const VirtualServer& service) {
    const std::size_t kind = service.head.index();
    if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head))
        return {{}, mark->mark, kind, {}, service.protocol, service.family};
    if (const auto* group = std::get_if<model::GroupHead>(&service.head))
        return {{}, 0, kind, std::string(group->name), service.protocol, {}};
    const auto& address = std::get<model::AddressHead>(service.head);
    return {address.address, address.port, kind, {}, service.protocol, {}};
}

}  // namespace

std::span<const RulePage> service_pages() {
    return pages;
}

void check_repeated_service(const Context& context, const VirtualServer& service, SeenServices& seen) {
    if (const auto* head = std::get_if<model::GroupHead>(&service.head)) seen.groups.emplace(head->name);
    const auto [found, fresh] = seen.heads.emplace(head_of(service), service.node->head.where());
    if (fresh) return;
    auto& finding = context.report("service-repeated", Severity::warning, service.node->head.where(),
                                   fmt::format("virtual server {} is defined a second time", label_of(service)));
    add_note(finding, found->second, "the first is here");
}

void check_service_head(const Context& context, const VirtualServer& service, const model::Lvs& lvs) {
    const auto& head = service.node->head.where();
    check_group_reference(context, service, lvs);
    if (model::has_mark_zero(service)) {
        context.report("fwmark-zero", Severity::warning, ast::place(*service.node, 1), "firewall mark 0 marks nothing");
    }
    // Real servers that keepalived refuses have their own findings.
    if (!service.node->has("real_server"_kw)) {
        context.report("service-without-real-servers", Severity::error, head,
                       fmt::format("virtual server {} has no real server: keepalived drops it", label_of(service)));
    }
    if (service.sorry_server && !service.sorry_server->fits_family) {
        context.report(
            "sorry-server-family", Severity::error, ast::place(*service.sorry_server->node, 0),
            fmt::format("the virtual server is {}: keepalived drops this sorry server", to_string(*service.family)));
    }
    check_statements(context, service);
    check_families(context, service);
}

void check_service_options(const Context& context, const VirtualServer& service) {
    const auto& head = service.node->head.where();
    if (model::is_dropped(service)) return;  // nothing else is looked at
    const auto* group = model::group_of(service);
    const bool by_mark = group != nullptr ? group->has_fwmark : model::is_marked(service);
    if (by_mark && ast::given(*service.node, "ha_suspend"_kw)) {
        context.report("ha-suspend-with-fwmark", Severity::error, place_of(service, "ha_suspend"_kw),
                       "ha_suspend does not work with firewall marks; keepalived clears it");
    }
    if (model::has_addresses(service)) {
        if (!service.protocol) {
            context.report("protocol-missing", Severity::warning, head,
                           fmt::format("virtual server {} has no protocol: keepalived uses UDP", label_of(service)));
        }
        const auto protocol = service.protocol.value_or(model::Protocol::udp);
        if (protocol != model::Protocol::udp && ast::given(*service.node, "ops"_kw)) {
            context.report(
                "ops-needs-udp", Severity::error, place_of(service, "ops"_kw),
                fmt::format("`ops' works with UDP only, not with {}; keepalived clears it", to_string(protocol)));
        }
    } else if (service.protocol && by_mark) {
        auto& finding = context.report("protocol-with-fwmark", Severity::error, place_of(service, "protocol"_kw),
                                       "a service by firewall mark has no protocol; keepalived drops it");
        finding.remedy = {source::Remedy::Kind::leave_out_line, {}, source::Applicability::safe};
    }
    if (const Node* cause = service.persistence_timeout ? nullptr : model::cause_of_every_port(service)) {
        auto& finding =
            context.report("zero-port-without-persistence", Severity::error, head,
                           fmt::format("virtual server {} is for every port, which needs persistence: keepalived sets "
                                       "persistence_timeout 360",
                                       label_of(service)));
        if (cause != service.node) add_note(finding, cause->head.where(), "because of this line of the group");
    }
    if (service.scheduler.empty()) {
        context.report("scheduler-missing", Severity::warning, head,
                       fmt::format("virtual server {} has no lvs_sched: keepalived uses wlc", label_of(service)));
    }
    if (const Node* server = first_without_forwarding(service)) {
        auto& finding =
            context.report("forwarding-missing", Severity::warning, head,
                           fmt::format("virtual server {} has no lvs_method: keepalived uses NAT", label_of(service)));
        add_note(finding, server->head.where(), "needed here");
    }
}

}  // namespace lbctl::validate
