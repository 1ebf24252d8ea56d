#include "grammar/ast/daemon_words.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/ast/split_statement.h"
#include "grammar/keywords/argument_pattern.h"

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using keywords::Match;
using keywords::MismatchKind;

struct KeywordPath {
    std::string_view context;
    keywords::KeywordId keyword;
};

bool is_one_of(std::span<const KeywordPath> places, const Keyword& keyword) {
    return std::ranges::any_of(places, [&keyword](const KeywordPath& place) {
        return place.keyword == keyword.id && (place.context.empty() || place.context == keyword.context);
    });
}

/// Numbers of which the daemon, too, takes all or nothing.
constexpr std::array<KeywordPath, 8> strict_numbers{{{"virtual_server", "persistence_timeout"_kw},
                                                     {"virtual_server", "persistence_granularity"_kw},
                                                     {"virtual_server", "lb_kind"_kw},
                                                     {"", "lvs_method"_kw},
                                                     {"", "sorry_server_lvs_method"_kw},
                                                     {"", "retry"_kw},
                                                     {"global_defs", "lvs_timeouts"_kw},
                                                     {"global_defs", "lvs_sync_daemon"_kw}}};

/// Keywords inside blocks that look themselves whether there is a word, and go on without.
constexpr std::array<KeywordPath, 25> missing_word_is_told{{{"SSL", "password"_kw},
                                                            {"SSL", "ca"_kw},
                                                            {"SSL", "certificate"_kw},
                                                            {"SSL", "key"_kw},
                                                            {"", "virtualhost"_kw},
                                                            {"", "snmp_name"_kw},
                                                            {"", "http_protocol"_kw},
                                                            {"", "regex"_kw},
                                                            {"", "regex_min_offset"_kw},
                                                            {"", "regex_max_offset"_kw},
                                                            {"", "regex_stack"_kw},
                                                            {"", "helo_name"_kw},
                                                            {"", "payload"_kw},
                                                            {"", "require_reply"_kw},
                                                            {"", "misc_path"_kw},
                                                            {"virtual_server/real_server/MISC_CHECK", "user"_kw},
                                                            {"virtual_server/real_server/BFD_CHECK", "name"_kw},
                                                            {"virtual_server/real_server/FILE_CHECK", "weight"_kw},
                                                            {"/", "vrrp_instance"_kw},
                                                            {"/", "vrrp_sync_group"_kw},
                                                            {"/", "track_group"_kw},
                                                            {"vrrp_script", "weight"_kw},
                                                            {"vrrp_track_process", "weight"_kw},
                                                            {"vrrp_track_process", "process"_kw},
                                                            {"vrrp_track_process", "param_match"_kw}}};

/// Keywords of global_defs and of the top level that do not look, and so end the daemon.
constexpr std::array<std::string_view, 28> missing_word_ends_it{"process_name",
                                                                "vrrp_process_name",
                                                                "checker_process_name",
                                                                "bfd_process_name",
                                                                "smtp_connect_timeout",
                                                                "vrrp_mcast_group4",
                                                                "vrrp_mcast_group6",
                                                                "vrrp_garp_master_delay",
                                                                "vrrp_garp_master_repeat",
                                                                "vrrp_garp_master_refresh",
                                                                "vrrp_garp_master_refresh_repeat",
                                                                "vrrp_garp_lower_prio_delay",
                                                                "vrrp_garp_lower_prio_repeat",
                                                                "vrrp_down_timer_adverts",
                                                                "vrrp_garp_interval",
                                                                "vrrp_gna_interval",
                                                                "nftables_priority",
                                                                "nftables_ipvs_priority",
                                                                "nftables_ipvs_start_fwmark",
                                                                "vrrp_version",
                                                                "child_wait_time",
                                                                "vrrp_startup_delay",
                                                                "vmac_prefix",
                                                                "vmac_addr_prefix",
                                                                "random_seed",
                                                                "config_save_dir",
                                                                "vrrp_rlimit_rttime",
                                                                "checker_rlimit_rttime"};

bool missing_word_ends_daemon(const Keyword& keyword) {
    if (keyword.context == "global_defs" || (keyword.context == "/" && !keyword.opens_block()))
        return std::ranges::find(missing_word_ends_it, keyword.name) != missing_word_ends_it.end();
    return !is_one_of(missing_word_is_told, keyword);
}

/// What is wrong with the words so that they do not count; null: nothing is.
const keywords::Mismatch* fault_of(const Match& match) {
    const auto found = std::ranges::find_if(match.mismatches, [](const auto& one) { return !is_used(one.kind); });
    return found == match.mismatches.end() ? nullptr : &*found;
}

/// Whether the words fit once every number is what the digits at its begin say, or 0 where there are none.
bool fits_by_leading_digits(const Keyword& keyword, std::vector<std::string_view> texts, keywords::Version target,
                            Match match) {
    std::vector<std::string> numbers(texts.size());
    for (std::size_t tries = 0; tries < texts.size(); ++tries) {
        const keywords::Mismatch* const fault = fault_of(match);
        if (fault == nullptr) return true;
        const bool is_number = fault->kind == MismatchKind::not_a_number || fault->kind == MismatchKind::negative;
        if (!is_number || fault->word >= texts.size() || !numbers[fault->word].empty()) return false;
        const auto number = keywords::parse_leading_integer(texts[fault->word]);
        if (!number || *number < 0) return false;
        numbers[fault->word] = std::to_string(*number);
        texts[fault->word] = numbers[fault->word];
        keywords::match_keyword(keyword, texts, target, match);
    }
    return fault_of(match) == nullptr;
}

/// Address and port of a virtual or real server.
bool is_server(const Node& node) {
    return plain_address(node, 0).has_value() && port(node, 1).has_value();
}

Taken virtual_server_taken(const Node& node) {
    if (node.arguments.empty()) return Taken::ends_it;
    const std::string_view first = text(node, 0);
    if (first == "group" || first == "fwmark") {
        // It reads a word that is not there.
        if (node.arguments.size() == 1) return Taken::ends_it;
        return first == "group" || fwmark(text(node, 1)) ? Taken::yes : Taken::no;
    }
    return is_server(node) ? Taken::yes : Taken::no;
}

}  // namespace

Taken taken_by_daemon(const Node& node, keywords::Version target) {
    const Keyword& keyword = *node.keyword;
    if (keyword.context == "/" && keyword.id == "virtual_server"_kw) return virtual_server_taken(node);
    if (keyword.context == "/" && keyword.id == "virtual_server_group"_kw)
        return node.arguments.size() == 1 ? Taken::yes : Taken::ends_it;
    if (keyword.id == "real_server"_kw || keyword.id == "sorry_server"_kw) {
        if (node.arguments.empty()) return Taken::ends_it;
        return is_server(node) ? Taken::yes : Taken::no;
    }
    if (keyword.id == "lvs_sync_daemon"_kw) {
        constexpr std::size_t longest_interface = 15;
        const std::size_t length = text(node, 0).size();
        return node.arguments.empty() || length > longest_interface ? Taken::no : Taken::yes;
    }
    const std::vector<std::string_view> texts = texts_of(node.arguments);
    const Match match = keywords::match_keyword(keyword, texts, target);
    const keywords::Mismatch* const fault = fault_of(match);
    if (fault == nullptr) return Taken::yes;
    if (fault->kind == MismatchKind::missing && fault->word == 0 && missing_word_ends_daemon(keyword))
        return Taken::ends_it;
    const bool is_list = keyword.kind == keywords::Kind::line_block || keyword.kind == keywords::Kind::list;
    // keepalived complains of words before the brace of such a block, and reads the block all the same.
    if (is_list && keyword.arguments == "END") return Taken::yes;
    if (is_one_of(strict_numbers, keyword)) return Taken::no;
    return fits_by_leading_digits(keyword, texts, target, match) ? Taken::yes : Taken::no;
}

Taken entry_taken_by_daemon(const Keyword& block, const Node& entry, keywords::Version target) {
    const std::vector<std::string_view> texts = texts_of(entry.arguments);
    if (block.id != "virtual_server_group"_kw) {
        const Match match = keywords::match_entry(block, texts, target);
        const keywords::Mismatch* const fault = fault_of(match);
        if (fault == nullptr) return Taken::yes;
        return fault->kind == MismatchKind::missing ? Taken::ends_it : Taken::no;
    }
    if (texts.front() == "fwmark") {
        if (texts.size() == 1) return Taken::ends_it;
        const bool family_known = texts.size() == 2 || texts[2] == "inet" || texts[2] == "inet6";
        return family_known && fwmark(texts[1]) ? Taken::yes : Taken::no;
    }
    return address_range(texts.front()) && port(entry, 1) ? Taken::yes : Taken::no;
}

}  // namespace lbctl::ast
