#include <array>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for one line of virtual_routes and static_routes. The words themselves have been read by the keyword table;
// here is what they mean together.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"route-without-destination", "routes", Severity::error, "A route without destination",
     "keepalived drops it. Write the network, or `default'.", "virtual_routes {\n    via 10.0.0.254\n}"},
    {"route-families", "routes", Severity::error, "IPv4 and IPv6 in one route", "keepalived drops the route.",
     "10.1.0.0/16 via fd00::1"},
    {"route-old-word", "routes", Severity::warning, "An old word in a route",
     "`gw' is `via' today, `or' is `nexthop via', `default6' is `inet6 default'. keepalived takes it and says so.",
     "10.1.0.0/16 gw 10.0.0.254"},
    {"route-protocol-tracked", "routes", Severity::error, "A protocol on a route or rule that is tracked",
     "keepalived recognises what it tracks by its own protocol (18, keepalived) and so replaces the one given. Add "
     "no_track, or leave the protocol out.",
     "10.1.0.0/16 via 10.0.0.254 protocol static"},
    {"route-not-tracked", "routes", Severity::error, "A route without interface is not tracked",
     "keepalived before 2.2.8 cannot track a route that names no interface, reports it and sets no_track. Add `dev', "
     "or write no_track.",
     "10.1.0.0/16 via 10.0.0.254"},
    {"route-nexthop-family", "routes", Severity::error, "A next hop of another family",
     "keepalived drops the next hop.", ""},
    {"route-encap-incomplete", "routes", Severity::error, "encap without dst and id",
     "An ip or ip6 encapsulation needs a destination or an id; keepalived passes over it.",
     "10.1.0.0/16 encap ip src 10.0.0.1"},
    {"route-mpls-only", "routes", Severity::error, "`as to' is for MPLS", "keepalived passes over it.", ""},
};

constexpr keywords::Version tracks_without_interface{2, 2, 8};

/// Which family a word of a route speaks for.
struct Piece {
    std::size_t word = 0;
    std::optional<Family> family;
    enum class Role {
        family_word,
        source,
        gateway,
        from,
        destination,
        ipv6_option,
        ipv4_option,
        nexthop
    } role = Role::destination;
};

bool is_destination_word(std::string_view word) {
    return word == "default" || word == "any" || word == "all" || word == "default6";
}

/// Options of a route that take one value, which may follow `lock'.
bool takes_value(std::string_view word) {
    constexpr std::array words = {"src",
                                  "tos",
                                  "dsfield",
                                  "table",
                                  "protocol",
                                  "scope",
                                  "metric",
                                  "priority",
                                  "preference",
                                  "dev",
                                  "oif",
                                  "expires",
                                  "mtu",
                                  "hoplimit",
                                  "advmss",
                                  "rtt",
                                  "rttvar",
                                  "reordering",
                                  "window",
                                  "cwnd",
                                  "ssthresh",
                                  "realms",
                                  "rto_min",
                                  "initcwnd",
                                  "initrwnd",
                                  "features",
                                  "quickack",
                                  "congctl",
                                  "pref",
                                  "ttl-propagate",
                                  "fastopen_no_cookie",
                                  "track_group",
                                  "vrf",
                                  "weight",
                                  "from",
                                  "via",
                                  "gw",
                                  "or"};
    for (const std::string_view each : words) {
        if (each == word) return true;
    }
    return false;
}

/// Walks the words of a route line.
class RouteReader {
public:
    RouteReader(const Context& context, const Node& entry) : context_(context), entry_(entry) {}

    void read() {
        for (std::size_t word = 0; word < entry_.arguments.size(); ++word) word = take(word);
    }

    [[nodiscard]] bool has_destination() const { return has_destination_; }
    [[nodiscard]] bool has_interface() const { return has_interface_; }
    [[nodiscard]] bool tracked() const { return tracked_; }
    [[nodiscard]] std::size_t protocol_word() const { return protocol_word_; }
    [[nodiscard]] bool refused() const { return refused_; }

private:
    [[nodiscard]] std::string_view text(std::size_t word) const { return ast::text(entry_, word); }

    void settle(std::size_t word, Family family) {
        if (!family_) {
            family_ = family;
            settled_ = word;
        } else if (family_ != family && !refused_) {
            auto& finding = context_.report(
                in_nexthops_ ? "route-nexthop-family" : "route-families", Severity::error, ast::place(entry_, word),
                fmt::format("the route is {} already; keepalived drops {}", to_string(*family_),
                            in_nexthops_ ? "this next hop" : "the route"));
            add_note(finding, ast::place(entry_, settled_), "settled here");
            refused_ = true;
        }
    }

    void settle_address(std::size_t word) {
        if (const auto address = ast::address_with_prefix(text(word))) settle(word, address->address.family());
    }

    void old_word(std::size_t word, std::string_view instead) {
        context_.report("route-old-word", Severity::warning, ast::place(entry_, word),
                        fmt::format("{} is old: write {}", in_quotes(text(word)), in_quotes(instead)));
    }

    /// Returns the last word that belongs to what starts at `word`.
    std::size_t take(std::size_t word) {
        const auto name = text(word);
        if (name == "inet" || name == "inet6") {
            settle(word, name == "inet" ? Family::inet : Family::inet6);
            return word;
        }
        if (name == "via" || name == "gw") {
            if (name == "gw") old_word(word, "via");
            if (text(word + 1) == "inet" || text(word + 1) == "inet6") ++word;
            settle_address(word + 1);
            return word + 1;
        }
        if (name == "src" || name == "from") {
            settle_address(word + 1);
            return word + 1;
        }
        if (name == "or") {
            old_word(word, "nexthop via");
            return word + 1;
        }
        if (name == "as") {
            context_.report("route-mpls-only", Severity::error, ast::place(entry_, word),
                            "`as to' is for MPLS; keepalived passes over it");
            return text(word + 1) == "to" ? word + 2 : word + 1;
        }
        if (name == "nexthop") {
            in_nexthops_ = true;
            return word;
        }
        if (name == "encap") return take_encap(word);
        if (name == "no_track") tracked_ = false;
        if (name == "dev" || name == "oif") has_interface_ = has_interface_ || !in_nexthops_;
        if (name == "protocol") protocol_word_ = word + 1;
        if (name == "expires" || name == "pref") settle(word, Family::inet6);
        if (name == "realms") settle(word, Family::inet);
        if (takes_value(name)) return text(word + 1) == "lock" ? word + 2 : word + 1;
        if (is_destination_word(name)) {
            has_destination_ = true;
            if (name == "default6") {
                old_word(word, "inet6 default");
                settle(word, Family::inet6);
            }
        } else if (const auto address = ast::address_with_prefix(name)) {
            has_destination_ = true;
            settle(word, address->address.family());
        }
        return word;
    }

    std::size_t take_encap(std::size_t word) {
        const auto type = text(word + 1);
        if (type == "mpls" || type == "ila") return word + 2;
        if (type != "ip" && type != "ip6") return word + 1;
        bool complete = false;
        std::size_t at = word + 2;
        while (at + 1 < entry_.arguments.size()) {
            const auto option = text(at);
            const bool known = option == "id" || option == "dst" || option == "src" || option == "tos" ||
                               option == "ttl" || option == "tc" || option == "hoplimit" || option == "flags";
            if (!known) break;
            complete = complete || option == "id" || option == "dst";
            at += 2;
        }
        if (!complete) {
            context_.report("route-encap-incomplete", Severity::error, ast::place(entry_, word),
                            fmt::format("an {} encapsulation needs `dst' or `id'", type));
        }
        return at - 1;
    }

    const Context& context_;
    const Node& entry_;
    std::optional<Family> family_;
    std::size_t settled_ = 0;
    bool has_destination_ = false;
    bool has_interface_ = false;
    bool tracked_ = true;
    bool refused_ = false;
    bool in_nexthops_ = false;
    std::size_t protocol_word_ = 0;
};

}  // namespace

std::span<const RulePage> route_pages() {
    return pages;
}

void check_route_line(const Context& context, const Node& entry, bool is_static, const model::VrrpConfiguration& vrrp) {
    if (!entry.valid || entry.arguments.empty()) return;
    RouteReader route(context, entry);
    route.read();
    if (route.refused()) return;
    if (!route.has_destination()) {
        context.report("route-without-destination", Severity::error, entry.head.where(),
                       "this route has no destination: keepalived drops it");
        return;
    }
    if (route.tracked() && route.protocol_word() != 0) {
        const auto protocol = ast::text(entry, route.protocol_word());
        if (protocol != "keepalived" && ast::integer(protocol) != 18) {
            context.report("route-protocol-tracked", Severity::error, ast::place(entry, route.protocol_word()),
                           "a tracked route has the protocol keepalived; this one is replaced");
        }
    }
    if (context.target < tracks_without_interface && route.tracked() && !route.has_interface()) {
        context.report("route-not-tracked", Severity::error, entry.head.where(),
                       fmt::format("keepalived {} cannot track a route without interface: add `dev' or `no_track'",
                                   context.target.to_string()));
    }
    if (is_static) check_track_group(context, entry, vrrp);
}

}  // namespace lbctl::validate
