#include "grammar/model/lvs_virtual_server.h"

#include <arpa/inet.h>

#include <map>
#include <span>
#include <string>
#include <utility>

#include "grammar/ast/argument_values.h"
#include "grammar/keywords/scheduler_flag.h"
#include "grammar/model/lvs_forwarding.h"

namespace lbctl::model {

namespace {

/// What persistence_engine may be long.
constexpr std::size_t longest_engine = 15;

/// Walks the statements of one virtual_server in file order: what a server inherits, and which family counts, depends
/// on what stood above it.
class Reader {
public:
    explicit Reader(VirtualServer& service) : service_(service) {}

    bool read_head(const Groups& groups) {
        const ast::Node& node = *service_.node;
        const std::string_view first = ast::text(node, 0);
        if (first == "fwmark") {
            const auto mark = ast::fwmark(ast::text(node, 1));
            if (!mark) return false;
            service_.head = FwmarkHead{*mark};
            return true;
        }
        if (first == "group") {
            if (node.arguments.size() < 2) return false;
            const std::string_view name = ast::text(node, 1);
            const auto found = groups.find(name);
            service_.head = GroupHead{name, found == groups.end() ? nullptr : found->second};
            return true;
        }
        const auto address = ast::plain_address(node, 0);
        const auto number = ast::port(node, 1);
        if (!address || !number) return false;
        service_.head = AddressHead{*address, *number};
        settle_family(node, address->family());
        return true;
    }

    void read_body() {
        for (const ast::Node& child : service_.node->children) {
            if (child.keyword != nullptr) read(child, *child.keyword);
        }
        // keepalived looks at the sorry server's family last.
        if (service_.sorry_server) {
            SorryServer& sorry = *service_.sorry_server;
            sorry.fits_family = fits_family(*sorry.node, sorry.address, sorry.forwarding);
        }
    }

private:
    void read(const ast::Node& child, const keywords::Keyword& keyword) {
        if (keyword.id == "lvs_method"_kw || keyword.id == "lb_kind"_kw) {
            read_forwarding(child, service_.forwarding);
        } else if (keyword.id == "sorry_server_lvs_method"_kw) {
            if (service_.sorry_server) read_forwarding(child, service_.sorry_server->forwarding);
        } else if (!child.valid) {
            // The only setting that a fault sets back.
            if (keyword.id == "quorum"_kw) service_.quorum = 1;
        } else if (keyword.id == "real_server"_kw) {
            read_real_server(child);
        } else if (keyword.id == "sorry_server"_kw) {
            read_sorry_server(child);
        } else if (keyword.id == "sorry_server_inhibit"_kw) {
            if (service_.sorry_server) service_.sorry_server->inhibit = true;
        } else {
            read_setting(child, keyword);
        }
    }

    void read_setting(const ast::Node& child, const keywords::Keyword& keyword) {
        service_.settings.push_back(&child);
        if (keyword.id == "lb_algo"_kw || keyword.id == "lvs_sched"_kw) {
            service_.scheduler = ast::text(child, 0);
        } else if (keyword.id == "protocol"_kw) {
            read_protocol(ast::text(child, 0));
        } else if (keyword.id == "ip_family"_kw) {
            settle_family(child, ast::text(child, 0) == "inet6" ? Family::inet6 : Family::inet);
        } else if (keyword.id == "persistence_timeout"_kw) {
            service_.persistence_timeout =
                static_cast<std::uint32_t>(ast::integer(child, 0).value_or(default_persistence));
        } else if (keyword.id == "persistence_granularity"_kw) {
            read_granularity(child);
        } else if (keyword.id == "persistence_engine"_kw) {
            service_.persistence_engine = ast::text(child, 0).substr(0, longest_engine);
        } else if (keyword.id == "weight"_kw) {
            service_.weight = static_cast<std::uint32_t>(ast::leading_integer(child, 0).value_or(1));
        } else if (keyword.id == "quorum"_kw) {
            service_.quorum = static_cast<std::uint64_t>(ast::leading_integer(child, 0).value_or(1));
        } else if (keyword.id == "hysteresis"_kw) {
            service_.hysteresis = static_cast<std::uint64_t>(ast::leading_integer(child, 0).value_or(0));
        } else if (keyword.id == "inhibit_on_failure"_kw) {
            service_.inhibit_on_failure = true;
        } else if (keyword.id == "alpha"_kw) {
            service_.alpha = true;
        } else if (keyword.id == "ops"_kw) {
            service_.one_packet = true;
        } else {
            read_flag(keyword.name);
        }
    }

    /// A word of one scheduler counts only below the line that names it.
    void read_flag(std::string_view name) {
        const keywords::SchedulerFlag* flag = keywords::find_scheduler_flag(name);
        if (flag != nullptr && flag->goes_with(service_.scheduler)) service_.scheduler_flags |= flag->bit;
    }

    void read_protocol(std::string_view word) {
        const char first = word.empty() ? ' ' : word.front();
        if (first == 'T' || first == 't') service_.protocol = Protocol::tcp;
        if (first == 'U' || first == 'u') service_.protocol = Protocol::udp;
        if (first == 'S' || first == 's') service_.protocol = Protocol::sctp;
    }

    /// One that does not fit the family is as if it were not there.
    void read_granularity(const ast::Node& child) {
        const std::string_view word = ast::text(child, 0);
        const Family by_word = word.find('.') == std::string_view::npos ? Family::inet6 : Family::inet;
        Granularity granularity{service_.family.value_or(by_word), 0};
        if (granularity.family == Family::inet) {
            in_addr mask{};
            if (inet_aton(std::string(word).c_str(), &mask) == 0) return;
            granularity.mask = mask.s_addr;
        } else {
            const auto length = ast::integer(word);
            if (!length || *length < 1 || *length > 128) return;
            granularity.mask = static_cast<std::uint32_t>(*length);
        }
        settle_family(child, granularity.family);
        service_.granularity = granularity;
        if (!service_.persistence_timeout) service_.persistence_timeout = default_persistence;
    }

    void read_sorry_server(const ast::Node& child) {
        const auto address = ast::plain_address(child, 0);
        const auto number = ast::port(child, 1);
        if (!address || !number) return;
        service_.sorry_server =
            SorryServer{.node = &child, .address = *address, .port = *number, .forwarding = service_.forwarding};
    }

    void read_real_server(const ast::Node& child) {
        const auto address = ast::plain_address(child, 0);
        const auto number = ast::port(child, 1);
        if (!address || !number) return;
        RealServer& server = service_.real_servers.emplace_back();
        server.node = &child;
        server.address = *address;
        server.port = *number;
        server.forwarding = service_.forwarding;
        for (const ast::Node& statement : child.children) {
            if (statement.keyword != nullptr) read_statement(server, statement, *statement.keyword);
        }
        server.fits_family = fits_family(child, server.address, server.forwarding);
        if (server.fits_family) server.duplicate_of = first_with_address_of(server);
    }

    static void read_statement(RealServer& server, const ast::Node& statement, const keywords::Keyword& keyword) {
        const keywords::KeywordId id = keyword.id;
        if (id == "lvs_method"_kw) {
            read_forwarding(statement, server.forwarding);
        } else if (!statement.valid) {
            return;
        } else if (keyword.opens_block()) {
            ++server.checker_count;
            if (id == "FILE_CHECK"_kw || id == "BFD_CHECK"_kw) server.tracks_others = true;
        } else if (id == "weight"_kw) {
            server.weight = number_of(statement);
        } else if (id == "uthreshold"_kw) {
            server.upper_threshold = number_of(statement);
        } else if (id == "lthreshold"_kw) {
            server.lower_threshold = number_of(statement);
        } else if (id == "inhibit_on_failure"_kw) {
            server.inhibit_on_failure = ast::switched_on(statement);
        } else if (id == "alpha"_kw) {
            server.alpha = ast::switched_on(statement);
        }
    }

    static std::uint32_t number_of(const ast::Node& statement) {
        return static_cast<std::uint32_t>(ast::leading_integer(statement, 0).value_or(0));
    }

    void settle_family(const ast::Node& node, Family family) {
        if (service_.family) return;
        service_.family = family;
        service_.family_from = &node;
    }

    /// A server that is not tunnelled has to have the virtual server's family, or fixes it.
    bool fits_family(const ast::Node& server, const IpAddress& address, const std::optional<Forwarding>& forwarding) {
        if (is_tunnel(forwarding)) return true;
        settle_family(server, address.family());
        return service_.family == address.family();
    }

    /// `server` is the last of those that have been read. Few of them make a plain search the fastest.
    const ast::Node* first_with_address_of(const RealServer& server) {
        constexpr std::size_t few = 32;
        const std::span others(service_.real_servers.data(), service_.real_servers.size() - 1);
        if (others.size() < few) {
            for (const RealServer& other : others) {
                if (other.fits_family && other.port == server.port && other.address == server.address)
                    return other.node;
            }
            return nullptr;
        }
        if (seen_.empty()) {
            for (const RealServer& other : others) {
                if (other.fits_family) seen_.emplace(std::pair(other.address, other.port), other.node);
            }
        }
        const auto [found, fresh] = seen_.emplace(std::pair(server.address, server.port), server.node);
        return fresh ? nullptr : found->second;
    }

    VirtualServer& service_;
    std::map<std::pair<IpAddress, std::uint16_t>, const ast::Node*> seen_;  ///< once there are many
};

}  // namespace

bool bind_virtual_server(const ast::Node& node, const Groups& groups, VirtualServer& service) {
    if (!node.valid || !node.is("virtual_server"_kw)) return false;
    std::vector<RealServer> servers = std::move(service.real_servers);
    std::vector<const ast::Node*> settings = std::move(service.settings);
    servers.clear();
    settings.clear();
    service = {.node = &node, .real_servers = std::move(servers), .settings = std::move(settings)};
    Reader reader(service);
    if (!reader.read_head(groups)) return false;
    reader.read_body();
    return true;
}

void remove_dropped_servers(VirtualServer& service) {
    std::erase_if(service.real_servers, [](const RealServer& server) { return !server.is_taken(); });
    if (service.sorry_server && !service.sorry_server->fits_family) service.sorry_server.reset();
}

}  // namespace lbctl::model
