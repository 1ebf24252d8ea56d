#include <algorithm>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for one line of virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress. The words themselves have
// been read by the keyword table; here is what they mean together.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"ipv4-only-option", "addresses", Severity::error, "scope, label or broadcast on an IPv6 address",
     "They are for IPv4. keepalived drops scope and label, and with a broadcast the whole address.",
     "virtual_ipaddress {\n    fd00::1/64 scope link\n}"},
    {"peer-with-prefix", "addresses", Severity::error, "An address with a prefix length and a peer",
     "The prefix belongs to the peer; keepalived reports it and uses the full length.", "10.0.0.1/24 peer 10.0.0.2"},
    {"peer-address-family", "addresses", Severity::error, "A peer address of another family",
     "keepalived passes over the peer.", "10.0.0.1 peer fd00::1"},
    {"peer-with-broadcast", "addresses", Severity::error, "broadcast and peer on one address",
     "A point-to-point address has no broadcast; keepalived drops the broadcast address.", ""},
    {"broadcast-prefix-too-long", "addresses", Severity::error,
     "broadcast + or - on an address with a prefix longer than 30",
     "There is no broadcast address in so small a network; keepalived sets none.", "10.0.0.1/32 brd +"},
    {"option-repeated", "addresses", Severity::error, "An option is given twice on one line",
     "keepalived drops the line, or what comes second.", "10.0.0.1/24 dev eth0 dev eth1"},
};

struct Words {
    const Node& entry;

    /// The last word of that name (from word 1 on), or 0.
    [[nodiscard]] std::size_t find(std::string_view name) const {
        std::size_t found = 0;
        for (std::size_t word = 1; word < entry.arguments.size(); ++word) {
            if (!is_value(word) && ast::text(entry, word) == name) found = word;
        }
        return found;
    }

    static bool takes_value(std::string_view word) {
        return word == "dev" || word == "scope" || word == "label" || word == "broadcast" || word == "brd" ||
               word == "peer" || word == "preferred_lft" || word == "track_group";
    }

    /// Whether a word is the value of the option before it.
    [[nodiscard]] bool is_value(std::size_t word) const {
        return word > 1 && takes_value(ast::text(entry, word - 1)) && !is_value(word - 1);
    }
};

void check_ipv6(const Context& context, const Node& entry) {
    const Words words{entry};
    for (const std::string_view name : {"scope", "label", "broadcast", "brd"}) {
        const auto word = words.find(name);
        // Scope 0, global, is no scope at all.
        if (word == 0 ||
            (name == "scope" && (ast::text(entry, word + 1) == "global" || ast::text(entry, word + 1) == "0")))
            continue;
        const bool drops_all = name == "broadcast" || name == "brd";
        context.report("ipv4-only-option", Severity::error, ast::place(entry, word),
                       fmt::format("{} is for IPv4 only; keepalived drops {}", in_quotes(name),
                                   drops_all ? "the whole address" : "it"));
    }
}

void check_peer(const Context& context, const Node& entry, const ast::AddressWithPrefix& address) {
    const Words words{entry};
    const auto peer_word = words.find("peer");
    const auto broadcast_word = std::max(words.find("broadcast"), words.find("brd"));
    if (peer_word != 0) {
        const auto peer = IpAddress::parse(ast::text(entry, peer_word + 1));
        if (peer && peer->family() != address.address.family()) {
            context.report("peer-address-family", Severity::error, ast::place(entry, peer_word + 1),
                           "the peer is of another family; keepalived passes over it");
        } else if (peer && address.prefix != ast::full_length(address.address.family())) {
            context.report("peer-with-prefix", Severity::error, ast::place(entry, 0),
                           "an address with a peer has no prefix length; keepalived passes over it");
        }
        if (broadcast_word != 0 && peer) {
            context.report("peer-with-broadcast", Severity::error, ast::place(entry, broadcast_word),
                           "an address with a peer has no broadcast; keepalived drops it");
            return;
        }
    }
    const auto broadcast = broadcast_word == 0 ? std::string_view() : ast::text(entry, broadcast_word + 1);
    if ((broadcast == "+" || broadcast == "-") && address.prefix > 30) {
        context.report("broadcast-prefix-too-long", Severity::error, ast::place(entry, broadcast_word),
                       fmt::format("a network /{} has no broadcast address", address.prefix));
    }
}

void check_repeated_options(const Context& context, const Node& entry) {
    for (const std::string_view name : {"dev", "peer"}) {
        bool seen = false;
        for (std::size_t word = 1; word < entry.arguments.size(); ++word) {
            if (Words{entry}.is_value(word) || ast::text(entry, word) != name) continue;
            if (seen) {
                context.report("option-repeated", Severity::error, ast::place(entry, word),
                               fmt::format("{} is given already; keepalived drops {}", in_quotes(name),
                                           name == "dev" ? "the whole address" : "the second one"));
            }
            seen = true;
        }
    }
}

}  // namespace

std::span<const RulePage> address_line_pages() {
    return pages;
}

void check_address_line(const Context& context, const Node& entry, AddressUse use,
                        const model::VrrpConfiguration& vrrp) {
    if (!entry.valid || entry.arguments.size() < 2) return;
    const auto address = ast::address_with_prefix(entry, 0);
    if (!address) return;
    check_repeated_options(context, entry);
    check_peer(context, entry, *address);
    if (address->address.family() == Family::inet6) check_ipv6(context, entry);
    if (use == AddressUse::static_address) check_track_group(context, entry, vrrp);
}

}  // namespace lbctl::validate
