#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/instances.h"
#include "backend/keepalived/moment.h"
#include "backend/keepalived/service_states.h"
#include "backend/table/table.h"
#include "grammar/base/result.h"

/// What keepalived tells of itself in the files that it writes when it is asked, see asking.h. The texts have changed
/// little from 2.0 to 2.4: check_data.c, dump_check_data(); vrrp_data.c, dump_vrrp(); vrrp_json.c, vrrp_json_dump().
namespace lbctl::keepalived {

struct ToldServer {
    IpAddress address;
    std::uint16_t port = 0;
    std::optional<bool> alive;  ///< nothing: before 2.0.14 the text does not say
    std::uint32_t failed_checks = 0;
};

/// The services of a virtual server, or of an entry of its group: those from the address of `first` to `last`, or that
/// of a firewall mark.
struct ToldRange {
    table::ServiceKey first;
    IpAddress last;  ///< of the family of `first`, and not before it; without meaning for a mark
};

struct ToldService {
    std::vector<ToldRange> ranges;  ///< empty: those of a group that the text does not have
    std::vector<ToldServer> servers;
};

struct ToldInstance {
    std::string name;
    InstanceState state = InstanceState::unknown;
    std::optional<int> priority;  ///< in force
    std::optional<Moment> since;  ///< its last transition
};

/// Reads the file that the checkers write. Takes any bytes; what it does not know it passes over.
std::vector<ToldService> read_told_services(std::string_view text);
/// Reads the file that VRRP writes.
std::vector<ToldInstance> read_told_instances(std::string_view text);
/// Reads the file that VRRP writes as JSON: a list of instances, or with `json_version 2` an object that has it. Fails
/// for another text.
Result<std::vector<ToldInstance>> read_told_instances_json(std::string_view text);

/// Puts what was told into the place of what was inferred.
void take_told(const std::vector<ToldService>& told, std::vector<ServiceStatus>& services);
void take_told(const std::vector<ToldInstance>& told, std::vector<Instance>& instances);

}  // namespace lbctl::keepalived
