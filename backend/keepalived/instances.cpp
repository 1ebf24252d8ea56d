#include "backend/keepalived/instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "grammar/model/vrrp.h"

namespace lbctl::keepalived {

namespace {

constexpr std::array<std::pair<InstanceState, std::string_view>, 4> state_words = {{
    {InstanceState::unknown, "unknown"},
    {InstanceState::master, "MASTER"},
    {InstanceState::backup, "BACKUP"},
    {InstanceState::fault, "FAULT"},
}};

std::string addresses_text(std::size_t here, std::size_t all) {
    if (here == 0) return all == 1 ? "its address is not on this machine" : "none of its addresses is on this machine";
    if (here == all) return all == 1 ? "its address is on this machine" : "its addresses are on this machine";
    return fmt::format("{} of its {} addresses {} on this machine", here, all, here == 1 ? "is" : "are");
}

void infer_state(Instance& instance, const doctor::Machine& machine, const std::vector<table::SyncDaemon>& daemons,
                 bool daemon_follows) {
    const doctor::Link* link = machine.link(instance.interface);
    if (!instance.interface.empty() && (link == nullptr || !link->up || !link->running)) {
        instance.state = InstanceState::fault;
        instance.evidence = fmt::format("{} {}", instance.interface, link == nullptr ? "does not exist" : "is down");
        return;
    }
    if (instance.addresses != 0) {
        instance.evidence = addresses_text(instance.addresses_here, instance.addresses);
        if (instance.addresses_here == instance.addresses) instance.state = InstanceState::master;
        if (instance.addresses_here == 0) instance.state = InstanceState::backup;
        return;
    }
    if (!daemon_follows || daemons.size() != 1) {
        instance.evidence = "it has no address by which its state could be seen";
        return;
    }
    const bool master = daemons.front().state == table::DaemonState::master;
    instance.state = master ? InstanceState::master : InstanceState::backup;
    instance.evidence = fmt::format("its sync daemon is the {}", master ? "master" : "backup");
}

}  // namespace

std::string_view to_string(InstanceState state) {
    return std::ranges::find(state_words, state, &std::pair<InstanceState, std::string_view>::first)->second;
}

InstanceState instance_state_from(std::string_view word) {
    const auto found = std::ranges::find(state_words, word, &std::pair<InstanceState, std::string_view>::second);
    return found == state_words.end() ? InstanceState::unknown : found->first;
}

std::vector<Instance> infer_instances(const ast::Node& root, const doctor::Machine& machine,
                                      const std::vector<table::SyncDaemon>& daemons, std::string_view daemon_instance) {
    std::vector<Instance> instances;
    const model::VrrpConfiguration configuration = model::resolve_vrrp(root);
    for (const model::VrrpInstance& vrrp : configuration.instances) {
        if (vrrp.duplicate_of != nullptr) continue;
        Instance& instance = instances.emplace_back();
        instance.name = vrrp.name;
        instance.interface = vrrp.interface;
        instance.priority = vrrp.priority;
        for (const model::VirtualAddress& address : vrrp.addresses) {
            if (!address.fits_family && !address.excluded) continue;
            ++instance.addresses;
            if (machine.has_address(address.address.address)) ++instance.addresses_here;
        }
        infer_state(instance, machine, daemons, vrrp.name == daemon_instance);
    }
    return instances;
}

const Instance* find_instance(const std::vector<Instance>& instances, std::string_view name) {
    const auto found = std::ranges::find(instances, name, &Instance::name);
    return found == instances.end() ? nullptr : &*found;
}

}  // namespace lbctl::keepalived
