#include "grammar/rules/cluster/cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_virtual_server.h"

namespace lbctl::rules {

namespace {

ClusterNode read_node(const NodeInput& input, source::Findings& findings) {
    ClusterNode node{.name = input.name, .root = &input.root, .sources = &input.sources, .findings = &findings};
    node.vrrp = model::resolve_vrrp(input.root);
    node.lvs = model::bind_lvs(input.root);
    const model::Groups groups = model::groups_of(node.lvs);
    for (const ast::Node& statement : input.root.children) {
        model::VirtualServer service;
        if (!model::bind_virtual_server(statement, groups, service) || model::is_dropped(service)) continue;
        model::remove_dropped_servers(service);
        node.services.push_back(std::move(service));
    }
    return node;
}

void sort_by_place(source::Findings& findings) {
    std::stable_sort(findings.begin(), findings.end(), [](const source::Finding& one, const source::Finding& other) {
        return one.where.range < other.where.range;
    });
}

}  // namespace

const Member* VirtualRouter::member_of(const ClusterNode& node) const {
    const auto found = std::ranges::find(members, &node, &Member::node);
    return found == members.end() ? nullptr : &*found;
}

std::vector<source::Findings> check_cluster(std::span<const NodeInput> nodes, keywords::Version target) {
    std::vector<source::Findings> findings(nodes.size());
    Cluster cluster;
    cluster.target = target;
    cluster.nodes.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) cluster.nodes.push_back(read_node(nodes[i], findings[i]));
    cluster.routers = pair_instances(cluster.nodes);
    for (const Rule* rule : all_rules()) {
        if (rule->cluster != nullptr) rule->cluster(cluster);
    }
    for (source::Findings& each : findings) sort_by_place(each);
    return findings;
}

source::Finding& report(const ClusterNode& node, std::string_view rule, Severity severity,
                        const source::Location& where, std::string message) {
    node.findings->push_back({rule, severity, where, std::move(message), {}, {}, {}});
    return node.findings->back();
}

void add_note(source::Finding& finding, const ClusterNode& node, const source::Location& where, std::string message) {
    finding.notes.push_back({where.range, std::move(message), node.sources});
}

const ast::Node* global_line(const ClusterNode& node, keywords::KeywordId keyword) {
    const ast::Node* line = nullptr;
    for (const ast::Node* block : node.root->all("global_defs"_kw)) {
        if (const ast::Node* found = ast::last_valid(*block, keyword)) line = found;
    }
    return line;
}

const ast::Node* line_of(const Member& member, keywords::KeywordId keyword, keywords::KeywordId global) {
    if (const ast::Node* line = ast::last_valid(*member.instance->node, keyword)) return line;
    return global == keywords::KeywordId::none ? nullptr : global_line(*member.node, global);
}

source::Location place_of(const Member& member, keywords::KeywordId keyword, keywords::KeywordId global) {
    const ast::Node* line = line_of(member, keyword, global);
    return (line == nullptr ? member.instance->node : line)->head.where();
}

void report_other_values(const VirtualRouter& router, const SharedSetting& setting,
                         std::string (*value)(const Member& member)) {
    const Member* first = nullptr;
    std::string expected;
    source::Finding* finding = nullptr;
    for (const Member& member : router.members) {
        std::string here = value(member);
        if (here.empty()) continue;
        if (first == nullptr) {
            first = &member;
            expected = std::move(here);
            continue;
        }
        if (here == expected) continue;
        if (finding == nullptr) {
            finding =
                &report(*first->node, setting.rule, setting.severity, place_of(*first, setting.keyword, setting.global),
                        fmt::format("{} of {} is {} on {} and {} on {}: {}", setting.keyword.text, router.name(),
                                    expected, first->node->name, here, member.node->name, setting.consequence));
        }
        add_note(*finding, *member.node, place_of(member, setting.keyword, setting.global),
                 fmt::format("it is {} on {}", here, member.node->name));
    }
}

void report_flag_of_some(const VirtualRouter& router, const SharedSetting& setting,
                         bool (*is_on)(const Member& member)) {
    std::vector<std::string> with;
    std::vector<std::string> without;
    for (const Member& member : router.members) (is_on(member) ? with : without).push_back(member.node->name);
    if (with.empty() || without.empty()) return;
    const auto first = std::ranges::find_if(router.members, is_on);
    source::Finding& finding =
        report(*first->node, setting.rule, setting.severity, place_of(*first, setting.keyword, setting.global),
               fmt::format("{} of {} is set on {} only, not on {}: {}", setting.keyword.text, router.name(),
                           joined(with), joined(without), setting.consequence));
    for (const Member& member : router.members) {
        if (is_on(member)) continue;
        add_note(finding, *member.node, place_of(member, setting.keyword, setting.global),
                 fmt::format("it is not set on {}", member.node->name));
    }
}

std::string joined(std::span<const std::string> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
        text += words[i];
    }
    return text;
}

}  // namespace lbctl::rules
