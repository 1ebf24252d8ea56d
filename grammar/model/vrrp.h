#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/ast/node.h"
#include "grammar/base/address.h"

/// VRRP as keepalived understands it: instances, sync groups and the objects they track, with names resolved and
/// defaults filled in. Views point into the tree they were made from.
namespace lbctl::model {

enum class VrrpState { unset, master, backup };

/// One line of virtual_ipaddress or virtual_ipaddress_excluded whose address can be read.
struct VirtualAddress {
    const ast::Node* entry = nullptr;
    ast::AddressWithPrefix address{};
    std::string_view device{};  ///< after `dev`; empty: the instance's
    bool excluded = false;
    bool fits_family = true;  ///< false: of another family than the instance, and dropped
    bool use_vmac = false;
};

/// One line of unicast_peer whose address can be read.
struct UnicastPeer {
    const ast::Node* entry = nullptr;
    IpAddress address{};
    bool fits_family = true;
};

/// One line of track_interface, track_script, track_file, track_process or track_bfd.
struct TrackLine {
    const ast::Node* entry = nullptr;
    std::string_view name{};
    const ast::Node* object =
        nullptr;  ///< the block that defines it; null when there is none above (or it was dropped)
    bool weight_written = false;
    std::int64_t weight = 0;  ///< what keepalived uses: the line's, else the object's
    bool duplicate = false;   ///< an earlier line tracks the same object
    bool taken = true;        ///< keepalived drops lines with faults in their options
};

/// The tracking blocks of an instance or a group.
struct Tracking {
    std::vector<TrackLine> interfaces{};
    std::vector<TrackLine> scripts{};
    std::vector<TrackLine> files{};
    std::vector<TrackLine> processes{};
    std::vector<TrackLine> bfds{};
};

struct SyncGroup;

struct VrrpInstance {
    const ast::Node* node = nullptr;
    std::string_view name{};
    const VrrpInstance* duplicate_of = nullptr;  ///< keepalived skips a second instance of a name
    Family family = Family::inet;
    const ast::Node* family_from = nullptr;  ///< what settled the family; null: nothing did
    int version = 2;
    bool version_written = false;
    std::optional<std::uint8_t> vrid{};
    int priority = 100;
    bool priority_written = false;
    VrrpState written_state = VrrpState::unset;  ///< as the file has it
    VrrpState state = VrrpState::backup;         ///< after defaults
    std::string_view interface {};               ///< empty: none, or refused
    bool strict = false;
    bool nopreempt = false;
    bool unicast_configured = false;  ///< any unicast keyword stands there
    bool uses_vmac = false;
    bool uses_ipvlan = false;
    std::optional<IpAddress> source{};  ///< of unicast_src_ip, mcast_src_ip or use_ipvlan, when taken
    std::optional<IpAddress> multicast_group{};
    std::int64_t advert_interval = 1'000'000;  ///< microseconds
    std::vector<UnicastPeer> peers{};
    std::vector<VirtualAddress> addresses{};  ///< both kinds, in file order
    Tracking tracking{};
    const SyncGroup* sync_group = nullptr;

    /// Peers that keepalived takes make it unicast.
    [[nodiscard]] bool unicast() const;
    [[nodiscard]] bool has_virtual_address() const;
    [[nodiscard]] bool is_address_owner() const { return priority == 255; }
};

struct SyncGroupMember {
    const ast::Node* entry = nullptr;  ///< the entry whose word it is
    std::size_t word = 0;
    std::string_view name{};
    const VrrpInstance* instance = nullptr;  ///< null: no such instance
    bool elsewhere = false;                  ///< the instance is in an earlier group
};

struct SyncGroup {
    const ast::Node* node = nullptr;
    std::string_view name{};
    const SyncGroup* duplicate_of = nullptr;
    std::vector<SyncGroupMember> members{};  ///< of the first `group` block
    Tracking tracking{};
    bool tracking_weight = false;  ///< sync_group_tracking_weight or its old name

    [[nodiscard]] std::size_t member_count() const;  ///< those that exist and are not in another group
};

/// A named top-level object that others refer to.
struct NamedObject {
    const ast::Node* node = nullptr;
    std::string_view name{};
    bool usable = true;  ///< false: keepalived drops it (no script, no file, ...)
    std::int64_t weight = 0;
};

/// Settings of global_defs that the meaning of instances depends on.
struct VrrpGlobals {
    int version = 2;
    bool strict = false;
    std::optional<IpAddress> group4{};
    std::optional<IpAddress> group6{};
    bool dynamic_interfaces = false;
    bool script_security = false;
    const ast::Node* script_user = nullptr;  ///< the line; null: none
};

struct VrrpConfiguration {
    VrrpGlobals globals;
    std::vector<NamedObject> scripts{};
    std::vector<NamedObject> track_files{};
    std::vector<NamedObject> track_processes{};
    std::vector<NamedObject> bfds{};
    std::vector<NamedObject> track_groups{};
    std::vector<VrrpInstance> instances{};
    std::vector<SyncGroup> sync_groups{};
};

/// The user a vrrp_script is run as; empty: keepalived's default.
std::string_view user_of(const ast::Node& script, const VrrpGlobals& globals);

/// Resolves everything of VRRP in the tree.
VrrpConfiguration resolve_vrrp(const ast::Node& root);

/// The words of a list block (`group`), one a member, wherever the lines break.
std::vector<SyncGroupMember> list_words(const ast::Node& list);

}  // namespace lbctl::model
