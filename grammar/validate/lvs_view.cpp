#include "grammar/validate/lvs_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/ast/reading.h"

namespace lbctl::validate {

namespace {

using ast::Node;
using ast::text;

bool is(const Node& node, std::string_view name) {
    return node.keyword != nullptr && node.keyword->name == name;
}

/// Reads the lines of one group.
class GroupReader {
public:
    explicit GroupReader(GroupView& group) : group_(group) {}

    void read() {
        for (const auto& entry : group_.node->children) {
            if (!entry.valid || entry.arguments.empty()) continue;
            if (text(entry, 0) == "fwmark") {
                read_mark(entry);
            } else {
                read_address(entry);
            }
        }
        group_.usable =
            !group_.entries.empty() && !(group_.has_inet && group_.has_inet6 && group_.fwmark_without_family);
    }

private:
    void read_mark(const Node& entry) {
        GroupEntry result{.node = &entry, .is_fwmark = true};
        if (text(entry, 2) == "inet") result.family = Family::inet;
        if (text(entry, 2) == "inet6") result.family = Family::inet6;
        group_.has_fwmark = true;
        group_.fwmark_without_family = group_.fwmark_without_family || !result.family;
        take(result);
    }

    void read_address(const Node& entry) {
        const auto start = ast::plain_address(text(entry, 0));
        const auto port = ast::port(text(entry, 1));
        if (!start || !port) return;
        group_.has_addresses = true;
        take({.node = &entry, .is_fwmark = false, .family = start->family(), .port = *port});
    }

    void take(const GroupEntry& entry) {
        if (entry.family == Family::inet) group_.has_inet = true;
        if (entry.family == Family::inet6) group_.has_inet6 = true;
        group_.entries.push_back(entry);
    }

    GroupView& group_;
};

/// Walks the statements of one virtual_server in file order: what a real server inherits and which family counts
/// depends on what stood above it.
class ServiceReader {
public:
    explicit ServiceReader(ServiceView& service) : service_(service) {}

    void read() {
        for (const auto& child : service_.node->children) {
            if (child.valid && child.keyword != nullptr) take(child);
        }
        settle_sorry_server();
        finish();
    }

private:
    void settle(const Node& node, Family family) {
        if (service_.family) return;
        service_.family = family;
        service_.family_from = &node;
    }

    void take(const Node& child) {
        const auto name = child.keyword->name;
        if (name == "real_server") {
            take_real_server(child);
        } else if (name == "lvs_method" || name == "lb_kind") {
            service_.forwarding = forwarding_of(text(child, 0));
        } else if (name == "lvs_sched" || name == "lb_algo") {
            service_.scheduler = text(child, 0);
        } else if (name == "protocol") {
            take_protocol(text(child, 0));
        } else if (name == "ip_family") {
            settle(child, text(child, 0) == "inet6" ? Family::inet6 : Family::inet);
        } else if (name == "persistence_timeout") {
            service_.persistent = true;
        } else if (name == "persistence_granularity") {
            service_.persistent = true;
            settle(child, text(child, 0).find('.') == std::string_view::npos ? Family::inet6 : Family::inet);
        } else if (name == "quorum") {
            service_.quorum = ast::integer(child, 0).value_or(1);
        } else if (name == "hysteresis") {
            service_.hysteresis = ast::integer(child, 0).value_or(0);
        } else if (name == "weight") {
            service_.default_weight = ast::integer(child, 0).value_or(1);
        } else if (name == "inhibit_on_failure") {
            service_.inhibit = true;
        } else if (name == "alpha") {
            service_.alpha = true;
        } else if (name == "sorry_server") {
            take_sorry_server(child);
        } else if (name == "sorry_server_inhibit" && service_.sorry) {
            service_.sorry->inhibit = true;
        } else if (name == "sorry_server_lvs_method" && service_.sorry) {
            service_.sorry->forwarding = forwarding_of(text(child, 0));
        }
    }

    void take_protocol(std::string_view word) {
        const auto first = word.empty() ? ' ' : word.front();
        if (first == 'T' || first == 't') service_.protocol = Protocol::tcp;
        if (first == 'U' || first == 'u') service_.protocol = Protocol::udp;
        if (first == 'S' || first == 's') service_.protocol = Protocol::sctp;
    }

    void take_sorry_server(const Node& child) {
        const auto address = ast::plain_address(text(child, 0));
        const auto port = ast::port(text(child, 1));
        if (!address || !port) return;
        service_.sorry =
            SorryServerView{.node = &child, .address = *address, .port = *port, .forwarding = service_.forwarding};
    }

    void take_real_server(const Node& child) {
        const auto address = ast::plain_address(text(child, 0));
        const auto port = ast::port(text(child, 1));
        if (!address || !port) return;
        RealServerView real{.node = &child, .address = *address, .port = *port, .forwarding = service_.forwarding};
        for (const auto& statement : child.children) {
            if (!statement.valid || statement.keyword == nullptr) continue;
            if (is(statement, "weight")) real.written_weight = ast::integer(statement, 0);
            if (is(statement, "lvs_method")) real.forwarding = forwarding_of(text(statement, 0));
            if (is(statement, "inhibit_on_failure")) real.inhibit = ast::switched_on(statement);
            if (is(statement, "alpha")) real.alpha = ast::switched_on(statement);
            if (is(statement, "uthreshold")) real.upper_threshold = &statement;
            if (is(statement, "lthreshold")) real.lower_threshold = &statement;
            if (!statement.keyword->opens_block()) continue;
            ++real.checker_count;
            if (is(statement, "FILE_CHECK") || is(statement, "BFD_CHECK")) real.tracks_others = true;
        }
        if (real.forwarding != Forwarding::tunnel) {
            settle(child, address->family());
            real.fits_family = service_.family == address->family();
        }
        if (real.fits_family) note_duplicate(real);
        service_.reals.push_back(real);
    }

    /// Few real servers make a plain search the fastest.
    void note_duplicate(RealServerView& real) {
        if (service_.reals.size() < small) {
            for (const auto& other : service_.reals) {
                if (!other.fits_family || other.port != real.port || other.address != real.address) continue;
                real.duplicate_of = other.node;
                return;
            }
            return;
        }
        if (seen_.empty()) {
            for (const auto& other : service_.reals) seen_.emplace(with_port(other.address, other.port), other.node);
        }
        const auto [found, fresh] = seen_.emplace(with_port(real.address, real.port), real.node);
        if (!fresh) real.duplicate_of = found->second;
    }

    void settle_sorry_server() {
        if (!service_.sorry || service_.sorry->forwarding == Forwarding::tunnel) return;
        settle(*service_.sorry->node, service_.sorry->address.family());
        service_.sorry->fits_family = service_.family == service_.sorry->address.family();
    }

    void finish() {
        for (auto& real : service_.reals) {
            real.weight = real.written_weight.value_or(service_.default_weight);
            if (real.forwarding != Forwarding::unset || !real.fits_family || real.duplicate_of != nullptr) continue;
            if (service_.forwarding == Forwarding::unset && service_.first_without_forwarding == nullptr) {
                service_.first_without_forwarding = real.node;
            }
            real.forwarding = service_.forwarding == Forwarding::unset ? Forwarding::nat : service_.forwarding;
        }
        if (service_.sorry && service_.sorry->forwarding == Forwarding::unset) {
            if (service_.forwarding == Forwarding::unset && service_.first_without_forwarding == nullptr) {
                service_.first_without_forwarding = service_.sorry->node;
            }
            service_.sorry->forwarding =
                service_.forwarding == Forwarding::unset ? Forwarding::nat : service_.forwarding;
        }
    }

    static constexpr std::size_t small = 32;
    ServiceView& service_;
    std::unordered_map<std::string, const Node*> seen_;
};

bool read_head(ServiceView& service, const std::unordered_map<std::string_view, const GroupView*>& groups) {
    const auto first = text(*service.node, 0);
    if (first == "fwmark") {
        service.kind = ServiceView::Kind::fwmark;
        const auto mark = ast::integer(*service.node, 1);
        if (!mark || *mark < 0 || *mark > 0xffffffffLL) return false;
        service.fwmark = *mark;
        return true;
    }
    if (first == "group") {
        service.kind = ServiceView::Kind::group;
        if (service.node->arguments.size() < 2) return false;
        service.group_name = text(*service.node, 1);
        const auto found = groups.find(service.group_name);
        service.group = found == groups.end() ? nullptr : found->second;
        return true;
    }
    const auto address = ast::plain_address(first);
    const auto port = ast::port(text(*service.node, 1));
    if (!address || !port) return false;
    service.address = *address;
    service.port = *port;
    service.family = address->family();
    service.family_from = service.node;
    return true;
}

}  // namespace

Forwarding forwarding_of(std::string_view word) {
    if (word == "NAT") return Forwarding::nat;
    if (word == "DR") return Forwarding::direct;
    if (word == "TUN") return Forwarding::tunnel;
    return Forwarding::unset;
}

std::string_view to_string(Forwarding forwarding) {
    switch (forwarding) {
        case Forwarding::nat:
            return "NAT";
        case Forwarding::direct:
            return "DR";
        case Forwarding::tunnel:
            return "TUN";
        case Forwarding::unset:
            break;
    }
    return "";
}

std::string_view to_string(Protocol protocol) {
    switch (protocol) {
        case Protocol::tcp:
            return "TCP";
        case Protocol::udp:
            return "UDP";
        case Protocol::sctp:
            return "SCTP";
        case Protocol::none:
            break;
    }
    return "";
}

bool ServiceView::depends_on_others() const {
    // A sync daemon carries no connections of mixed families.
    return kind == Kind::group || std::ranges::any_of(reals, [this](const RealServerView& real) {
               return real.tracks_others || (family && real.address.family() != *family);
           });
}

std::string ServiceView::label() const {
    switch (kind) {
        case Kind::fwmark:
            return fmt::format("fwmark {}", fwmark);
        case Kind::group:
            return fmt::format("group {}", group_name);
        case Kind::address:
            break;
    }
    return with_port(address, port);
}

std::vector<GroupView> resolve_groups(const Node& root) {
    std::vector<GroupView> groups;
    for (const auto& node : root.children) {
        if (!node.valid || !is(node, "virtual_server_group")) continue;
        GroupView group{.node = &node, .name = text(node, 0)};
        GroupReader(group).read();
        groups.push_back(std::move(group));
    }
    return groups;
}

bool resolve_service(const Node& node, const std::unordered_map<std::string_view, const GroupView*>& groups,
                     ServiceView& service) {
    std::vector<RealServerView> reals = std::move(service.reals);
    reals.clear();
    service = {.node = &node, .reals = std::move(reals)};
    if (!read_head(service, groups)) return false;
    ServiceReader(service).read();
    return true;
}

}  // namespace lbctl::validate
