#pragma once

#include <string>
#include <vector>

#include "grammar/rules/cluster/cluster.h"

/// Which virtual servers of the nodes are one service.
namespace lbctl::rules {

struct ServiceOn {
    const ClusterNode* node = nullptr;
    const model::VirtualServer* service = nullptr;
};

/// A service of nodes that take each other's place.
struct SharedService {
    std::vector<ServiceOn> on;                ///< the nodes that have it, in their order; never empty
    std::vector<const ClusterNode*> missing;  ///< those that hold its address, too, and do not have it
};

/// Nodes take each other's place when they are in one virtual router; where no node has an instance, all of them do. A
/// service whose address belongs to a virtual router concerns the nodes of that router only.
std::vector<SharedService> pair_services(const Cluster& cluster);

/// Nodes that take each other's place, as pair_services has it.
std::vector<std::vector<const ClusterNode*>> companions(const Cluster& cluster);

/// "192.0.2.80 25", "fwmark 5", "group web"
std::string title_of(const model::VirtualServer& service);

/// Where the last line of one of the keywords stands; without one, where the block begins.
source::Location place_in(const ast::Node& block, std::initializer_list<keywords::KeywordId> keyword_ids);

/// A setting that all nodes have to share, in words; tells in one finding where it is another than on the first node.
void report_other_services(const SharedService& service, const SharedSetting& setting,
                           std::initializer_list<keywords::KeywordId> keyword_ids,
                           std::string (*value)(const model::VirtualServer& service));

}  // namespace lbctl::rules
