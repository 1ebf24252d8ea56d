#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for static addresses, routes and rules, the track groups they follow, and garp groups.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"track-group-repeated", "vrrp", Severity::error, "A second track_group of the same name",
     "keepalived skips the whole second block.", ""},
    {"track-group-empty", "vrrp", Severity::error, "A track_group without members",
     "keepalived removes it. Name the instances: `group { a b }'.", "track_group T {\n}"},
    {"track-group-second-list", "vrrp", Severity::error, "A second `group' block in a track_group",
     "keepalived reports it and loses the group. Write all members into one block.", ""},
    {"track-group-member-missing", "vrrp", Severity::warning, "A track_group names an instance that is not there",
     "keepalived passes over the name and says so only in its log.", ""},
    {"track-group-not-found", "vrrp", Severity::error, "No track_group of that name above",
     "keepalived reads from top to bottom: the track_group has to stand above the address, route or rule that follows "
     "it.",
     "static_ipaddress {\n    10.0.0.1/24 dev eth0 track_group not_there\n}"},
    {"track-group-needs-interface", "vrrp", Severity::error, "track_group on something without interface",
     "keepalived follows the group only for what is on a named interface; it drops the track_group. Add `dev'.", ""},
    {"garp-group-without-delay", "vrrp", Severity::error, "A garp_group without garp_interval and gna_interval",
     "keepalived removes it.", "garp_group {\n    interface eth0\n}"},
    {"garp-group-interface-repeated", "vrrp", Severity::error, "An interface in two garp_groups",
     "An interface has one delay; keepalived passes over the second.", ""},
    {"list-empty", "structure", Severity::error, "An empty list", "keepalived says that nothing stands there.",
     "interfaces {\n}"},
};

/// The first of that name; those below the entry do not count.
const Node* group_above(const Node& entry, std::string_view name, const model::VrrpConfiguration& vrrp,
                        const Node*& below) {
    for (const auto& group : vrrp.track_groups) {
        if (group.name != name || !group.usable) continue;
        const auto& mine = entry.head.where().range;
        const auto& its = group.node->head.where().range;
        // In one file the place tells which comes first; across files take it as found.
        if (mine.file != its.file || its.begin < mine.begin) return group.node;
        below = group.node;
    }
    return nullptr;
}

void check_track_groups(const Context& context, const model::VrrpConfiguration& vrrp) {
    std::unordered_map<std::string_view, const Node*> seen;
    std::unordered_map<std::string_view, const model::VrrpInstance*> instances;
    for (const auto& instance : vrrp.instances) instances.emplace(instance.name, &instance);
    for (const auto& group : vrrp.track_groups) {
        const auto where = ast::place(*group.node, 0);
        const auto [found, fresh] = seen.emplace(group.name, group.node);
        if (!fresh) {
            auto& finding = context.report(
                "track-group-repeated", Severity::error, where,
                fmt::format("track_group {} is defined already: keepalived skips this one", in_quotes(group.name)));
            add_note(finding, found->second->head.where(), "the first is here");
            continue;
        }
        if (!group.usable) {
            const auto* list = ast::last_valid(*group.node, "group"_kw);
            context.report("track-group-empty", Severity::error, list == nullptr ? where : list->head.where(),
                           fmt::format("track_group {} has no members: keepalived drops it", in_quotes(group.name)));
        }
        const Node* list = nullptr;
        for (const auto& child : group.node->children) {
            if (!child.is("group"_kw)) continue;
            if (list != nullptr && !list->children.empty()) {
                auto& finding =
                    context.report("track-group-second-list", Severity::error, child.head.where(),
                                   "the members of this track_group are listed already: keepalived loses the group");
                add_note(finding, list->head.where(), "the first list");
                continue;
            }
            list = &child;
            for (const auto& member : model::list_words(child)) {
                if (instances.contains(member.name)) continue;
                context.report("track-group-member-missing", Severity::warning, ast::place(*member.entry, member.word),
                               fmt::format("there is no vrrp_instance {}; keepalived passes over it without a word",
                                           in_quotes(member.name)));
            }
        }
    }
}

void check_garp_interfaces(const Context& context, const Node& block, std::map<std::string_view, const Node*>& seen) {
    const auto take = [&](std::string_view name, const Location& where) {
        const auto [found, fresh] = seen.emplace(name, &block);
        if (fresh) return;
        auto& finding =
            context.report("garp-group-interface-repeated", Severity::error, where,
                           fmt::format("{} is in a garp_group already; keepalived passes over it", in_quotes(name)));
        add_note(finding, found->second->head.where(), "that group");
    };
    for (const auto& child : block.children) {
        if (child.keyword == nullptr || !child.valid) continue;
        if (child.keyword->id == "interface"_kw) take(ast::text(child, 0), ast::place(child, 0));
        if (child.keyword->id != "interfaces"_kw) continue;
        const auto words = model::list_words(child);
        if (words.empty())
            context.report("list-empty", Severity::error, child.head.where(), "no interface stands in this list");
        for (const auto& word : words) take(word.name, ast::place(*word.entry, word.word));
    }
}

}  // namespace

std::span<const RulePage> static_pages() {
    return pages;
}

void check_track_group(const Context& context, const Node& entry, const model::VrrpConfiguration& vrrp) {
    bool has_interface = false;
    for (std::size_t word = 0; word < entry.arguments.size(); ++word) {
        const auto text = ast::text(entry, word);
        has_interface = has_interface || text == "dev" || text == "iif" || text == "oif";
    }
    for (std::size_t word = 0; word + 1 < entry.arguments.size(); ++word) {
        if (ast::text(entry, word) != "track_group") continue;
        const Node* below = nullptr;
        const auto name = ast::text(entry, word + 1);
        if (group_above(entry, name, vrrp, below) == nullptr) {
            auto& finding = context.report("track-group-not-found", Severity::error, ast::place(entry, word + 1),
                                           fmt::format("there is no track_group {} above", in_quotes(name)));
            if (below != nullptr) add_note(finding, below->head.where(), "it is defined here: move it up");
        } else if (!has_interface) {
            context.report("track-group-needs-interface", Severity::error, ast::place(entry, word),
                           "track_group needs an interface on the same line; keepalived drops it");
        }
        return;
    }
}

void check_static_items(const Context& context, const model::VrrpConfiguration& vrrp) {
    check_track_groups(context, vrrp);
    for (const auto& node : context.root.children) {
        if (node.keyword == nullptr) continue;
        const keywords::KeywordId id = node.keyword->id;
        for (const auto& entry : node.children) {
            if (id == "static_ipaddress"_kw) check_address_line(context, entry, AddressUse::static_address, vrrp);
            if (id == "static_routes"_kw) check_route_line(context, entry, true, vrrp);
            if (id == "static_rules"_kw) check_rule_line(context, entry, true, vrrp);
        }
    }
}

void check_garp_groups(const Context& context) {
    std::map<std::string_view, const Node*> seen;
    for (const auto& node : context.root.children) {
        if (!node.is("garp_group"_kw)) continue;
        check_garp_interfaces(context, node, seen);
        if (!ast::given(node, "garp_interval"_kw) && !ast::given(node, "gna_interval"_kw)) {
            context.report("garp-group-without-delay", Severity::error, node.head.where(),
                           "this garp_group has neither garp_interval nor gna_interval: keepalived drops it");
        }
    }
}

}  // namespace lbctl::validate
