#include <map>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for bfd_instance.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"bfd-instance-repeated", "bfd", Severity::error, "A second bfd_instance of the same name",
     "keepalived skips the whole second block.", ""},
    {"bfd-neighbor-missing", "bfd", Severity::error, "A bfd_instance without neighbor_ip",
     "There is no one to talk to; keepalived disables the instance. Write neighbor_ip.",
     "bfd_instance b {\n    source_ip 10.0.0.1\n}"},
    {"bfd-families-differ", "bfd", Severity::error, "source_ip and neighbor_ip of different families",
     "keepalived disables the instance.", "source_ip 10.0.0.1\nneighbor_ip fd00::2"},
    {"bfd-neighbor-repeated", "bfd", Severity::error, "Two BFD instances between the same addresses",
     "keepalived drops the second one.", ""},
    {"bfd-hops-above-ttl", "bfd", Severity::error, "max_hops above ttl",
     "No packet could travel that far; keepalived lowers max_hops.", "ttl 10\nmax_hops 20"},
    {"bfd-interval-long", "bfd", Severity::info, "A BFD interval above ten seconds",
     "BFD is for finding failures fast; keepalived's log says that the interval is not sensible.", "min_rx 20000"},
};

struct Link {
    std::optional<IpAddress> neighbor{};
    std::optional<IpAddress> source{};
    bool multihop = false;
    const Node* node = nullptr;
};

Link read(const Node& node) {
    Link link{.node = &node};
    for (const auto& child : node.children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "neighbor_ip"_kw || id == "neighbour_ip"_kw) link.neighbor = ast::plain_address(child, 0);
        if (id == "source_ip"_kw) link.source = ast::plain_address(child, 0);
        if (id == "multihop"_kw) link.multihop = ast::switched_on(child);
    }
    return link;
}

bool mentions_neighbor(const Node& node) {
    return node.has("neighbor_ip"_kw) || node.has("neighbour_ip"_kw);
}

void check_hops(const Context& context, const Node& node, const IpAddress& neighbor) {
    std::int64_t ttl = neighbor.family() == Family::inet ? 255 : 64;
    const Node* hops = nullptr;
    for (const auto& child : node.children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "ttl"_kw || id == "hoplimit"_kw) ttl = ast::integer(child, 0).value_or(ttl);
        if (id == "max_hops"_kw) hops = &child;
        if (id == "min_rx"_kw || id == "min_tx"_kw || id == "idle_tx"_kw) {
            constexpr std::int64_t sensible =
                10'000 * std::int64_t{1'000'000};  // milliseconds, with the six decimals of the reader
            if (ast::microseconds(child, 0).value_or(0) > sensible) {
                context.report("bfd-interval-long", Severity::info, ast::place(child, 0),
                               "an interval above 10 s is hardly meant");
            }
        }
    }
    if (hops != nullptr && ast::integer(*hops, 0).value_or(0) > ttl) {
        context.report("bfd-hops-above-ttl", Severity::error, ast::place(*hops, 0),
                       fmt::format("max_hops is above the ttl of {}; keepalived lowers it", ttl));
    }
}

/// Whether two instances talk over the same pair of addresses; one without source has any.
bool same_path(const Link& one, const Link& other) {
    return one.multihop == other.multihop && (!one.source || !other.source || one.source == other.source);
}

}  // namespace

std::span<const RulePage> bfd_pages() {
    return pages;
}

void check_bfd(const Context& context) {
    std::unordered_map<std::string_view, const Node*> names;
    std::map<IpAddress, std::vector<Link>> by_neighbor;
    constexpr std::size_t enough = 64;
    for (const auto& node : context.root.children) {
        if (node.keyword == nullptr || !node.valid || node.keyword->id != "bfd_instance"_kw) continue;
        const auto name = ast::text(node, 0);
        const auto [found, fresh] = names.emplace(name, &node);
        if (!fresh) {
            auto& finding = context.report(
                "bfd-instance-repeated", Severity::error, ast::place(node, 0),
                fmt::format("bfd_instance {} is defined already: keepalived skips this one", in_quotes(name)));
            add_note(finding, found->second->head.where(), "the first is here");
            continue;
        }
        const auto link = read(node);
        if (!link.neighbor) {
            if (!mentions_neighbor(node)) {
                // keepalived misses it where the block ends.
                auto& finding = context.report(
                    "bfd-neighbor-missing", Severity::error, node.braces->close.location(),
                    fmt::format("bfd_instance {} ends without a neighbor_ip: keepalived disables it", in_quotes(name)));
                add_note(finding, node.head.where(), "it begins here");
            }
            continue;
        }
        if (link.source && link.source->family() != link.neighbor->family()) {
            context.report("bfd-families-differ", Severity::error, node.head.where(),
                           "source_ip and neighbor_ip are of different families: keepalived disables this instance");
            continue;
        }
        auto& others = by_neighbor[*link.neighbor];
        for (const auto& other : others) {
            if (!same_path(link, other)) continue;
            auto& finding =
                context.report("bfd-neighbor-repeated", Severity::error, node.head.where(),
                               fmt::format("a bfd_instance for {} is here already: keepalived drops this one",
                                           link.neighbor->to_string()));
            add_note(finding, other.node->head.where(), "the first is here");
            break;
        }
        if (others.size() < enough) others.push_back(link);
        check_hops(context, node, *link.neighbor);
    }
}

}  // namespace lbctl::validate
