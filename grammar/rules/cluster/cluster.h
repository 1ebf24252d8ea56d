#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/keywords/version.h"
#include "grammar/model/lvs.h"
#include "grammar/model/vrrp.h"
#include "grammar/rules/rule.h"
#include "grammar/source/finding.h"

/// The nodes of one cluster, each a configuration of its own, and what they have in common.
namespace lbctl::rules {

/// A node as the caller has read it. All of the tree must have been kept.
struct NodeInput {
    std::string name;  ///< what findings call it
    const ast::Node& root;
    const source::Sources& sources;
};

struct ClusterNode {
    std::string name;
    const ast::Node* root = nullptr;
    const source::Sources* sources = nullptr;
    source::Findings* findings = nullptr;  ///< those that stand in its files
    model::VrrpConfiguration vrrp{};
    model::Lvs lvs{};
    std::vector<model::VirtualServer> services{};  ///< those that keepalived takes, without servers that it drops
};

/// An instance of a node. Two pointers, to be copied.
struct Member {
    const ClusterNode* node = nullptr;
    const model::VrrpInstance* instance = nullptr;
};

/// The instances that are meant to be one virtual router: at most one a node, in the order of the nodes.
struct VirtualRouter {
    std::vector<Member> members{};

    [[nodiscard]] std::string_view name() const { return members.front().instance->name; }
    [[nodiscard]] const Member* member_of(const ClusterNode& node) const;
};

struct Cluster {
    std::vector<ClusterNode> nodes{};
    std::vector<VirtualRouter> routers{};
    keywords::Version target{};
};

/// Holds the nodes against each other. Gives what was found, a list a node: that of the node in which a finding stands,
/// ordered by place. The notes point into the sources of the nodes, which must outlive them.
std::vector<source::Findings> check_cluster(std::span<const NodeInput> nodes, keywords::Version target);

/// Which instances of the nodes are one virtual router: those that share addresses first, then those with one
/// virtual_router_id and the same name or network, then those of one name that are each other's unicast peers. Neither
/// the name alone nor the number alone says it: both are the same in many clusters.
std::vector<VirtualRouter> pair_instances(std::span<const ClusterNode> nodes);

/// Whether the virtual addresses of the two lie in one network. An address without prefix counts as of a /24 or /64.
bool on_one_network(const model::VrrpInstance& one, const model::VrrpInstance& other);

/// Whether they have one virtual_router_id on one network although they are two virtual routers of different nodes, and
/// hear each other.
bool clash(const VirtualRouter& one, const VirtualRouter& other);

/// Adds a finding that stands in a file of the node.
source::Finding& report(const ClusterNode& node, std::string_view rule, Severity severity,
                        const source::Location& where, std::string message);

/// Adds a place in the files of a node to a finding.
void add_note(source::Finding& finding, const ClusterNode& node, const source::Location& where, std::string message);

/// The line that settles it for the instance: its own, else that of global_defs; null: none.
const ast::Node* line_of(const Member& member, keywords::KeywordId keyword,
                         keywords::KeywordId global = keywords::KeywordId::none);

/// Where that line stands; without one, where the instance begins.
source::Location place_of(const Member& member, keywords::KeywordId keyword,
                          keywords::KeywordId global = keywords::KeywordId::none);

/// The last line of that keyword in global_defs that keepalived takes, or null.
const ast::Node* global_line(const ClusterNode& node, keywords::KeywordId keyword);

/// A setting that all members of a virtual router have to share.
struct SharedSetting {
    std::string_view rule;
    Severity severity = Severity::error;
    keywords::KeywordName keyword;   ///< of the instance
    keywords::KeywordName global{};  ///< of global_defs; none: there is none
    std::string_view consequence;    ///< after the colon of the message
};

/// Tells in one finding where members have another value than the first one. An empty value takes no part.
void report_other_values(const VirtualRouter& router, const SharedSetting& setting,
                         std::string (*value)(const Member& member));

/// The same for a setting that is on or off.
void report_flag_of_some(const VirtualRouter& router, const SharedSetting& setting,
                         bool (*is_on)(const Member& member));

/// "a, b and c"
std::string joined(std::span<const std::string> words);

}  // namespace lbctl::rules
