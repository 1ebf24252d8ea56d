#include "backend/health/same_check.h"

#include <algorithm>
#include <array>
#include <vector>

#include "grammar/ast/node.h"

namespace lbctl::health {

namespace {

/// What settles when a checker asks, and not what.
constexpr std::array timing_keywords = std::to_array<keywords::KeywordName>({
    "alpha"_kw,
    "connect_timeout"_kw,
    "delay_before_retry"_kw,
    "delay_loop"_kw,
    "log_all_failures"_kw,
    "misc_timeout"_kw,
    "retry"_kw,
    "warmup"_kw,
});

std::vector<const ast::Node*> lines_that_matter(const ast::Node& block) {
    std::vector<const ast::Node*> lines;
    for (const ast::Node& line : block.children) {
        const bool is_timing = std::ranges::any_of(
            timing_keywords, [&line](const keywords::KeywordName& keyword) { return line.is(keyword.id); });
        if (line.valid && !is_timing) lines.push_back(&line);
    }
    return lines;
}

bool is_same_text(const ast::Node& one, const ast::Node& other) {
    const auto same_word = [](const syntax::Word& a, const syntax::Word& b) { return a.text() == b.text(); };
    if (one.id() != other.id() || !std::ranges::equal(one.arguments, other.arguments, same_word)) return false;
    return std::ranges::equal(lines_that_matter(one), lines_that_matter(other),
                              [](const ast::Node* a, const ast::Node* b) { return is_same_text(*a, *b); });
}

bool is_same_target(const model::Endpoint& one, const model::Endpoint& other) {
    return one.address == other.address && one.port == other.port && one.own_address == other.own_address &&
           one.own_port == other.own_port && one.own_interface == other.own_interface && one.fwmark == other.fwmark;
}

/// What a page takes from the levels above it.
bool has_same_hosts(const model::Checker& one, const model::Checker& other) {
    const auto* first = std::get_if<model::HttpCheck>(&one.details);
    const auto* second = std::get_if<model::HttpCheck>(&other.details);
    if (first == nullptr || second == nullptr) return first == second;
    return std::ranges::equal(first->urls, second->urls, [](const model::Url& a, const model::Url& b) {
        return a.virtual_host.value == b.virtual_host.value && a.server_name.value == b.server_name.value;
    });
}

}  // namespace

bool is_same_check(const model::Checker& one, const model::Checker& other) {
    return one.kind == other.kind && is_same_target(one.endpoint, other.endpoint) &&
           is_same_text(*one.node, *other.node) && has_same_hosts(one, other);
}

}  // namespace lbctl::health
