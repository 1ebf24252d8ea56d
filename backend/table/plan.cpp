#include "backend/table/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"

namespace lbctl::table {

namespace {

constexpr std::uint32_t no_member = ~std::uint32_t{0};

/// A copy without the destinations, which a request about the service does not need.
Service alone(const Service& service) {
    Service copy;
    copy.key = service.key;
    copy.scheduler = service.scheduler;
    copy.flags = service.flags;
    copy.persistence = service.persistence;
    copy.netmask = service.netmask;
    return copy;
}

Destination with_weight(Destination destination, std::uint32_t weight) {
    destination.weight = weight;
    return destination;
}

void keep_live_weights(const Table& live, Wanted& wanted) {
    std::map<ServiceKey, const Service*> services;
    for (const Service& service : live.services) services.emplace(service.key, &service);
    for (WantedService& service_wanted : wanted.services) {
        const auto found = services.find(service_wanted.service.key);
        if (found == services.end()) continue;
        std::map<DestinationKey, std::uint32_t> weights;
        for (const Destination& destination : found->second->destinations)
            weights[destination.key] = destination.weight;
        for (Destination& destination : service_wanted.service.destinations) {
            const auto weight = weights.find(destination.key);
            if (weight != weights.end()) destination.weight = weight->second;
        }
    }
}

}  // namespace

Permission permission_for(StepKind kind) {
    switch (kind) {
        case StepKind::add_service:
        case StepKind::add_destination:
        case StepKind::start_daemon:
            return Permission::add;
        case StepKind::stop_daemon:
        case StepKind::quiesce_destination:
        case StepKind::remove_destination:
        case StepKind::remove_service:
            return Permission::remove;
        default:
            return Permission::edit;
    }
}

std::string_view to_string(Permission permission) {
    switch (permission) {
        case Permission::add:
            return "add";
        case Permission::edit:
            return "edit";
        case Permission::remove:
            break;
    }
    return "remove";
}

Plan::Plan(Table live, Wanted wanted, const std::set<ServiceKey>& owned, const PlanOptions& options)
    : live_(std::move(live)), wanted_(std::move(wanted)) {
    if (options.keep_weights) keep_live_weights(live_, wanted_);
    difference_ = compare(live_, wanted_);
    // lvs_flush makes keepalived begin with an empty table; the same end is reached without tearing anything down.
    if (!options.prune && !wanted_.flush) foreign_ = take_foreign(difference_, owned);
    order_steps(options.drain);
}

const ServiceDifference& Plan::service_of(const Step& step) const {
    return difference_.services[step.group];
}

const DestinationDifference& Plan::destination_of(const Step& step) const {
    return service_of(step).destinations[step.member];
}

const DaemonDifference& Plan::daemon_of(const Step& step) const {
    return difference_.daemons[step.group];
}

void Plan::order_steps(bool drain) {
    std::size_t members = 2 + difference_.services.size();
    for (const ServiceDifference& service : difference_.services) members += service.destinations.size();
    steps_.reserve(members);

    if (difference_.timeouts_after) steps_.push_back({StepKind::set_timeouts, 0, no_member});
    take_steps(StepKind::stop_daemon);
    take_steps(StepKind::add_service);
    take_steps(StepKind::add_destination);
    take_steps(StepKind::edit_service);
    take_steps(StepKind::edit_destination);
    // The kernel runs no daemon beside destinations of another family than their service's, so where such ones go the
    // daemons start after them.
    const bool mixed_goes =
        std::any_of(difference_.services.begin(), difference_.services.end(), [](const auto& service) {
            return std::any_of(service.destinations.begin(), service.destinations.end(),
                               [&service](const auto& change) {
                                   return change.after == nullptr &&
                                          change.before->key.address.family() != family_of(service.before->key);
                               });
        });
    if (!mixed_goes) take_steps(StepKind::start_daemon);
    if (drain) take_steps(StepKind::quiesce_destination);
    first_removal_ = steps_.size();
    take_steps(StepKind::remove_destination);
    take_steps(StepKind::remove_service);
    if (mixed_goes) take_steps(StepKind::start_daemon);
}

void Plan::take_steps(StepKind kind) {
    if (kind == StepKind::start_daemon || kind == StepKind::stop_daemon) {
        for (std::uint32_t i = 0; i < difference_.daemons.size(); ++i) {
            const DaemonDifference& daemon = difference_.daemons[i];
            if ((kind == StepKind::start_daemon ? daemon.after : daemon.before) != nullptr) {
                steps_.push_back({kind, i, no_member});
            }
        }
        return;
    }
    for (std::uint32_t i = 0; i < difference_.services.size(); ++i) {
        const ServiceDifference& service = difference_.services[i];
        const bool comes = service.before == nullptr;
        const bool goes = service.after == nullptr;
        // A new service is not left without its destinations for longer than a request takes.
        if (kind == StepKind::add_service && !comes) continue;
        if (kind == StepKind::add_destination && (comes || goes)) continue;
        if ((kind == StepKind::add_service && comes) || (kind == StepKind::remove_service && goes) ||
            (kind == StepKind::edit_service && service.edited)) {
            steps_.push_back({kind, i, no_member});
        }
        if (kind == StepKind::edit_service || kind == StepKind::remove_service) continue;
        if (kind == StepKind::remove_destination && goes) continue;  // they go with their service
        for (std::uint32_t j = 0; j < service.destinations.size(); ++j) {
            const DestinationDifference& change = service.destinations[j];
            const bool adds = kind == StepKind::add_service || kind == StepKind::add_destination;
            const bool edits =
                kind == StepKind::edit_destination && change.before != nullptr && change.after != nullptr;
            const bool removes = kind == StepKind::remove_destination && change.after == nullptr;
            const bool quiesces =
                kind == StepKind::quiesce_destination && change.after == nullptr && change.before->weight != 0;
            if (adds && change.before == nullptr) {
                steps_.push_back({StepKind::add_destination, i, j});
            } else if (edits || removes || quiesces) {
                steps_.push_back({kind, i, j});
            }
        }
    }
}

Request Plan::request(std::size_t index) const {
    const Step& step = steps_[index];
    switch (step.kind) {
        case StepKind::set_timeouts:
            return SetTimeouts{*difference_.timeouts_after};
        case StepKind::stop_daemon:
            return StopDaemon{daemon_of(step).before->state};
        case StepKind::start_daemon:
            return StartDaemon{*daemon_of(step).after};
        case StepKind::add_service:
            return AddService{alone(*service_of(step).after)};
        case StepKind::edit_service:
            return SetService{alone(*service_of(step).after)};
        case StepKind::remove_service:
            return DeleteService{service_of(step).before->key};
        case StepKind::add_destination:
            return AddDestination{service_of(step).after->key, *destination_of(step).after};
        case StepKind::edit_destination:
            return SetDestination{service_of(step).after->key, *destination_of(step).after};
        case StepKind::quiesce_destination:
            return SetDestination{service_of(step).before->key, with_weight(*destination_of(step).before, 0)};
        case StepKind::remove_destination:
            break;
    }
    return DeleteDestination{service_of(step).before->key, destination_of(step).before->key};
}

std::vector<Request> Plan::undo(std::size_t index) const {
    const Step& step = steps_[index];
    switch (step.kind) {
        case StepKind::set_timeouts:
            return {SetTimeouts{*difference_.timeouts_before}};
        case StepKind::stop_daemon:
            return {StartDaemon{*daemon_of(step).before}};
        case StepKind::start_daemon:
            return {StopDaemon{daemon_of(step).after->state}};
        case StepKind::add_service:
            return {DeleteService{service_of(step).after->key}};
        case StepKind::edit_service:
            return {SetService{alone(*service_of(step).before)}};
        case StepKind::remove_service: {
            const Service& before = *service_of(step).before;
            std::vector<Request> requests = {AddService{alone(before)}};
            // The kernel puts a new destination first, so this way round they stand as they stood.
            for (auto at = before.destinations.rbegin(); at != before.destinations.rend(); ++at) {
                requests.emplace_back(AddDestination{before.key, *at});
            }
            return requests;
        }
        case StepKind::add_destination:
            return {DeleteDestination{service_of(step).after->key, destination_of(step).after->key}};
        case StepKind::edit_destination:
        case StepKind::quiesce_destination:
            return {SetDestination{service_of(step).before->key, *destination_of(step).before}};
        case StepKind::remove_destination:
            break;
    }
    return {AddDestination{service_of(step).before->key, *destination_of(step).before}};
}

std::string Plan::reason(std::size_t index) const {
    const Step& step = steps_[index];
    switch (step.kind) {
        case StepKind::set_timeouts:
            return to_string(changes(*difference_.timeouts_before, *difference_.timeouts_after));
        case StepKind::stop_daemon:
            return daemon_of(step).after == nullptr ? "not wanted" : "its parameters change";
        case StepKind::start_daemon:
            return daemon_of(step).before == nullptr ? "wanted, and not running" : "its parameters change";
        case StepKind::add_service:
            return "wanted, and not in the table";
        case StepKind::edit_service:
            return to_string(changes(*service_of(step).before, *service_of(step).after));
        case StepKind::remove_service:
            return "in the table, and not wanted";
        case StepKind::add_destination:
            return service_of(step).before == nullptr ? "belongs to the new service" : "wanted, and not in the table";
        case StepKind::edit_destination:
            return to_string(changes(*destination_of(step).before, *destination_of(step).after));
        case StepKind::quiesce_destination:
            return fmt::format("goes away: weight {} → 0", destination_of(step).before->weight);
        case StepKind::remove_destination:
            break;
    }
    return "in the table, and not wanted";
}

SourcePlace Plan::place(std::size_t index) const {
    const Step& step = steps_[index];
    if (step.kind == StepKind::set_timeouts || step.kind == StepKind::stop_daemon ||
        step.kind == StepKind::start_daemon) {
        return {};
    }
    const ServiceDifference& service = service_of(step);
    if (service.after == nullptr) return {};
    const WantedService& service_wanted = wanted_.services[service.after_index];
    if (step.member == no_member) return service_wanted.place;
    const Destination* destination = service.destinations[step.member].after;
    if (destination == nullptr) return {};
    return service_wanted.place_of(*destination);
}

std::vector<std::pair<ServiceKey, DestinationKey>> Plan::going(std::size_t index) const {
    const Step& step = steps_[index];
    if (step.kind == StepKind::remove_destination) {
        return {{service_of(step).before->key, destination_of(step).before->key}};
    }
    std::vector<std::pair<ServiceKey, DestinationKey>> pairs;
    if (step.kind != StepKind::remove_service) return pairs;
    const Service& service = *service_of(step).before;
    for (const Destination& destination : service.destinations) pairs.emplace_back(service.key, destination.key);
    return pairs;
}

std::vector<const Service*> take_foreign(Difference& difference, const std::set<ServiceKey>& owned) {
    std::vector<const Service*> foreign;
    std::erase_if(difference.services, [&](const ServiceDifference& service) {
        if (service.after != nullptr || owned.contains(service.before->key)) return false;
        foreign.push_back(service.before);
        return true;
    });
    return foreign;
}

std::string digest(const Table& table) {
    // FNV-1a over the lines in an order of their own; a digest against accidents, not against forgery.
    std::string text = ipvsadm::to_saved_text({{}, table.timeouts, table.daemons}, ipvsadm::SavedForm::complete);
    std::vector<std::string> lines;
    for (const Service& service : table.services) {
        lines.push_back(ipvsadm::saved_service(service, ipvsadm::SavedForm::complete));
        for (const Destination& destination : service.destinations) {
            lines.push_back(ipvsadm::saved_destination(service.key, destination, ipvsadm::SavedForm::complete));
        }
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) text += line + '\n';
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    return fmt::format("{:016x}", hash);
}

}  // namespace lbctl::table
