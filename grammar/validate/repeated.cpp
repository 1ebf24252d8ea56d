#include <unordered_map>

#include <fmt/format.h>

#include "grammar/ast/reading.h"
#include "grammar/validate/families.h"

// Rules over all statements: values that are given twice, and old spellings.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage repeated[] = {
    {"value-repeated", "structure", Severity::warning, "A value is given twice in one block",
     "Of most keywords the last one counts, and keepalived says nothing: the first line has no effect. Remove one of "
     "them.",
     "priority 100\npriority 90"},
};

constexpr RulePage deprecated[] = {
    {"keyword-optional-build", "versions", Severity::warning, "A keyword that not every build of keepalived knows",
     "It belongs to a feature (SNMP, D-Bus, iptables...) that is chosen when keepalived is built; without it the "
     "keyword "
     "is unknown. `keepalived --version' lists what yours was built with.",
     "enable_snmp_vrrp"},
    {"deprecated-keyword", "deprecated", Severity::warning, "An old keyword",
     "keepalived takes it still and asks for the new one in its place, which the message names: from the release on "
     "that `lbctl explain KEYWORD' names, some of them only in its log. Of others, and in older releases, it says "
     "nothing, and lbctl only mentions them.",
     "HTTP_GET {\n    nb_get_retry 3\n}"},
};

/// Keywords that add up, or whose doubles other rules speak of.
bool may_repeat(std::string_view name) {
    static constexpr std::string_view names[] = {"regex_options",
                                                 "status_code",
                                                 "include_check",
                                                 "key",
                                                 "interface",
                                                 "lvs_timeouts",
                                                 "umask",
                                                 "state",
                                                 "version",
                                                 "path",
                                                 "digest",
                                                 "regex",
                                                 "helo_name",
                                                 "name",
                                                 "file",
                                                 "process",
                                                 "use_vmac",
                                                 "use_ipvlan",
                                                 "track_file",
                                                 "quorum_up",
                                                 "quorum_down",
                                                 "nftables",
                                                 "vrrp_iptables",
                                                 "instance",
                                                 "net_namespace",
                                                 "snmp_socket",
                                                 "vmac_prefix",
                                                 "vmac_addr_prefix",
                                                 "lvs_sync_daemon",
                                                 "lvs_sync_daemon_interface",
                                                 "vrf",
                                                 "tmp_config_directory",
                                                 "startup_script",
                                                 "shutdown_script",
                                                 "ca",
                                                 "certificate",
                                                 "password"};
    if (name.starts_with("notify") || name.ends_with("_fifo") || name.ends_with("_fifo_script")) return true;
    for (const auto each : names) {
        if (each == name) return true;
    }
    return false;
}

bool same_words(const Node& one, const Node& other) {
    if (one.arguments.size() != other.arguments.size()) return false;
    for (std::size_t word = 0; word < one.arguments.size(); ++word) {
        if (one.arguments[word].text() != other.arguments[word].text()) return false;
    }
    return true;
}

constexpr keywords::Version reports_doubles{2, 2, 8};

void report_repeated(const Context& context, const Node& line, const Node& first) {
    const auto name = line.keyword->name;
    if (may_repeat(name)) return;
    const bool url_or_get = line.keyword->context.ends_with("_GET") || line.keyword->context.ends_with("/url");
    if (name == "virtualhost" && url_or_get) return;
    const auto block = line.keyword->context;
    if (name == "weight" && (block.ends_with("track_file") || block == "vrrp_track_process")) return;
    auto severity = same_words(line, first) ? Severity::info : Severity::warning;
    if (name == "virtualhost" || name == "snmp_name") severity = since(context, reports_doubles, Severity::error);
    auto& finding = context.report("value-repeated", severity, line.head.where(),
                                   fmt::format("{} is given already; the last one counts", in_quotes(name)));
    add_note(finding, first.head.where(), "this one has no effect");
}

bool is_scalar(const Node& node) {
    return node.valid && node.keyword != nullptr && !node.arguments.empty() && !node.keyword->opens_block();
}

void check_block(const Context& context, const Node& block) {
    constexpr std::size_t small = 48;
    const auto& children = block.children;
    if (children.size() <= small) {
        for (std::size_t index = 1; index < children.size(); ++index) {
            if (!is_scalar(children[index])) continue;
            for (std::size_t other = index; other-- > 0;) {
                if (children[other].keyword != children[index].keyword || !is_scalar(children[other])) continue;
                report_repeated(context, children[index], children[other]);
                break;
            }
        }
        return;
    }
    std::unordered_map<const keywords::Keyword*, const Node*> seen;
    for (const auto& child : children) {
        if (!is_scalar(child)) continue;
        auto& last = seen[child.keyword];
        if (last != nullptr) report_repeated(context, child, *last);
        last = &child;
    }
}

/// Whether a keyword has something to say about itself.
bool is_special(const Node& node) {
    return !node.keyword->replaced_by.empty() || node.keyword->optional_build;
}

template <class Visit>
void walk(const Node& node, const Visit& visit) {
    visit(node);
    for (const auto& child : node.children) {
        if (child.keyword != nullptr && (child.keyword->kind == keywords::Kind::block || is_special(child)))
            walk(child, visit);
    }
}

}  // namespace

std::span<const RulePage> repeated_pages() {
    return repeated;
}
std::span<const RulePage> deprecated_pages() {
    return deprecated;
}

void check_repeated(const Context& context, const Node& top) {
    if (top.keyword == nullptr || top.keyword->kind != keywords::Kind::block) return;
    walk(top, [&](const Node& node) { check_block(context, node); });
}

void check_deprecated(const Context& context, const Node& top) {
    const auto check = [&](const Node& node) {
        if (!is_special(node) || !node.keyword->known_to(context.target)) return;
        if (node.keyword->optional_build) {
            context.report("keyword-optional-build", Severity::warning, node.head.where(),
                           fmt::format("{} is known only to builds of keepalived with its feature",
                                       in_quotes(node.keyword->name)));
        }
        if (node.keyword->replaced_by.empty()) return;
        const auto since = node.keyword->deprecated;
        const bool complains = since != keywords::Version{} && context.target >= since;
        auto& finding =
            context.report("deprecated-keyword", complains ? Severity::warning : Severity::info, node.head.where(),
                           fmt::format("{} is deprecated", in_quotes(node.keyword->name)));
        finding.hint = fmt::format("write instead: {}", node.keyword->replaced_by);
    };
    if (top.keyword != nullptr) walk(top, check);
}

}  // namespace lbctl::validate
