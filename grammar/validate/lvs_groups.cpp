#include <unordered_map>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for virtual_server_group.
namespace lbctl::validate {

namespace {

constexpr RulePage pages[] = {
    {"group-empty", "lvs", Severity::error, "A virtual_server_group without a usable line",
     "keepalived removes the group, and with it every virtual server that names it.", "virtual_server_group web {\n}"},
    {"group-families", "lvs", Severity::error, "IPv4, IPv6 and a fwmark without family in one group",
     "keepalived cannot tell which family the mark is for and removes the group. Write `fwmark 1 inet' or `inet6', or "
     "make two groups.",
     "virtual_server_group web {\n    10.0.0.1 80\n    fd00::1 80\n    fwmark 1\n}"},
    {"group-repeated", "lvs", Severity::warning, "A second virtual_server_group of the same name",
     "keepalived takes it without a word, and virtual servers use the first of the name: the second has no effect.",
     "virtual_server_group web { 10.0.0.1 80 }\nvirtual_server_group web { 10.0.0.2 80 }"},
    {"group-unused", "lvs", Severity::info, "No virtual_server uses this group", "The group has no effect.", ""},
};

}  // namespace

std::span<const RulePage> group_pages() {
    return pages;
}

void check_groups(const Context& context, const model::Lvs& lvs, const SeenServices& seen) {
    std::unordered_map<std::string_view, const ast::Node*> names;
    for (const model::VirtualServerGroup& group : lvs.groups) {
        const auto where = ast::place(*group.node, 0);
        if (group.node->children.empty()) {
            context.report("group-empty", Severity::error, where,
                           fmt::format("group {} has no usable line: keepalived drops it", in_quotes(group.name)));
        } else if (!group.is_usable() && !group.entries.empty()) {
            context.report("group-families", Severity::error, where,
                           fmt::format("group {} mixes IPv4 and IPv6 with a fwmark of no family: keepalived drops it",
                                       in_quotes(group.name)));
        }
        // A group that keepalived drops leaves its name to the next.
        if (!group.is_usable()) continue;
        const auto [found, fresh] = names.emplace(group.name, group.node);
        if (!fresh) {
            auto& finding = context.report(
                "group-repeated", Severity::warning, where,
                fmt::format("group {} is defined a second time; the first counts", in_quotes(group.name)));
            add_note(finding, found->second->head.where(), "the first is here");
        } else if (!seen.groups.contains(group.name)) {
            context.report("group-unused", Severity::info, where,
                           fmt::format("no virtual_server uses group {}", in_quotes(group.name)));
        }
    }
}

}  // namespace lbctl::validate
