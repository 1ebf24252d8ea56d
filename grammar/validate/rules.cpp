#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "grammar/ast/reading.h"
#include "grammar/validate/families.h"

namespace lbctl::validate {

namespace {

const ast::Node* sync_daemon_of(const ast::Node& root) {
    const ast::Node* daemon = nullptr;
    for (const ast::Node& node : root.children) {
        if (!node.valid || node.keyword == nullptr || node.keyword->name != "global_defs") continue;
        if (const ast::Node* line = ast::last_valid(node, "lvs_sync_daemon")) daemon = line;
    }
    return daemon;
}

/// Virtual servers are resolved one at a time, each for all rules: a file may hold ten thousands.
void check_lvs(const Context& context) {
    const auto groups = resolve_groups(context.root);
    std::unordered_map<std::string_view, const GroupView*> by_name;
    for (const auto& group : groups) {
        if (group.usable) by_name.emplace(group.name, &group);
    }
    const auto names = tracked_names(context.root);
    const ast::Node* sync_daemon = sync_daemon_of(context.root);
    SeenServices seen;
    for (const auto& node : context.root.children) {
        if (!node.valid || node.keyword == nullptr || node.keyword->name != "virtual_server") continue;
        const auto service = resolve_service(node, by_name);
        if (!service) continue;
        check_repeated_service(context, *service, seen);
        check_service_head(context, *service);
        check_service_options(context, *service);
        check_service_ports(context, *service);
        check_quorum(context, *service);
        check_real_servers(context, *service);
        check_checkers(context, *service, names);
        check_kernel_service(context, *service, sync_daemon);
    }
    check_groups(context, groups, seen);
}

void check_vrrp(const Context& context) {
    const auto vrrp = ast::resolve_vrrp(context.root);
    for (const auto check : {check_identity, check_authentication, check_timing, check_strict_mode, check_addresses,
                             check_unicast, check_vmac, check_vrid_conflicts, check_tracking, check_sync_groups,
                             check_track_objects, check_static_items}) {
        check(context, vrrp);
    }
}

constexpr std::array page_lists = {
    service_pages,        real_server_pages, group_pages,        checker_pages, identity_pages,
    authentication_pages, timing_pages,      address_pages,      unicast_pages, vmac_pages,
    tracking_pages,       sync_group_pages,  track_object_pages, static_pages,  address_line_pages,
    route_pages,          rule_line_pages,   bfd_pages,          global_pages,  deprecated_pages,
    script_pages,         repeated_pages,    host_pages,         text_pages,    kernel_pages};

}  // namespace

source::Finding& Context::report(std::string_view rule, source::Severity severity, const source::Location& where,
                                 std::string message) const {
    findings.push_back({rule, severity, where, std::move(message), {}, {}, {}});
    return findings.back();
}

void add_note(Finding& finding, const Location& where, std::string message) {
    finding.notes.push_back({where.range, std::move(message)});
}

std::string in_quotes(std::string_view word) {
    return fmt::format("`{}'", word);
}

Severity since(const Context& context, keywords::Version version, Severity severity) {
    return context.target < version ? Severity::warning : severity;
}

void run_rules(const Context& context) {
    for (const auto check : {check_lvs, check_ssl, check_vrrp, check_bfd, check_globals, check_garp_groups,
                             check_scripts, check_repeated, check_deprecated, check_kernel_groups}) {
        check(context);
    }
    if (context.host) check_host(context);
}

std::vector<RulePage> all_rule_pages() {
    std::vector<RulePage> all;
    for (const auto list : page_lists) {
        const auto pages = list();
        all.insert(all.end(), pages.begin(), pages.end());
    }
    std::ranges::sort(all, {}, &RulePage::id);
    return all;
}

const RulePage* find_rule_page(std::string_view id) {
    for (const auto list : page_lists) {
        const auto pages = list();
        const auto found = std::ranges::find(pages, id, &RulePage::id);
        if (found != pages.end()) return &*found;
    }
    return nullptr;
}

}  // namespace lbctl::validate
