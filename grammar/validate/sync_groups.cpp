#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for vrrp_sync_group.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::SyncGroup;

constexpr RulePage pages[] = {
    {"sync-group-repeated", "vrrp", Severity::error, "A second vrrp_sync_group of the same name",
     "keepalived skips the whole second block.", ""},
    {"sync-group-empty", "vrrp", Severity::error, "A sync group without members",
     "keepalived removes the group. Name its instances: `group { a b }'.", "vrrp_sync_group G {\n}"},
    {"sync-group-second-list", "vrrp", Severity::error, "A second `group' block in a sync group",
     "keepalived reports it, and then reads the rest of the sync group at the wrong level: the group is lost. Write "
     "all members into one block.",
     "group { a }\ngroup { b }"},
    {"sync-group-member-missing", "vrrp", Severity::error, "A sync group names an instance that is not there",
     "keepalived passes over the name.", "group {\n    not_there\n}"},
    {"sync-group-member-elsewhere", "vrrp", Severity::error, "An instance in two sync groups",
     "An instance follows one group; keepalived passes over the second.", ""},
    {"sync-group-single", "vrrp", Severity::warning, "A sync group with one member",
     "There is nothing to keep in step; keepalived says that this is probably not meant.", "group {\n    a\n}"},
    {"sync-group-owners", "vrrp", Severity::error, "Some members of a sync group own their address and some do not",
     "All members change state together, but an owner (state MASTER, priority 255) never gives way. Give all or none "
     "priority 255.",
     ""},
};

void check_lists(const Context& context, const SyncGroup& group) {
    const Node* first = nullptr;
    for (const auto& child : group.node->children) {
        if (!child.is("group"_kw)) continue;
        if (first == nullptr || first->children.empty()) {
            first = &child;
            continue;
        }
        auto& finding = context.report("sync-group-second-list", Severity::error, child.head.where(),
                                       "the members of this sync group are listed already: keepalived loses the group");
        add_note(finding, first->head.where(), "the first list");
    }
}

void check_members(const Context& context, const SyncGroup& group) {
    bool has_owner = false;
    bool has_others = false;
    for (const auto& member : group.members) {
        const auto where = ast::place(*member.entry, member.word);
        if (member.instance == nullptr) {
            context.report(
                "sync-group-member-missing", Severity::error, where,
                fmt::format("there is no vrrp_instance {}; keepalived passes over it", in_quotes(member.name)));
            continue;
        }
        if (member.elsewhere) {
            auto& finding =
                context.report("sync-group-member-elsewhere", Severity::error, where,
                               fmt::format("{} is a member of a sync group already", in_quotes(member.name)));
            if (member.instance->sync_group != nullptr)
                add_note(finding, member.instance->sync_group->node->head.where(), "that group");
            continue;
        }
        const auto written = member.instance->written_state;
        if (has_owner && !has_others && written == model::VrrpState::backup) {
            context.report("sync-group-owners", Severity::error, where,
                           fmt::format("{} does not own its address, but others of this group do: this cannot work",
                                       in_quotes(member.name)));
        }
        if (written == model::VrrpState::master && member.instance->is_address_owner() &&
            member.instance->priority_written) {
            has_owner = true;
        } else {
            has_others = true;
        }
    }
}

}  // namespace

std::span<const RulePage> sync_group_pages() {
    return pages;
}

void check_sync_groups(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& group : vrrp.sync_groups) {
        const auto where = ast::place(*group.node, 0);
        if (group.duplicate_of != nullptr) {
            auto& finding = context.report(
                "sync-group-repeated", Severity::error, where,
                fmt::format("sync group {} is defined already: keepalived skips this one", in_quotes(group.name)));
            add_note(finding, group.duplicate_of->node->head.where(), "the first is here");
            continue;
        }
        check_lists(context, group);
        check_members(context, group);
        if (group.members.empty()) {
            const auto* list = ast::last_valid(*group.node, "group"_kw);
            context.report("sync-group-empty", Severity::error, list == nullptr ? where : list->head.where(),
                           fmt::format("sync group {} has no members: keepalived drops it", in_quotes(group.name)));
        } else if (group.member_count() == 1) {
            context.report("sync-group-single", Severity::warning, where,
                           fmt::format("sync group {} has one member only", in_quotes(group.name)));
        } else if (group.member_count() == 0) {
            context.report(
                "sync-group-empty", Severity::error, where,
                fmt::format("no member of sync group {} exists: keepalived drops it", in_quotes(group.name)));
        }
    }
}

}  // namespace lbctl::validate
