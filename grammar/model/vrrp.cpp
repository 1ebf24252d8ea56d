#include "grammar/model/vrrp.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace lbctl::model {

namespace {

constexpr std::size_t interface_name_limit = 16;  // IFNAMSIZ, the terminating NUL included

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
    bool drops_bad_direction;  ///< an unknown word after the weight drops the whole line
};

constexpr TrackLimits limits_of(TrackKind kind) {
    if (kind == TrackKind::bfd) return {253, true};
    return {254, kind == TrackKind::file};
}

/// Reads one line; `objects` is null for interfaces, which are not defined in the file.
TrackLine read_track_line(const ast::Node& entry, TrackKind kind, const ObjectsByName* objects) {
    TrackLine line{.entry = &entry, .name = ast::text(entry, 0)};
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
    if (ast::text(entry, 1) != "weight" || entry.arguments.size() == 2) {
        line.taken = false;
        return line;
    }
    const auto limits = limits_of(kind);
    if (const auto weight = ast::integer(entry, 2); weight && *weight >= -limits.most && *weight <= limits.most) {
        line.weight = *weight;
        line.weight_written = true;
    }
    if (limits.drops_bad_direction && entry.arguments.size() > 3 && ast::text(entry, 3) != "reverse" &&
        ast::text(entry, 3) != "noreverse") {
        line.taken = false;
    }
    return line;
}

void add_track_lines(std::vector<TrackLine>& lines, const ast::Node& block, TrackKind kind,
                     const ObjectsByName* objects) {
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
void add_tracking(Tracking& tracking, const ast::Node& block, const Known& known) {
    if (block.is("track_interface"_kw)) add_track_lines(tracking.interfaces, block, TrackKind::interface, nullptr);
    if (block.is("track_script"_kw)) add_track_lines(tracking.scripts, block, TrackKind::script, &known.scripts);
    if (block.is("track_file"_kw)) add_track_lines(tracking.files, block, TrackKind::file, &known.track_files);
    if (block.is("track_process"_kw))
        add_track_lines(tracking.processes, block, TrackKind::process, &known.track_processes);
    if (block.is("track_bfd"_kw)) add_track_lines(tracking.bfds, block, TrackKind::bfd, &known.bfds);
}

VirtualAddress read_virtual_address(const ast::Node& entry, const ast::AddressWithPrefix& address, bool excluded) {
    VirtualAddress result{.entry = &entry, .address = address, .excluded = excluded};
    for (std::size_t word = 1; word < entry.arguments.size(); ++word) {
        if (ast::text(entry, word) == "dev" && result.device.empty()) result.device = ast::text(entry, word + 1);
        if (ast::text(entry, word) == "use_vmac") result.use_vmac = true;
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
    bool settle(const ast::Node& node, Family family) {
        if (instance_.family_from == nullptr) {
            instance_.family_from = &node;
            instance_.family = family;
        }
        return instance_.family == family;
    }

    void take(const ast::Node& child) {
        if (child.keyword == nullptr) return;
        take_refused_defaults(child);
        if (!child.valid) return;
        add_tracking(instance_.tracking, child, known_);
        take_addresses(child);
        take_values(child);
    }

    /// Keywords whose bad values keepalived replaces instead of passing them over.
    void take_refused_defaults(const ast::Node& child) {
        if (child.valid) return;
        if (child.is("priority"_kw)) {
            instance_.priority = 100;
            instance_.priority_written = true;
        }
        if (child.is("state"_kw)) instance_.written_state = VrrpState::backup;
    }

    void take_values(const ast::Node& child) {
        const keywords::KeywordId id = child.keyword->id;
        if (id == "virtual_router_id"_kw) {
            if (const auto vrid = ast::integer(child, 0)) instance_.vrid = static_cast<std::uint8_t>(*vrid);
        } else if (id == "priority"_kw) {
            instance_.priority = static_cast<int>(ast::integer(child, 0).value_or(100));
            instance_.priority_written = true;
        } else if (id == "state"_kw) {
            if (ast::text(child, 0) == "MASTER") {
                instance_.written_state = VrrpState::master;
            } else if (instance_.written_state != VrrpState::master) {
                instance_.written_state = VrrpState::backup;
            }
        } else if (id == "interface"_kw) {
            const auto device = ast::text(child, 0);
            instance_.interface = device.size() < interface_name_limit && device != "lo" ? device : std::string_view();
        } else if (id == "advert_int"_kw) {
            instance_.advert_interval = ast::microseconds(child, 0).value_or(instance_.advert_interval);
        } else if (id == "version"_kw) {
            take_version(child);
        } else if (id == "native_ipv6"_kw) {
            if (settle(child, Family::inet6)) version_ = 3;
        } else if (id == "strict_mode"_kw) {
            strict_ = ast::switched_on(child);
        } else if (id == "nopreempt"_kw) {
            instance_.nopreempt = true;
        } else if (id == "preempt"_kw) {
            instance_.nopreempt = false;
        } else if (id == "use_vmac"_kw) {
            instance_.uses_vmac = true;
        } else if (id == "unicast_fault_no_peer"_kw || id == "check_unicast_src"_kw ||
                   id == "old_unicast_checksum"_kw) {
            instance_.unicast_configured = true;
        }
    }

    void take_version(const ast::Node& child) {
        const auto version = static_cast<int>(ast::integer(child, 0).value_or(0));
        const bool is_inet6 = instance_.family_from != nullptr && instance_.family == Family::inet6;
        if ((version_ != 0 && version_ != version) || (version == 2 && is_inet6)) return;
        version_ = version;
        instance_.version_written = true;
    }

    void take_addresses(const ast::Node& child) {
        const keywords::KeywordId id = child.keyword->id;
        if (id == "unicast_src_ip"_kw || id == "mcast_src_ip"_kw) {
            if (id == "unicast_src_ip"_kw) instance_.unicast_configured = true;
            const auto address = ast::plain_address(child, 0);
            if (address) instance_.source = settle(child, address->family()) ? address : std::nullopt;
        } else if (id == "mcast_dst_ip"_kw) {
            const auto address = ast::plain_address(child, 0);
            if (!address) return;
            const bool fits = settle(child, address->family());
            const bool usable = address->family() == Family::inet ? ast::is_multicast(*address)
                                                                  : ast::is_link_local_multicast(*address);
            instance_.multicast_group = fits && usable ? address : std::nullopt;
        } else if (id == "use_ipvlan"_kw) {
            take_ipvlan(child);
        } else if (id == "unicast_peer"_kw) {
            instance_.unicast_configured = true;
            for (const auto& entry : child.children) {
                const auto address = ast::plain_address(entry, 0);
                if (!address) continue;
                instance_.peers.push_back({&entry, *address, settle(entry, address->family())});
            }
        } else if (id == "virtual_ipaddress"_kw || id == "virtual_ipaddress_excluded"_kw) {
            const bool excluded = id != "virtual_ipaddress"_kw;
            for (const auto& entry : child.children) {
                const auto address = ast::address_with_prefix(entry, 0);
                if (!address) continue;  // keepalived takes the address even where an option is wrong
                auto vip = read_virtual_address(entry, *address, excluded);
                if (!excluded) vip.fits_family = settle(entry, address->address.family());
                instance_.addresses.push_back(vip);
            }
        }
    }

    void take_ipvlan(const ast::Node& child) {
        if (instance_.uses_ipvlan) return;
        instance_.uses_ipvlan = true;
        for (std::size_t word = 0; word < child.arguments.size(); ++word) {
            if (ast::text(child, word) == "name" || ast::text(child, word) == "group") {
                ++word;
                continue;
            }
            const auto address = ast::address_with_prefix(child, word);
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

void read_globals(VrrpGlobals& globals, const ast::Node& block) {
    for (const auto& child : block.children) {
        // Of one without a name, too, it is not known who runs the scripts.
        if (child.is("script_user"_kw)) globals.script_user = &child;
        if (!child.valid || child.keyword == nullptr) continue;
        if (child.is("vrrp_version"_kw)) globals.version = static_cast<int>(ast::integer(child, 0).value_or(2));
        if (child.is("vrrp_strict"_kw)) globals.strict = ast::switched_on(child);
        if (child.is("enable_script_security"_kw)) globals.script_security = true;
        if (child.is("dynamic_interfaces"_kw)) globals.dynamic_interfaces = true;
        if (child.is("vrrp_mcast_group4"_kw)) globals.group4 = ast::plain_address(child, 0);
        if (child.is("vrrp_mcast_group6"_kw)) globals.group6 = ast::plain_address(child, 0);
    }
}

std::int64_t weight_of(const ast::Node& object, std::int64_t otherwise) {
    const auto* weight = ast::last_valid(object, "weight"_kw);
    return weight == nullptr ? otherwise : integer(*weight, 0).value_or(otherwise);
}

/// Fills the configuration from the top-level nodes, in their order.
class Resolver {
public:
    explicit Resolver(VrrpConfiguration& vrrp) : vrrp_(vrrp) { known_.globals = vrrp.globals; }

    void add(const ast::Node& node) {
        const keywords::KeywordId id = node.keyword->id;
        if (id == "vrrp_script"_kw) {
            const auto* script = ast::last_valid(node, "script"_kw);
            const bool usable = script != nullptr && !text(*script, 0).empty();
            add_named(vrrp_.scripts, known_.scripts, {&node, ast::text(node, 0), usable, weight_of(node, 0)});
        } else if (id == "track_file"_kw || id == "vrrp_track_file"_kw) {
            add_named(vrrp_.track_files, known_.track_files,
                      {&node, ast::text(node, 0), ast::given(node, "file"_kw), weight_of(node, 1)});
        } else if (id == "vrrp_track_process"_kw) {
            add_named(vrrp_.track_processes, known_.track_processes,
                      {&node, ast::text(node, 0), ast::given(node, "process"_kw), weight_of(node, 0)});
        } else if (id == "bfd_instance"_kw) {
            // Those kept for the checkers alone cannot be tracked here.
            const bool usable =
                ast::text(node, 0).size() < 32 && (ast::given(node, "vrrp"_kw) || !ast::given(node, "checker"_kw));
            add_named(vrrp_.bfds, known_.bfds, {&node, ast::text(node, 0), usable, weight_of(node, 0)});
        } else if (id == "track_group"_kw) {
            const auto* group = ast::last_valid(node, "group"_kw);
            vrrp_.track_groups.push_back({&node, ast::text(node, 0), group != nullptr && !group->children.empty()});
        } else if (id == "vrrp_sync_group"_kw) {
            add_sync_group(node);
        } else if (id == "vrrp_instance"_kw) {
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

    void add_sync_group(const ast::Node& node) {
        const auto* earlier = find_in(known_.sync_groups, ast::text(node, 0));
        SyncGroup group{
            .node = &node, .name = ast::text(node, 0), .duplicate_of = earlier == nullptr ? nullptr : *earlier};
        for (const auto& child : node.children) {
            if (child.keyword == nullptr || !child.valid) continue;
            add_tracking(group.tracking, child, known_);
            if (child.is("group"_kw) && group.members.empty()) group.members = list_words(child);
            if (child.is("sync_group_tracking_weight"_kw) || child.is("global_tracking"_kw))
                group.tracking_weight = true;
        }
        // A group without members is dropped, and its name is free again.
        const bool counts = earlier == nullptr && !group.members.empty();
        vrrp_.sync_groups.push_back(std::move(group));
        if (counts) known_.sync_groups.emplace(vrrp_.sync_groups.back().name, &vrrp_.sync_groups.back());
    }

    void add_instance(const ast::Node& node) {
        const auto* earlier = find_in(known_.instances, ast::text(node, 0));
        VrrpInstance instance{
            .node = &node, .name = ast::text(node, 0), .duplicate_of = earlier == nullptr ? nullptr : *earlier};
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

std::string_view user_of(const ast::Node& script, const VrrpGlobals& globals) {
    if (const auto* user = ast::last_valid(script, "user"_kw)) return text(*user, 0);
    if (globals.script_user != nullptr) return text(*globals.script_user, 0);
    return globals.script_security ? "keepalived_script" : std::string_view();
}

std::vector<SyncGroupMember> list_words(const ast::Node& list) {
    std::vector<SyncGroupMember> words;
    for (const auto& entry : list.children) {
        for (std::size_t word = 0; word < entry.arguments.size(); ++word)
            words.push_back({&entry, word, ast::text(entry, word)});
    }
    return words;
}

VrrpConfiguration resolve_vrrp(const ast::Node& root) {
    VrrpConfiguration vrrp;
    std::size_t instances = 0;
    std::size_t groups = 0;
    for (const auto& node : root.children) {
        if (node.is("global_defs"_kw)) read_globals(vrrp.globals, node);
        if (node.is("vrrp_instance"_kw)) ++instances;
        if (node.is("vrrp_sync_group"_kw)) ++groups;
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

}  // namespace lbctl::model
