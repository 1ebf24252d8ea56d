#include "grammar/ast/vrrp.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace lbctl::ast {

namespace {

constexpr std::size_t interface_name_limit = 16;  // IFNAMSIZ, the terminating NUL included

bool is(const Node& node, std::string_view name) {
    return node.keyword != nullptr && node.keyword->name == name;
}

using ObjectsByName = std::unordered_map<std::string_view, NamedObject>;

/// What stands above the place that is being read, by name. Of several usable objects of a name the first counts.
struct Known {
    VrrpGlobals globals;
    ObjectsByName scripts;
    ObjectsByName track_files;
    ObjectsByName track_processes;
    ObjectsByName bfds;
    std::unordered_map<std::string_view, const VrrpInstance*> instances;
    std::unordered_map<std::string_view, const SyncGroup*> sync_groups;
};

template <class Value>
const Value* find_in(const std::unordered_map<std::string_view, Value>& map, std::string_view name) {
    const auto found = map.find(name);
    return found == map.end() ? nullptr : &found->second;
}

enum class TrackKind { interface, script, file, process, bfd };

struct TrackLimits {
    std::int64_t most;
    bool drops_bad_direction;  ///< an unknown word behind the weight drops the whole line
};

constexpr TrackLimits limits_of(TrackKind kind) {
    if (kind == TrackKind::bfd) return {253, true};
    return {254, kind == TrackKind::file};
}

/// Reads one line; `objects` is null for interfaces, which are not defined in the file.
TrackLine read_track_line(const Node& entry, TrackKind kind, const ObjectsByName* objects) {
    TrackLine line{.entry = &entry, .name = text(entry, 0)};
    if (objects != nullptr) {
        const auto* object = find_in(*objects, line.name);
        if (object == nullptr) {
            line.taken = false;
            return line;
        }
        line.object = object->node;
        line.weight = object->weight;
    }
    if (entry.arguments.size() < 2) return line;
    if (text(entry, 1) != "weight" || entry.arguments.size() == 2) {
        line.taken = false;
        return line;
    }
    const auto limits = limits_of(kind);
    if (const auto weight = integer(entry, 2); weight && *weight >= -limits.most && *weight <= limits.most) {
        line.weight = *weight;
        line.weight_written = true;
    }
    if (limits.drops_bad_direction && entry.arguments.size() > 3 && text(entry, 3) != "reverse" &&
        text(entry, 3) != "noreverse") {
        line.taken = false;
    }
    return line;
}

void add_track_lines(std::vector<TrackLine>& lines, const Node& block, TrackKind kind, const ObjectsByName* objects) {
    std::unordered_set<std::string_view> tracked;
    for (const auto& line : lines) {
        if (line.taken) tracked.insert(line.name);
    }
    for (const auto& entry : block.children) {
        if (entry.arguments.empty()) continue;
        auto line = read_track_line(entry, kind, objects);
        if ((objects == nullptr || line.object != nullptr) && tracked.contains(line.name)) {
            line.duplicate = true;
            line.taken = false;
        }
        if (line.taken) tracked.insert(line.name);
        lines.push_back(line);
    }
}

/// Takes the block in if it is one of the tracking blocks.
void add_tracking(Tracking& tracking, const Node& block, const Known& known) {
    if (is(block, "track_interface")) add_track_lines(tracking.interfaces, block, TrackKind::interface, nullptr);
    if (is(block, "track_script")) add_track_lines(tracking.scripts, block, TrackKind::script, &known.scripts);
    if (is(block, "track_file")) add_track_lines(tracking.files, block, TrackKind::file, &known.track_files);
    if (is(block, "track_process"))
        add_track_lines(tracking.processes, block, TrackKind::process, &known.track_processes);
    if (is(block, "track_bfd")) add_track_lines(tracking.bfds, block, TrackKind::bfd, &known.bfds);
}

VirtualAddress read_virtual_address(const Node& entry, const AddressWithPrefix& address, bool excluded) {
    VirtualAddress result{.entry = &entry, .address = address, .excluded = excluded};
    for (std::size_t word = 1; word < entry.arguments.size(); ++word) {
        if (text(entry, word) == "dev" && result.device.empty()) result.device = text(entry, word + 1);
        if (text(entry, word) == "use_vmac") result.use_vmac = true;
    }
    return result;
}

/// Walks the statements of one instance in file order, as their effects depend on it.
class InstanceReader {
public:
    InstanceReader(VrrpInstance& instance, const Known& known) : instance_(instance), known_(known) {}

    void read() {
        for (const auto& child : instance_.node->children) take(child);
        finish();
    }

private:
    /// The family of the first address settles the instance's.
    bool settle(const Node& node, Family family) {
        if (instance_.family_from == nullptr) {
            instance_.family_from = &node;
            instance_.family = family;
        }
        return instance_.family == family;
    }

    void take(const Node& child) {
        if (child.keyword == nullptr) return;
        take_refused_defaults(child);
        if (!child.valid) return;
        add_tracking(instance_.tracking, child, known_);
        take_addresses(child);
        take_values(child);
    }

    /// Keywords whose bad values keepalived replaces instead of passing them over.
    void take_refused_defaults(const Node& child) {
        if (child.valid) return;
        if (is(child, "priority")) {
            instance_.priority = 100;
            instance_.priority_written = true;
        }
        if (is(child, "state")) instance_.written_state = VrrpState::backup;
    }

    void take_values(const Node& child) {
        const auto name = child.keyword->name;
        if (name == "virtual_router_id") {
            if (const auto vrid = integer(child, 0)) instance_.vrid = static_cast<std::uint8_t>(*vrid);
        } else if (name == "priority") {
            instance_.priority = static_cast<int>(integer(child, 0).value_or(100));
            instance_.priority_written = true;
        } else if (name == "state") {
            if (text(child, 0) == "MASTER") {
                instance_.written_state = VrrpState::master;
            } else if (instance_.written_state != VrrpState::master) {
                instance_.written_state = VrrpState::backup;
            }
        } else if (name == "interface") {
            const auto device = text(child, 0);
            instance_.interface = device.size() < interface_name_limit && device != "lo" ? device : std::string_view();
        } else if (name == "advert_int") {
            instance_.advert_interval = microseconds(child, 0).value_or(instance_.advert_interval);
        } else if (name == "version") {
            take_version(child);
        } else if (name == "native_ipv6") {
            if (settle(child, Family::inet6)) version_ = 3;
        } else if (name == "strict_mode") {
            strict_ = switched_on(child);
        } else if (name == "nopreempt") {
            instance_.nopreempt = true;
        } else if (name == "preempt") {
            instance_.nopreempt = false;
        } else if (name == "use_vmac") {
            instance_.uses_vmac = true;
        } else if (name == "unicast_fault_no_peer" || name == "check_unicast_src" || name == "old_unicast_checksum") {
            instance_.unicast_configured = true;
        }
    }

    void take_version(const Node& child) {
        const auto version = static_cast<int>(integer(child, 0).value_or(0));
        const bool is_inet6 = instance_.family_from != nullptr && instance_.family == Family::inet6;
        if ((version_ != 0 && version_ != version) || (version == 2 && is_inet6)) return;
        version_ = version;
        instance_.version_written = true;
    }

    void take_addresses(const Node& child) {
        const auto name = child.keyword->name;
        if (name == "unicast_src_ip" || name == "mcast_src_ip") {
            if (name == "unicast_src_ip") instance_.unicast_configured = true;
            const auto address = plain_address(text(child, 0));
            if (address) instance_.source = settle(child, address->family()) ? address : std::nullopt;
        } else if (name == "mcast_dst_ip") {
            const auto address = plain_address(text(child, 0));
            if (!address) return;
            const bool fits = settle(child, address->family());
            const bool usable =
                address->family() == Family::inet ? is_multicast(*address) : is_link_local_multicast(*address);
            instance_.multicast_group = fits && usable ? address : std::nullopt;
        } else if (name == "use_ipvlan") {
            take_ipvlan(child);
        } else if (name == "unicast_peer") {
            instance_.unicast_configured = true;
            for (const auto& entry : child.children) {
                const auto address = plain_address(text(entry, 0));
                if (!address) continue;
                instance_.peers.push_back({&entry, *address, settle(entry, address->family())});
            }
        } else if (name == "virtual_ipaddress" || name == "virtual_ipaddress_excluded") {
            const bool excluded = name != "virtual_ipaddress";
            for (const auto& entry : child.children) {
                const auto address = address_with_prefix(text(entry, 0));
                if (!address) continue;  // keepalived takes the address even where an option is wrong
                auto vip = read_virtual_address(entry, *address, excluded);
                if (!excluded) vip.fits_family = settle(entry, address->address.family());
                instance_.addresses.push_back(vip);
            }
        }
    }

    void take_ipvlan(const Node& child) {
        if (instance_.uses_ipvlan) return;
        instance_.uses_ipvlan = true;
        for (std::size_t word = 0; word < child.arguments.size(); ++word) {
            if (text(child, word) == "name" || text(child, word) == "group") {
                ++word;
                continue;
            }
            const auto address = address_with_prefix(text(child, word));
            if (!address || !settle(child, address->address.family())) continue;
            if (!instance_.source) instance_.source = address->address;
        }
    }

    void finish() {
        instance_.strict = strict_.value_or(known_.globals.strict);
        if (instance_.family == Family::inet6 && (version_ == 0 || (version_ == 2 && instance_.strict))) version_ = 3;
        instance_.version = version_ == 0 ? known_.globals.version : version_;
        if (!instance_.priority_written && instance_.written_state == VrrpState::master) instance_.priority = 255;
        if (instance_.written_state == VrrpState::unset) {
            instance_.state = instance_.is_address_owner() ? VrrpState::master : VrrpState::backup;
        } else {
            instance_.state = instance_.written_state;
            if (instance_.strict)
                instance_.state = instance_.is_address_owner() ? VrrpState::master : VrrpState::backup;
        }
    }

    VrrpInstance& instance_;
    const Known& known_;
    int version_ = 0;
    std::optional<bool> strict_;
};

void read_globals(VrrpGlobals& globals, const Node& block) {
    for (const auto& child : block.children) {
        // Of one without a name, too, it is not known who runs the scripts.
        if (is(child, "script_user")) globals.script_user = &child;
        if (!child.valid || child.keyword == nullptr) continue;
        if (is(child, "vrrp_version")) globals.version = static_cast<int>(integer(child, 0).value_or(2));
        if (is(child, "vrrp_strict")) globals.strict = switched_on(child);
        if (is(child, "enable_script_security")) globals.script_security = true;
        if (is(child, "dynamic_interfaces")) globals.dynamic_interfaces = true;
        if (is(child, "vrrp_mcast_group4")) globals.group4 = plain_address(text(child, 0));
        if (is(child, "vrrp_mcast_group6")) globals.group6 = plain_address(text(child, 0));
    }
}

std::int64_t weight_of(const Node& object, std::int64_t otherwise) {
    const auto* weight = last_valid(object, "weight");
    return weight == nullptr ? otherwise : integer(*weight, 0).value_or(otherwise);
}

/// Fills the configuration from the top-level nodes, in their order.
class Resolver {
public:
    explicit Resolver(VrrpConfiguration& vrrp) : vrrp_(vrrp) { known_.globals = vrrp.globals; }

    void add(const Node& node) {
        const auto name = node.keyword->name;
        if (name == "vrrp_script") {
            const auto* script = last_valid(node, "script");
            const bool usable = script != nullptr && !text(*script, 0).empty();
            add_named(vrrp_.scripts, known_.scripts, {&node, text(node, 0), usable, weight_of(node, 0)});
        } else if (name == "track_file" || name == "vrrp_track_file") {
            add_named(vrrp_.track_files, known_.track_files,
                      {&node, text(node, 0), given(node, "file"), weight_of(node, 1)});
        } else if (name == "vrrp_track_process") {
            add_named(vrrp_.track_processes, known_.track_processes,
                      {&node, text(node, 0), given(node, "process"), weight_of(node, 0)});
        } else if (name == "bfd_instance") {
            // Those kept for the checkers alone cannot be tracked here.
            const bool usable = text(node, 0).size() < 32 && (given(node, "vrrp") || !given(node, "checker"));
            add_named(vrrp_.bfds, known_.bfds, {&node, text(node, 0), usable, weight_of(node, 0)});
        } else if (name == "track_group") {
            const auto* group = last_valid(node, "group");
            vrrp_.track_groups.push_back({&node, text(node, 0), group != nullptr && !group->children.empty()});
        } else if (name == "vrrp_sync_group") {
            add_sync_group(node);
        } else if (name == "vrrp_instance") {
            add_instance(node);
        }
    }

    /// Groups may stand before their members.
    void link_groups() {
        for (auto& group : vrrp_.sync_groups) {
            if (group.duplicate_of != nullptr) continue;
            for (auto& member : group.members) {
                const auto* found = find_in(instance_numbers_, member.name);
                if (found == nullptr) continue;
                auto& instance = vrrp_.instances[*found];
                member.instance = &instance;
                member.elsewhere = instance.sync_group != nullptr;
                if (!member.elsewhere) instance.sync_group = &group;
            }
        }
    }

private:
    static void add_named(std::vector<NamedObject>& objects, ObjectsByName& by_name, const NamedObject& object) {
        objects.push_back(object);
        if (object.usable) by_name.emplace(object.name, object);
    }

    void add_sync_group(const Node& node) {
        const auto* earlier = find_in(known_.sync_groups, text(node, 0));
        SyncGroup group{.node = &node, .name = text(node, 0), .duplicate_of = earlier == nullptr ? nullptr : *earlier};
        for (const auto& child : node.children) {
            if (child.keyword == nullptr || !child.valid) continue;
            add_tracking(group.tracking, child, known_);
            if (is(child, "group") && group.members.empty()) group.members = list_words(child);
            if (is(child, "sync_group_tracking_weight") || is(child, "global_tracking")) group.tracking_weight = true;
        }
        // A group without members is dropped, and its name is free again.
        const bool counts = earlier == nullptr && !group.members.empty();
        vrrp_.sync_groups.push_back(std::move(group));
        if (counts) known_.sync_groups.emplace(vrrp_.sync_groups.back().name, &vrrp_.sync_groups.back());
    }

    void add_instance(const Node& node) {
        const auto* earlier = find_in(known_.instances, text(node, 0));
        VrrpInstance instance{
            .node = &node, .name = text(node, 0), .duplicate_of = earlier == nullptr ? nullptr : *earlier};
        InstanceReader(instance, known_).read();
        vrrp_.instances.push_back(std::move(instance));
        if (earlier != nullptr) return;
        known_.instances.emplace(vrrp_.instances.back().name, &vrrp_.instances.back());
        instance_numbers_.emplace(vrrp_.instances.back().name, vrrp_.instances.size() - 1);
    }

    VrrpConfiguration& vrrp_;
    Known known_;
    std::unordered_map<std::string_view, std::size_t> instance_numbers_;
};

}  // namespace

bool VrrpInstance::unicast() const {
    return std::ranges::any_of(peers, [](const UnicastPeer& peer) { return peer.fits_family; });
}

bool VrrpInstance::has_virtual_address() const {
    return std::ranges::any_of(addresses, [](const VirtualAddress& vip) { return !vip.excluded && vip.fits_family; });
}

std::size_t SyncGroup::member_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        members, [](const SyncGroupMember& member) { return member.instance != nullptr && !member.elsewhere; }));
}

std::string_view user_of(const Node& script, const VrrpGlobals& globals) {
    if (const auto* user = last_valid(script, "user")) return text(*user, 0);
    if (globals.script_user != nullptr) return text(*globals.script_user, 0);
    return globals.script_security ? "keepalived_script" : std::string_view();
}

std::vector<SyncGroupMember> list_words(const Node& list) {
    std::vector<SyncGroupMember> words;
    for (const auto& entry : list.children) {
        for (std::size_t word = 0; word < entry.arguments.size(); ++word)
            words.push_back({&entry, word, text(entry, word)});
    }
    return words;
}

VrrpConfiguration resolve_vrrp(const Node& root) {
    VrrpConfiguration vrrp;
    std::size_t instances = 0;
    std::size_t groups = 0;
    for (const auto& node : root.children) {
        if (is(node, "global_defs")) read_globals(vrrp.globals, node);
        if (is(node, "vrrp_instance")) ++instances;
        if (is(node, "vrrp_sync_group")) ++groups;
    }
    // Others point into these.
    vrrp.instances.reserve(instances);
    vrrp.sync_groups.reserve(groups);
    Resolver resolver(vrrp);
    for (const auto& node : root.children) {
        if (node.valid && node.keyword != nullptr) resolver.add(node);
    }
    resolver.link_groups();
    return vrrp;
}

}  // namespace lbctl::ast
