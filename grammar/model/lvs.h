#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "grammar/ast/node.h"
#include "grammar/base/address.h"

/// The part of a configuration that concerns the Linux Virtual Server, typed. Statements that keepalived refuses are
/// left out, later ones override earlier ones where it lets them. Text lies in the nodes, which must outlive it.
namespace lbctl::model {

enum class Protocol : std::uint8_t { tcp, udp, sctp };
enum class ForwardingKind : std::uint8_t { nat, direct_routing, tunnel };
enum class TunnelKind : std::uint8_t { ipip, gue, gre };
enum class TunnelChecksums : std::uint8_t { none, checksum, remote_checksum };

/// lb_kind, lvs_method, sorry_server_lvs_method.
struct Forwarding {
    ForwardingKind kind = ForwardingKind::nat;
    TunnelKind tunnel = TunnelKind::ipip;
    TunnelChecksums checksums = TunnelChecksums::none;
    std::uint16_t tunnel_port = 0;
};

/// A FILE_CHECK with the track_file that it names: the number in the file changes the weight.
struct FileWeight {
    std::string path;
    std::int64_t weight = 1;  ///< the number in the file is multiplied by it; 0: any number but 0 is a failure
    bool reverse = false;     ///< with weight 0: after the start, 0 is the failure
    std::optional<std::int64_t> written_at_start;  ///< init_file: keepalived makes a missing file with this number
    bool overwritten_at_start = false;             ///< and also replaces one that is there
};

struct RealServer {
    const ast::Node* node = nullptr;
    IpAddress address{};
    std::uint16_t port = 0;                    ///< 0: not written
    bool fits_family = true;                   ///< false: keepalived drops it
    const ast::Node* duplicate_of = nullptr;   ///< an earlier one with that address and port; keepalived drops this one
    std::optional<Forwarding> forwarding{};    ///< its own, or the virtual server's as it stood above it
    std::optional<std::uint32_t> weight{};     ///< its own
    std::optional<bool> inhibit_on_failure{};  ///< its own
    std::optional<bool> alpha{};               ///< its own
    std::uint32_t upper_threshold = 0;
    std::uint32_t lower_threshold = 0;
    std::uint32_t checker_count = 0;
    bool tracks_others = false;  ///< one of its checkers names an object that is defined elsewhere

    [[nodiscard]] bool is_taken() const { return fits_family && duplicate_of == nullptr; }
};

struct SorryServer {
    const ast::Node* node = nullptr;
    IpAddress address{};
    std::uint16_t port = 0;
    bool fits_family = true;  ///< false: keepalived drops it
    bool inhibit = false;
    std::optional<Forwarding> forwarding{};  ///< its own, or the virtual server's as it stood above it
};

/// One line of a virtual_server_group: a run of addresses, or a mark.
struct GroupAddresses {
    IpAddress first;
    IpAddress last;
    std::uint16_t port = 0;
};
struct GroupFwmark {
    std::uint32_t mark = 0;
    std::optional<Family> family;
};
struct GroupEntry {
    const ast::Node* node = nullptr;
    std::variant<GroupAddresses, GroupFwmark> what;
};
struct VirtualServerGroup {
    const ast::Node* node = nullptr;
    std::string_view name{};
    std::vector<GroupEntry> entries{};
    bool has_inet = false;
    bool has_inet6 = false;
    bool has_addresses = false;
    bool has_fwmark = false;
    bool has_fwmark_without_family = false;
    bool is_repeated = false;  ///< a usable one of that name stands above

    /// False: keepalived drops it.
    [[nodiscard]] bool is_usable() const {
        return !entries.empty() && !(has_inet && has_inet6 && has_fwmark_without_family);
    }
};

/// The groups that virtual servers can name.
using Groups = std::unordered_map<std::string_view, const VirtualServerGroup*>;

struct AddressHead {
    IpAddress address;
    std::uint16_t port = 0;
};
struct FwmarkHead {
    std::uint32_t mark = 0;
};
struct GroupHead {
    std::string_view name;
    const VirtualServerGroup* group = nullptr;  ///< null: none of that name
};

/// What a netmask for persistence was written as.
struct Granularity {
    Family family = Family::inet;
    std::uint32_t mask = 0;  ///< IPv4: mask in network byte order; IPv6: prefix length
};

/// What keepalived uses where no lvs_sched is written.
inline constexpr std::string_view default_scheduler = "wlc";
/// Seconds, where persistence is switched on without a number.
inline constexpr std::uint32_t default_persistence = 360;

/// A virtual server with all servers that can be read: those that keepalived drops say why.
struct VirtualServer {
    const ast::Node* node = nullptr;
    std::variant<AddressHead, FwmarkHead, GroupHead> head{};
    std::optional<Protocol> protocol{};
    std::optional<Family> family{};          ///< of what fixes it first: head, ip_family, granularity, a server
    const ast::Node* family_from = nullptr;  ///< what that is
    std::string_view scheduler{};            ///< empty: not written
    std::uint32_t scheduler_flags = 0;       ///< bits of linux/ip_vs.h: SCHED1 0x8, SCHED2 0x10, SCHED3 0x20
    bool one_packet = false;
    bool inhibit_on_failure = false;
    bool alpha = false;
    std::optional<std::uint32_t> persistence_timeout{};  ///< seconds, as written or as a granularity switches it on
    std::string_view persistence_engine{};
    std::optional<Granularity> granularity{};
    std::optional<Forwarding> forwarding{};  ///< as it stands at the end; nothing: not written
    std::uint32_t weight = 1;                ///< of real servers that have none
    std::uint64_t quorum = 1;
    std::uint64_t hysteresis = 0;
    std::vector<RealServer> real_servers{};
    std::optional<SorryServer> sorry_server{};
    /// Its lines but for the servers and how they are forwarded to: what its checkers take over stands here, and to
    /// search that among thousands of servers for each of them would take minutes.
    std::vector<const ast::Node*> settings{};
};

struct SyncDaemonSetting {
    const ast::Node* node = nullptr;
    std::string interface;
    std::string instance;                    ///< vrrp_instance that it follows; empty: none
    std::optional<std::uint32_t> router_id;  ///< of that instance; nothing when there is no such instance
    std::optional<std::uint32_t> id;
    std::uint16_t max_length = 0;
    std::uint16_t port = 0;
    std::uint8_t ttl = 0;
    std::optional<IpAddress> group;
};

struct LvsTimeouts {
    std::uint32_t tcp = 0;
    std::uint32_t tcp_fin = 0;
    std::uint32_t udp = 0;
};

struct NftablesMarks {
    std::uint32_t start = 1000;
};

/// track_file blocks by name.
using TrackFiles = std::map<std::string_view, const ast::Node*>;

struct Lvs {
    std::vector<VirtualServerGroup> groups;  ///< all that are written
    TrackFiles track_files;
    LvsTimeouts timeouts;
    std::optional<SyncDaemonSetting> sync_daemon;
    std::optional<NftablesMarks> nftables_marks;
    bool flush = false;
    std::string net_namespace;  ///< of IPVS; empty: the namespace that lbctl runs in
};

/// Reads the LVS part of a bound configuration, but for its virtual servers: bind_virtual_server reads these one by
/// one, because a file may hold ten thousands. `root` must outlive the result.
Lvs bind_lvs(const ast::Node& root);

/// The usable groups by name, the first of each; they point into `lvs`.
Groups groups_of(const Lvs& lvs);

}  // namespace lbctl::model
