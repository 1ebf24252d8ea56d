#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "grammar/model/lvs.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_virtual_server.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"
#include "grammar/validate/concerns.h"
#include "grammar/validate/variants.h"

namespace lbctl::validate {

namespace {

void check_vrrp(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto check : {check_identity, check_authentication, check_timing, check_strict_mode, check_addresses,
                             check_unicast, check_vmac, check_vrid_conflicts, check_tracking, check_sync_groups,
                             check_track_objects, check_static_items}) {
        check(context, vrrp);
    }
}

constexpr std::array page_lists = {
    service_pages,      real_server_pages, group_pages,        checker_pages,  identity_pages,  authentication_pages,
    timing_pages,       address_pages,     unicast_pages,      vmac_pages,     tracking_pages,  sync_group_pages,
    track_object_pages, static_pages,      address_line_pages, route_pages,    rule_line_pages, bfd_pages,
    global_pages,       deprecated_pages,  script_pages,       repeated_pages, host_pages,      text_pages,
    kernel_pages,       variant_pages,     lint_pages};

}  // namespace

std::string_view to_string(Origin origin) {
    switch (origin) {
        case Origin::keepalived:
            return "keepalived";
        case Origin::kernel:
            return "kernel";
        case Origin::lbctl:
            break;
    }
    return "lbctl";
}

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

class RuleRun::Work {
public:
    explicit Work(const Context& context) : context_(context) {}

    bool check(const ast::Node& statement) {
        const std::size_t number = statements_++;
        names_.add(statement, number);
        const bool is_service = statement.is("virtual_server"_kw);
        bool waits = false;
        if (is_service && model::bind_virtual_server(statement, groups_, service_)) {
            check_repeated_service(context_, service_, seen_);
            summaries_.push_back(rules::summary_of(service_));
            waits = model::depends_on_others(service_);
            if (waits)
                waiting_.push_back({statement, number});
            else
                check_service(number);
        }
        const Concerns concerns(statement);
        for (const rules::Rule* rule : of_statements_) {
            if (concerns.has(rule->concern)) rule->statement(context_, statement);
        }
        if (concerns.has(Concern::script)) check_scripts(context_, statement);
        check_repeated(statement, repeated_);
        if (concerns.has(Concern::of_release)) check_deprecated(context_, statement);
        return is_service && !waits && !context_.host;
    }

    void finish() {
        lvs_ = model::bind_lvs(context_.root);
        groups_ = model::groups_of(lvs_);
        for (const auto& [statement, number] : waiting_) {
            if (model::bind_virtual_server(statement, groups_, service_)) check_service(number);
        }
        check_groups(context_, lvs_, seen_);
        check_kernel_groups(context_, lvs_);
        const auto vrrp = model::resolve_vrrp(context_.root);
        check_ssl(context_);
        check_vrrp(context_, vrrp);
        for (const auto check : {check_bfd, check_globals, check_garp_groups}) check(context_);
        if (context_.host) check_host(context_);
        const rules::Whole whole{context_, vrrp, lvs_, summaries_};
        for (const rules::Rule* rule : rules::rules_with(&rules::Rule::whole)) rule->whole(whole);
    }

private:
    /// A virtual server that depends on others; the copy is the same statement.
    struct Waiting {
        ast::Node statement;
        std::size_t number;
    };

    void check_service(std::size_t number) {
        const model::VirtualServer& service = service_;
        check_service_head(context_, service, lvs_);
        check_service_options(context_, service);
        check_service_ports(context_, service);
        check_quorum(context_, service);
        check_real_servers(context_, service);
        check_checkers(context_, service, names_, number);
        check_kernel_service(context_, service, lvs_);
        rules::check_service(context_, service);
    }

    Context context_;
    std::size_t statements_ = 0;
    TrackedNames names_;
    SeenServices seen_;
    RepeatedLines repeated_{context_};
    model::VirtualServer service_;  ///< the one that is being looked at, read once for all rules
    model::Lvs lvs_;                ///< empty up to the end: who asks for it waits
    model::Groups groups_;          ///< its usable ones
    std::vector<Waiting> waiting_;
    std::vector<rules::ServiceSummary> summaries_;
    std::vector<const rules::Rule*> of_statements_ = rules::rules_with(&rules::Rule::statement);
};

RuleRun::RuleRun(const Context& context) : work_(std::make_unique<Work>(context)) {}

RuleRun::~RuleRun() = default;

bool RuleRun::check(const ast::Node& statement) {
    return work_->check(statement);
}

void RuleRun::finish() {
    work_->finish();
}

std::vector<RulePage> all_rule_pages() {
    std::vector<RulePage> all;
    for (const auto list : page_lists) {
        const auto pages = list();
        all.insert(all.end(), pages.begin(), pages.end());
    }
    for (const rules::Rule* rule : rules::all_rules()) all.push_back(rule->page);
    std::ranges::sort(all, {}, &RulePage::id);
    return all;
}

Origin origin_of(const source::Finding& finding) {
    if (is_of_named_ids(finding)) return Origin::lbctl;
    const RulePage* page = find_rule_page(finding.rule);
    return page == nullptr ? Origin::keepalived : page->origin;
}

const RulePage* find_rule_page(std::string_view id) {
    for (const auto list : page_lists) {
        const auto pages = list();
        const auto found = std::ranges::find(pages, id, &RulePage::id);
        if (found != pages.end()) return &*found;
    }
    for (const rules::Rule* rule : rules::all_rules()) {
        if (rule->page.id == id) return &rule->page;
    }
    return nullptr;
}

}  // namespace lbctl::validate
