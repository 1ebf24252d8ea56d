#include <unordered_set>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for global_defs and the keywords of the top level that are not blocks.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"mail-list-empty", "global", Severity::warning, "An empty notification_email block",
     "keepalived says so, and no one gets mail.", "notification_email {\n}"},
    {"group6-not-link-local", "global", Severity::warning, "vrrp_mcast_group6 is not link-local",
     "Advertisements of VRRP do not leave the link; use an address of ff02::/16.", "vrrp_mcast_group6 ff05::12"},
    {"rx-bufs-conflict", "global", Severity::error, "vrrp_rx_bufs_policy with more than one policy",
     "A size overrides the words, and MTU overrides ADVERT; keepalived reports it.", "vrrp_rx_bufs_policy MTU ADVERT"},
    {"ipset-names-equal",
     "global",
     Severity::error,
     "vrrp_ipsets with the same name twice",
     "Each set needs a name of its own; keepalived does not use sets.",
     "vrrp_ipsets a a",
     {{{Severity::warning, "before 2.3.2, which does not look"}}}},
    {"two-firewalls", "global", Severity::warning, "vrrp_iptables and nftables together",
     "keepalived uses nftables alone and says so only in its log.", "vrrp_iptables\nnftables"},
    {"ipsets-without-iptables", "global", Severity::warning, "vrrp_ipsets without vrrp_iptables",
     "keepalived does not use sets and says so only in its log.", "vrrp_ipsets"},
    {"include-check-words", "global", Severity::error, "include_check with several words without sign",
     "The first word says what is checked; those behind it add (`+match') or take away (`-match'). keepalived reports "
     "a word without sign and passes over it.",
     "include_check read match"},
    {"sync-daemon-id-word", "global", Severity::warning, "The id of lvs_sync_daemon without the word id",
     "keepalived takes it and asks for `id'.", "lvs_sync_daemon eth0 VI_1 7"},
    {"sync-daemon-instance-missing", "global", Severity::warning,
     "lvs_sync_daemon follows an instance that is not there",
     "When keepalived starts it reports this and runs no sync daemon.", "lvs_sync_daemon eth0 inst not_there"},
};

bool is_sync_option(std::string_view word) {
    return word == "inst" || word == "id" || word == "maxlen" || word == "port" || word == "ttl" || word == "group";
}

void check_sync_daemon(const Context& context, const Node& line) {
    std::string_view instance;
    std::size_t place = 1;
    if (line.arguments.size() > 1 && !is_sync_option(ast::text(line, 1))) {
        instance = ast::text(line, 1);
        if (line.arguments.size() > 2 && !is_sync_option(ast::text(line, 2)) && ast::integer(line, 2)) {
            context.report("sync-daemon-id-word", Severity::warning, ast::place(line, 2),
                           "write `id' before the id of the sync daemon");
        }
    }
    for (std::size_t word = 1; word + 1 < line.arguments.size(); ++word) {
        if (ast::text(line, word) != "inst") continue;
        instance = ast::text(line, word + 1);
        place = word + 1;
    }
    if (instance.empty()) return;
    for (const auto& node : context.root.children) {
        if (node.is("vrrp_instance"_kw) && ast::text(node, 0) == instance) return;
    }
    context.report("sync-daemon-instance-missing", Severity::warning, ast::place(line, place),
                   fmt::format("there is no vrrp_instance {}: keepalived runs no sync daemon", in_quotes(instance)));
}

void check_policy(const Context& context, const Node& line) {
    bool has_mtu = false;
    bool has_advert = false;
    bool has_size = false;
    for (std::size_t word = 0; word < line.arguments.size(); ++word) {
        const auto text = ast::text(line, word);
        if (!text.empty() && (text[0] == 'M' || text[0] == 'm')) has_mtu = true;
        if (!text.empty() && (text[0] == 'A' || text[0] == 'a')) has_advert = true;
        if (ast::integer(text)) has_size = true;
    }
    if (has_size && (has_mtu || has_advert)) {
        context.report("rx-bufs-conflict", Severity::error, line.head.where(), "a size overrides the policy words");
    } else if (has_mtu && has_advert) {
        context.report("rx-bufs-conflict", Severity::error, line.head.where(), "MTU overrides ADVERT");
    }
}

constexpr keywords::Version compares_sets{2, 3, 2};

void check_sets(const Context& context, const Node& line) {
    std::unordered_set<std::string_view> names;
    for (std::size_t word = 0; word < line.arguments.size() && word < 6; ++word) {
        if (names.insert(ast::text(line, word)).second) continue;
        context.report("ipset-names-equal", since(context, compares_sets, Severity::error), ast::place(line, word),
                       fmt::format("{} names a set already", in_quotes(ast::text(line, word))));
    }
}

/// One word sets, words with a sign add and take away.
void check_include_words(const Context& context, const Node& line) {
    for (std::size_t word = 1; word < line.arguments.size(); ++word) {
        const auto text = ast::text(line, word);
        if (text.starts_with('+') || text.starts_with('-')) continue;
        context.report("include-check-words", Severity::error, ast::place(line, word),
                       fmt::format("{} needs a `+' or `-' before it; keepalived passes over it", in_quotes(text)));
    }
}

void check_line(const Context& context, const Node& line) {
    const keywords::KeywordId id = line.keyword->id;
    if (id == "notification_email"_kw && line.children.empty()) {
        context.report("mail-list-empty", Severity::warning, line.head.where(), "no address stands in this list");
    }
    if (id == "vrrp_mcast_group6"_kw) {
        const auto address = ast::plain_address(line, 0);
        if (address && ast::is_multicast(*address) && !ast::is_link_local_multicast(*address)) {
            context.report("group6-not-link-local", Severity::warning, ast::place(line, 0),
                           fmt::format("{} is not link-local (ff02::/16)", address->to_string()));
        }
    }
    if (id == "vrrp_rx_bufs_policy"_kw) check_policy(context, line);
    if (id == "vrrp_ipsets"_kw) check_sets(context, line);
    if (id == "include_check"_kw) check_include_words(context, line);
    if (id == "lvs_sync_daemon"_kw) check_sync_daemon(context, line);
}

/// What the firewall rules are made with.
struct Firewalls {
    const Node* iptables = nullptr;
    const Node* nftables = nullptr;
    const Node* sets = nullptr;
};

void check_firewalls(const Context& context, const Firewalls& firewalls) {
    if (firewalls.iptables != nullptr && firewalls.nftables != nullptr) {
        auto& finding = context.report("two-firewalls", Severity::warning, firewalls.iptables->head.where(),
                                       "nftables stands here, too, and keepalived uses that one alone");
        add_note(finding, firewalls.nftables->head.where(), "nftables");
    }
    if (firewalls.sets != nullptr && firewalls.iptables == nullptr) {
        context.report("ipsets-without-iptables", Severity::warning, firewalls.sets->head.where(),
                       "vrrp_ipsets needs vrrp_iptables");
    }
}

}  // namespace

std::span<const RulePage> global_pages() {
    return pages;
}

void check_globals(const Context& context) {
    RepeatedLines lines(context);
    Firewalls firewalls;
    for (const auto& node : context.root.children) {
        if (node.keyword == nullptr || !node.valid) continue;
        lines.add(node);
        if (node.keyword->id != "global_defs"_kw) continue;
        for (const auto& line : node.children) {
            if (line.keyword == nullptr || !line.valid) continue;
            lines.add(line);
            check_line(context, line);
            const keywords::KeywordId id = line.keyword->id;
            if (id == "vrrp_iptables"_kw && firewalls.iptables == nullptr) firewalls.iptables = &line;
            if (id == "nftables"_kw && firewalls.nftables == nullptr) firewalls.nftables = &line;
            if (id == "vrrp_ipsets"_kw && !line.arguments.empty()) firewalls.sets = &line;
        }
    }
    check_firewalls(context, firewalls);
}

}  // namespace lbctl::validate
