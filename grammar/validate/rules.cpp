#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "grammar/ast/lvs.h"
#include "grammar/validate/families.h"

namespace lbctl::validate {

namespace {

/// The rules for virtual servers, of which each is resolved once for all of them.
class ServiceRules {
public:
    explicit ServiceRules(const Context& context)
        : context_(context),
          groups_(resolve_groups(context.root)),
          names_(tracked_names(context.root)),
          lvs_(ast::bind_lvs(context.root)) {
        for (const auto& group : groups_) {
            if (group.usable) by_name_.emplace(group.name, &group);
        }
    }

    void check(const ast::Node& node) {
        if (!node.valid || node.keyword == nullptr || node.keyword->name != "virtual_server") return;
        const auto service = resolve_service(node, by_name_);
        if (!service) return;
        check_repeated_service(context_, *service, seen_);
        check_service_head(context_, *service);
        check_service_options(context_, *service);
        check_service_ports(context_, *service);
        check_quorum(context_, *service);
        check_real_servers(context_, *service);
        check_checkers(context_, *service, names_);
        check_kernel_service(context_, *service, lvs_);
    }

    /// Once all virtual servers have been checked.
    void finish() const {
        check_groups(context_, groups_, seen_);
        check_kernel_groups(context_, lvs_);
    }

private:
    const Context& context_;
    std::vector<GroupView> groups_;
    std::unordered_map<std::string_view, const GroupView*> by_name_;
    TrackedNames names_;
    ast::Lvs lvs_;
    SeenServices seen_;
};

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
    ServiceRules services(context);
    // A file may hold ten thousands of virtual servers: everything that looks at one block does so while it is at hand.
    for (const ast::Node& node : context.root.children) {
        services.check(node);
        check_scripts(context, node);
        check_repeated(context, node);
        check_deprecated(context, node);
    }
    services.finish();
    for (const auto check : {check_ssl, check_vrrp, check_bfd, check_globals, check_garp_groups}) {
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
