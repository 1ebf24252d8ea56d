#include "backend/table/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "backend/table/known_destinations.h"
#include "backend/table/track_file.h"
#include "grammar/ast/argument_values.h"
#include "grammar/model/checker.h"
#include "grammar/model/kernel_limits.h"
#include "grammar/model/lvs.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_file_check.h"
#include "grammar/model/lvs_quorum.h"
#include "grammar/model/lvs_virtual_server.h"

namespace lbctl::table {

namespace {

using model::ForwardingKind;
using model::RealServer;
using model::SorryServer;
using model::VirtualServer;

ForwardingMethod method_of(ForwardingKind kind) {
    switch (kind) {
        case ForwardingKind::nat:
            return ForwardingMethod::nat;
        case ForwardingKind::direct_routing:
            return ForwardingMethod::direct_routing;
        case ForwardingKind::tunnel:
            break;
    }
    return ForwardingMethod::tunnel;
}

Tunnel tunnel_of(const model::Forwarding& forwarding) {
    if (forwarding.kind != ForwardingKind::tunnel) return {};
    return {static_cast<TunnelType>(forwarding.tunnel), forwarding.tunnel_port,
            static_cast<TunnelChecksum>(forwarding.checksums)};
}

/// A destination before it is known which service it goes into.
struct Server {
    const ast::Node* node = nullptr;
    IpAddress address;
    std::uint16_t port = 0;
    model::Forwarding forwarding;
    std::uint32_t weight = 1;
    std::uint32_t upper_threshold = 0;
    std::uint32_t lower_threshold = 0;
    Supervision supervision;
    std::optional<Reserve::Reason> reserve;  ///< why it is not in the table yet
};

/// How a real server stands when keepalived has just started, before any checker has run: all count as alive, but for
/// alpha and for what the files of FILE_CHECK say.
ServerStanding standing_at_start(const VirtualServer& service, const RealServer& server,
                                 const model::TrackFiles& files) {
    ServerStanding standing{!model::awaits_check(service, server), model::weight_of(service, server)};
    if (!server.tracks_others) return standing;
    for (const model::FileWeight& check : model::file_checks_of(*server.node, files)) {
        const FileEffect effect = effect_of(check);
        if (effect.failed) {
            standing.alive = false;
        } else {
            standing.weight += effect.weight;
        }
    }
    return standing;
}

Serving serving_at_start(const VirtualServer& service, const model::TrackFiles& files) {
    std::vector<ServerStanding> standings;
    standings.reserve(service.real_servers.size());
    for (const RealServer& server : service.real_servers)
        standings.push_back(standing_at_start(service, server, files));
    return serving(service, standings, model::quorum_of(service).is_gained(weight_alive(standings)));
}

/// What keepalived's checks may make of a real server.
Supervision supervision_of(const VirtualServer& service, const RealServer& server, const model::TrackFiles& files) {
    Supervision supervision;
    if (server.checker_count == 0) return supervision;
    for (const ast::Node& child : server.node->children) {
        const auto kind = model::kind_of(child.id());
        if (!kind) continue;
        supervision.checks |= static_cast<std::uint16_t>(1U << static_cast<unsigned>(*kind));
        if (ast::given(child, "misc_dynamic"_kw)) supervision.sets_weight = true;
    }
    supervision.inhibited = model::inhibits_on_failure(service, server);
    if (!server.tracks_others) return supervision;
    for (const model::FileWeight& check : model::file_checks_of(*server.node, files)) {
        if (check.weight != 0) supervision.sets_weight = true;
    }
    return supervision;
}

/// The destinations of a virtual server, and those that it may get.
void select(const VirtualServer& service, const Serving& serving, const model::TrackFiles& files,
            std::vector<Server>& selected) {
    selected.clear();
    selected.reserve(serving.servers.size() + 1);
    for (std::size_t i = 0; i < serving.servers.size(); ++i) {
        const RealServer& server = service.real_servers[i];
        Server& added = selected.emplace_back(
            Server{server.node, server.address, server.port, model::forwarding_of(service, server),
                   serving.servers[i].value_or(model::weight_of(service, server)), server.upper_threshold,
                   server.lower_threshold, supervision_of(service, server, files), std::nullopt});
        if (!serving.servers[i]) added.reserve = Reserve::Reason::awaits_check;
    }
    if (!service.sorry_server || !service.sorry_server->fits_family) return;
    const SorryServer& sorry = *service.sorry_server;
    const bool has_twin = std::ranges::any_of(service.real_servers, [&sorry](const RealServer& server) {
        return server.address == sorry.address && server.port == sorry.port;
    });
    if (has_twin) return;
    Server& added =
        selected.emplace_back(Server{sorry.node, sorry.address, sorry.port, model::forwarding_of(service, sorry),
                                     serving.sorry.value_or(1), 0, 0, Supervision{.sorry_server = true}, std::nullopt});
    if (!serving.sorry) added.reserve = Reserve::Reason::sorry_server;
}

}  // namespace

Protocol protocol_of(const model::VirtualServer& service) {
    switch (service.protocol.value_or(model::Protocol::udp)) {
        case model::Protocol::tcp:
            return Protocol::tcp;
        case model::Protocol::udp:
            return Protocol::udp;
        case model::Protocol::sctp:
            break;
    }
    return Protocol::sctp;
}

class Compilation::Work {
public:
    explicit Work(const Servings* servings) : servings_(servings) {}

    bool take(const ast::Node& statement, const source::Sources& sources, bool stays) {
        // The order of the file is that of the table, so whatever follows one that waits has to wait as well.
        if (waiting_) return false;
        if (!read(statement)) return true;
        waiting_ = stays || model::depends_on_others(service_);
        if (!waiting_ && taken_) taken_ = compile(sources);
        return !waiting_;
    }

    Result<Wanted> finish(const ast::Node& root, const source::Sources& sources) {
        if (!taken_) return tl::make_unexpected(taken_.error());
        lvs_ = model::bind_lvs(root);
        groups_ = model::groups_of(lvs_);
        if (lvs_.nftables_marks) next_mark_ = lvs_.nftables_marks->start;
        for (const ast::Node& node : root.children) {
            if (!read(node)) continue;
            if (auto compiled = compile(sources); !compiled) return tl::make_unexpected(compiled.error());
        }
        add_globals();
        return std::move(wanted_);
    }

private:
    using Keys = std::vector<ServiceKey>;

    static const Serving* find_serving(const Servings& servings, const ast::Node& service) {
        const auto found = servings.find(&service);
        return found == servings.end() ? nullptr : &found->second;
    }

    /// Reads a virtual server as far as keepalived takes it; false when nothing of it can reach the kernel.
    bool read(const ast::Node& node) {
        if (!model::bind_virtual_server(node, groups_, service_)) return false;
        if (model::has_mark_zero(service_)) return false;
        model::remove_dropped_servers(service_);
        return !service_.real_servers.empty();
    }

    Result<void> compile(const source::Sources& sources) {
        const VirtualServer& service = service_;
        const auto keys = keys_of(service);
        if (!keys) return tl::make_unexpected(keys.error());
        if (!service.persistence_engine.empty() && model::persistence_of(service) &&
            !model::known_persistence_engine(service.persistence_engine)) {
            return {};
        }
        const Serving* known = servings_ == nullptr ? nullptr : find_serving(*servings_, *service.node);
        select(service, known != nullptr ? *known : serving_at_start(service, lvs_.track_files), lvs_.track_files,
               servers_);
        const auto in_table = std::ranges::count_if(servers_, [](const Server& server) { return !server.reserve; });
        destinations_ += std::uint64_t{keys->size()} * static_cast<std::uint64_t>(in_table);
        if (destinations_ > most_destinations) {
            const SourcePlace where = place(*service.node, sources);
            return failure(fmt::format("the virtual servers up to line {} of {} have more than {} real servers in "
                                       "all, counted once for each address of a virtual_server_group",
                                       where.line, where.file(), most_destinations),
                           "mark the packets with nftables and use a virtual_server with fwmark");
        }
        for (const ServiceKey& key : *keys) add(service, key, servers_, sources);
        return {};
    }

    [[nodiscard]] SourcePlace place(const ast::Node& node, const source::Sources& sources) {
        const source::Range range = node.head.where().range;
        if (range.file >= names_.size()) names_.resize(range.file + 1);
        auto& name = names_[range.file];
        if (name == nullptr) name = std::make_shared<const std::string>(sources.name(range.file));
        return {name, range.begin.line};
    }

    Result<Keys> keys_of(const VirtualServer& service) {
        const Protocol protocol = protocol_of(service);
        if (const auto* address = std::get_if<model::AddressHead>(&service.head)) {
            return Keys{AddressKey{protocol, address->address, address->port}};
        }
        if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) {
            return Keys{FwmarkKey{service.family.value_or(common_family(service)), mark->mark}};
        }
        const model::VirtualServerGroup* group = model::group_of(service);
        return group == nullptr ? Keys{} : group_keys(service, *group, protocol);
    }

    /// The family of a service whose servers are all tunnelled, so that none of them fixes it.
    [[nodiscard]] static Family common_family(const VirtualServer& service) {
        const bool all6 =
            std::all_of(service.real_servers.begin(), service.real_servers.end(),
                        [](const RealServer& server) { return server.address.family() == Family::inet6; });
        const bool sorry6 = !service.sorry_server || service.sorry_server->address.family() == Family::inet6;
        return all6 && sorry6 ? Family::inet6 : Family::inet;
    }

    Result<Keys> group_keys(const VirtualServer& service, const model::VirtualServerGroup& group, Protocol protocol) {
        if (model::clashes_with_group(service)) return Keys{};
        const Family family = group.has_inet    ? Family::inet
                              : group.has_inet6 ? Family::inet6
                                                : service.family.value_or(Family::inet);
        if (lvs_.nftables_marks && !group.has_fwmark) return marks_for(group, protocol);
        return expand(group, protocol, family);
    }

    /// With nftables_ipvs the addresses of a group become one mark for each protocol.
    Keys marks_for(const model::VirtualServerGroup& group, Protocol protocol) {
        const auto [found, added] = marks_.emplace(std::pair(group.name, protocol), next_mark_);
        if (added) ++next_mark_;
        Keys keys;
        if (group.has_inet) keys.emplace_back(FwmarkKey{Family::inet, found->second});
        if (group.has_inet6) keys.emplace_back(FwmarkKey{Family::inet6, found->second});
        return keys;
    }

    /// What keepalived marks for a service that marks_for() gave its key.
    [[nodiscard]] std::vector<MarkedAddresses> marked_addresses(const VirtualServer& service,
                                                                const ServiceKey& key) const {
        const model::VirtualServerGroup* group = model::group_of(service);
        if (!lvs_.nftables_marks || group == nullptr || group->has_fwmark) return {};
        std::vector<MarkedAddresses> marked;
        for (const model::GroupEntry& entry : group->entries) {
            const auto* run = std::get_if<model::GroupAddresses>(&entry.what);
            if (run == nullptr || run->first.family() != family_of(key)) continue;
            marked.push_back({protocol_of(service), run->first, run->last, run->port});
        }
        return marked;
    }

    /// Addresses come before marks, whatever their order in the file.
    static Result<Keys> expand(const model::VirtualServerGroup& group, Protocol protocol, Family family) {
        Keys keys;
        for (const model::GroupEntry& entry : group.entries) {
            const auto* run = std::get_if<model::GroupAddresses>(&entry.what);
            if (run == nullptr) continue;
            const auto distance = run->first.distance_to(run->last);
            if (!distance || keys.size() + *distance >= most_group_addresses) {
                return failure(fmt::format("virtual_server_group {} stands for more than {} addresses", group.name,
                                           most_group_addresses),
                               "mark the packets with nftables and use a virtual_server with fwmark");
            }
            for (std::uint64_t i = 0; i <= *distance; ++i) {
                keys.emplace_back(AddressKey{protocol, *run->first.advanced(i), run->port});
            }
        }
        for (const model::GroupEntry& entry : group.entries) {
            const auto* mark = std::get_if<model::GroupFwmark>(&entry.what);
            if (mark != nullptr && mark->mark != 0)
                keys.emplace_back(FwmarkKey{mark->family.value_or(family), mark->mark});
        }
        return keys;
    }

    static Service service_of(const VirtualServer& virtual_server, const ServiceKey& key) {
        Service service;
        service.key = key;
        service.scheduler = virtual_server.scheduler.empty() ? model::default_scheduler : virtual_server.scheduler;
        service.flags = virtual_server.scheduler_flags;
        const bool udp = protocol_of(virtual_server) == Protocol::udp;
        if (virtual_server.one_packet && (udp || !model::has_addresses(virtual_server)))
            service.flags |= service_flag::one_packet;
        if (const auto timeout = model::persistence_of(virtual_server)) {
            service.persistence = Persistence{*timeout, std::string(virtual_server.persistence_engine)};
        }
        const Family family = family_of(key);
        service.netmask = default_netmask(family);
        if (virtual_server.granularity && virtual_server.granularity->family == family) {
            service.netmask = virtual_server.granularity->mask;
        }
        return service;
    }

    static Destination destination_of(const Server& server, const ServiceKey& key) {
        Destination destination;
        destination.method = method_of(server.forwarding.kind);
        destination.tunnel = tunnel_of(server.forwarding);
        destination.weight = server.weight;
        destination.upper_threshold = server.upper_threshold;
        destination.lower_threshold = server.lower_threshold;
        const auto* address = std::get_if<AddressKey>(&key);
        const std::uint16_t service_port = address == nullptr ? std::uint16_t{0} : address->port;
        destination.key = {server.address, model::port_served(server.forwarding.kind, server.port, service_port)};
        return destination;
    }

    /// What the kernel would refuse is left out, as it is when keepalived asks for it; lint reports each as an error.
    [[nodiscard]] bool is_refused(const Server& server, const ServiceKey& key) const {
        return !model::refused_server_address(server.address).empty() ||
               model::refused_thresholds(server.lower_threshold, server.upper_threshold) ||
               (lvs_.sync_daemon && server.address.family() != family_of(key));
    }

    /// The same service asked for twice: the first one's settings stand, the servers of both serve.
    void add(const VirtualServer& virtual_server, const ServiceKey& key, const std::vector<Server>& servers,
             const source::Sources& sources) {
        const auto [found, added] = by_key_.emplace(key, wanted_.services.size());
        if (added) {
            WantedService wanted;
            wanted.service = service_of(virtual_server, key);
            wanted.name = virtual_server.node->head.text();
            for (const syntax::Word& word : virtual_server.node->arguments) (wanted.name += ' ') += word.text();
            wanted.place = place(*virtual_server.node, sources);
            wanted.marked = marked_addresses(virtual_server, key);
            wanted_.services.push_back(std::move(wanted));
        }
        WantedService& wanted = wanted_.services[found->second];
        wanted.service.destinations.reserve(wanted.service.destinations.size() + servers.size());
        wanted.destination_places.reserve(wanted.service.destinations.capacity());
        wanted.supervision.reserve(wanted.service.destinations.capacity());
        for (const Server& server : servers) {
            if (is_refused(server, key)) continue;
            const Destination destination = destination_of(server, key);
            auto& destinations = wanted.service.destinations;
            if (server.reserve) {
                wanted.reserves.push_back({destination, *server.reserve, server.supervision});
                continue;
            }
            if (!known_.is_new(found->second, destinations, destination.key)) continue;
            destinations.push_back(destination);
            wanted.supervision.push_back(server.supervision);
            wanted.destination_places.push_back(place(*server.node, sources));
        }
    }

    /// Without a virtual server keepalived starts no checker, which is who would do these. A daemon that follows a
    /// vrrp_instance is not the checker's.
    void add_globals() {
        wanted_.net_namespace_ipvs = lvs_.net_namespace;
        const bool checker = !wanted_.services.empty();
        if (lvs_.sync_daemon && (checker || !lvs_.sync_daemon->instance.empty())) add_daemons();
        if (!checker) return;
        wanted_.timeouts = {lvs_.timeouts.tcp, lvs_.timeouts.tcp_fin, lvs_.timeouts.udp};
        wanted_.flush = lvs_.flush;
    }

    void add_daemons() {
        const model::SyncDaemonSetting& setting = *lvs_.sync_daemon;
        SyncDaemon daemon{DaemonState::backup, setting.interface, setting.id.value_or(0),
                          setting.max_length,  setting.group,     setting.port,
                          setting.ttl};
        wanted_.daemons.emplace();
        if (setting.instance.empty()) {
            SyncDaemon master = daemon;
            master.state = DaemonState::master;
            wanted_.daemons->push_back(std::move(master));
        } else if (const auto id = instance_id(setting)) {
            daemon.sync_id = *id;
            wanted_.daemon_instance = setting.instance;
        } else {
            wanted_.daemons.reset();
            return;
        }
        wanted_.daemons->push_back(std::move(daemon));
    }

    /// A daemon that follows a vrrp_instance begins as its backup, with the virtual router's id.
    [[nodiscard]] std::optional<std::uint32_t> instance_id(const model::SyncDaemonSetting& setting) const {
        if (!setting.router_id) return std::nullopt;
        return setting.id.value_or(*setting.router_id);
    }

    const Servings* servings_;
    std::vector<std::shared_ptr<const std::string>> names_;  ///< of the files that places are in
    model::Lvs lvs_;
    model::Groups groups_;
    Result<void> taken_;  ///< what became of the statements that were taken
    bool waiting_ = false;
    // One at a time: together they would take more room than the tree.
    VirtualServer service_;
    std::vector<Server> servers_;  ///< its destinations
    Wanted wanted_;
    std::map<ServiceKey, std::size_t> by_key_;
    KnownDestinations known_;
    std::map<std::pair<std::string_view, Protocol>, std::uint32_t> marks_;  ///< of groups
    std::uint32_t next_mark_ = 1;
    std::uint64_t destinations_ = 0;
};

Compilation::Compilation(const Servings* servings) : servings_(servings), work_(std::make_unique<Work>(servings)) {}

Compilation::~Compilation() = default;

bool Compilation::take(const ast::Node& statement, const source::Sources& sources, bool stays) {
    return work_->take(statement, sources, stays);
}

void Compilation::void_all() {
    work_ = std::make_unique<Work>(servings_);
}

Result<Wanted> Compilation::finish(const ast::Node& root, const source::Sources& sources) {
    return work_->finish(root, sources);
}

Result<Wanted> compile(const ast::Node& root, const source::Sources& sources, const Servings* servings) {
    return Compilation(servings).finish(root, sources);
}

}  // namespace lbctl::table
