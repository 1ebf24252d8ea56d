#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "grammar/ast/address.h"
#include "grammar/ast/node.h"

/// The part of a configuration that concerns the Linux Virtual Server, typed. Only what keepalived takes is in here:
/// statements that it refuses are left out, later ones override earlier ones where it lets them.
namespace lbctl::ast {

enum class Protocol { tcp, udp, sctp };
enum class ForwardingKind { nat, direct_routing, tunnel };
enum class TunnelKind { ipip, gue, gre };
enum class TunnelChecksums { none, checksum, remote_checksum };

/// lb_kind, lvs_method, sorry_server_lvs_method.
struct Forwarding {
    ForwardingKind kind = ForwardingKind::nat;
    TunnelKind tunnel = TunnelKind::ipip;
    std::uint16_t tunnel_port = 0;
    TunnelChecksums checksums = TunnelChecksums::none;
};

/// A FILE_CHECK with the track_file that it names: the number in the file changes the weight.
struct FileCheck {
    std::string path;
    std::int64_t weight = 1;  ///< the number in the file is multiplied by it; 0: any number but 0 is a failure
    std::optional<std::int64_t> written_at_start;  ///< init_file: keepalived makes a missing file with this number
    bool overwritten_at_start = false;             ///< and also replaces one that is there
};

struct RealServer {
    const Node* node = nullptr;
    IpAddress address;
    std::uint16_t port = 0;  ///< 0: not written
    std::optional<std::uint32_t> weight;
    std::optional<Forwarding> forwarding;
    std::uint32_t upper_threshold = 0;
    std::uint32_t lower_threshold = 0;
    std::optional<bool> inhibit_on_failure;
    bool awaits_check = false;  ///< alpha holds for one of its checkers: absent until a check has succeeded
    bool checks_files = false;  ///< it has a FILE_CHECK, also one that names no track_file
    std::vector<FileCheck> file_checks;
};

struct SorryServer {
    const Node* node = nullptr;
    IpAddress address;
    std::uint16_t port = 0;
    std::optional<Forwarding> forwarding;
    bool inhibit = false;
};

struct AddressHead {
    IpAddress address;
    std::uint16_t port = 0;
};
struct FwmarkHead {
    std::uint32_t mark = 0;
};
struct GroupHead {
    std::string name;
};

/// What a netmask for persistence was written as.
struct Granularity {
    Family family = Family::inet;
    std::uint32_t mask = 0;  ///< IPv4: mask in network byte order; IPv6: prefix length
};

struct VirtualServer {
    const Node* node = nullptr;
    std::variant<AddressHead, FwmarkHead, GroupHead> head;
    std::optional<Protocol> protocol;
    std::optional<Family> family;  ///< of the address, ip_family, granularity or first real server that fixes it
    std::string scheduler = "wlc";
    std::uint32_t scheduler_flags = 0;  ///< bits of linux/ip_vs.h: SCHED1 0x8, SCHED2 0x10, SCHED3 0x20
    bool one_packet = false;
    std::optional<std::uint32_t> persistence_timeout;  ///< seconds
    std::string persistence_engine;
    std::optional<Granularity> granularity;
    std::optional<Forwarding> forwarding;
    std::uint32_t weight = 1;  ///< of real servers that have none
    bool inhibit_on_failure = false;
    std::uint64_t quorum = 1;
    std::uint64_t hysteresis = 0;
    std::vector<RealServer> real_servers;  ///< those of a family that fits, duplicates left out
    std::optional<SorryServer> sorry_server;
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
    const Node* node = nullptr;
    std::variant<GroupAddresses, GroupFwmark> what;
};
struct VirtualServerGroup {
    const Node* node = nullptr;
    std::string name;
    std::vector<GroupEntry> entries;
};

struct SyncDaemonSetting {
    const Node* node = nullptr;
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
using TrackFiles = std::map<std::string_view, const Node*>;

struct Lvs {
    std::vector<VirtualServerGroup> groups;  ///< the first of each name
    TrackFiles track_files;
    LvsTimeouts timeouts;
    std::optional<SyncDaemonSetting> sync_daemon;
    std::optional<NftablesMarks> nftables_marks;
    bool flush = false;
    std::string net_namespace;  ///< of IPVS; empty: the namespace that lbctl runs in
};

/// Reads the LVS part of a bound configuration, but for its virtual servers: bind_virtual_server reads these one by
/// one, because a file may hold ten thousands. `root` must outlive the result.
Lvs bind_lvs(const Node& root);

}  // namespace lbctl::ast
