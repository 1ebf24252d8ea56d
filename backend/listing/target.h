#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/table/table.h"
#include "grammar/base/result.h"

/// How people name services, real servers and clients: one way for all commands.
namespace lbctl::listing {

/// Whether the text is what the pattern says, in capital letters or small ones: * stands for any text, ? for one
/// character. Brackets are those of IPv6 addresses.
bool glob_matches(std::string_view pattern, std::string_view text);

/// A pattern of IPv4 addresses as what it says of each of the four numbers, so that millions of addresses can be held
/// against it without being written as text.
class DottedPattern {
public:
    /// Nothing for a pattern whose * may stand for a dot in more than one way.
    static std::optional<DottedPattern> from(std::string_view pattern);

    /// Whether it names the address, with that port; nothing where only the text tells: `10.0.1.*0' names
    /// 10.0.1.7:80, too.
    [[nodiscard]] std::optional<bool> names(std::span<const std::uint8_t, 4> address, std::uint16_t port) const;

private:
    std::array<std::bitset<256>, 4> numbers_;
    bool has_port_ = false;
    std::optional<std::uint16_t> port_;  ///< any port, where there is none
};

/// What a word names:
///     10.0.8.9           that address, with any port
///     10.0.8.0/24        any address of the network; fd00::/64, 10.0.8.0/24:80
///     10.0.8.9:80        the port may be a name of services(5): 10.0.8.9:http, [fd00::9]:https
///     :80                that port of any address
///     10.0.8.*:80        * stands for any text, ? for one character
///     fwmark:7           the services of that firewall mark, as also `FWM 7' and 7; fwmark:* are all of them, and
///                        `FWM 7 IPv6' is that of one family
/// With TCP, UDP or SCTP and a blank or colon in front it names services of that protocol only: `UDP 10.0.8.9:53'.
class Target {
public:
    /// Fails for a word that can name nothing: it is no address, no pattern and no mark, or a network with bits after
    /// its prefix. The failure names the word.
    static Result<Target> parse(std::string_view word);

    [[nodiscard]] bool names(const table::ServiceKey& service) const;
    [[nodiscard]] bool names(const table::DestinationKey& destination) const;
    /// An address with a port: `bytes` are 4 or 16 in network byte order and zeros. Marks name no endpoint.
    [[nodiscard]] bool names(Family family, const std::array<std::uint8_t, 16>& bytes, std::uint16_t port) const;
    /// Whether it names that firewall mark, of any family.
    [[nodiscard]] bool names_mark(std::uint32_t mark) const;

    /// The protocol that services have to have.
    [[nodiscard]] std::optional<table::Protocol> protocol() const { return protocol_; }
    /// It names services by firewall mark, and nothing else.
    [[nodiscard]] bool is_mark() const { return kind_ == Kind::mark; }
    /// Every service, server and client.
    [[nodiscard]] bool is_everything() const { return kind_ == Kind::pattern && pattern_ == "*" && !protocol_; }
    /// One address without a port: what a client is called.
    [[nodiscard]] std::optional<IpAddress> address() const;

private:
    enum class Kind : std::uint8_t { network, any_address, pattern, mark };

    Kind kind_ = Kind::pattern;
    std::optional<table::Protocol> protocol_;
    Family family_ = Family::inet;          ///< of a network
    std::array<std::uint8_t, 16> bytes_{};  ///< of a network
    int prefix_ = 0;                        ///< of a network, in bits
    std::optional<std::uint16_t> port_;     ///< of a network or any address
    std::string pattern_;                   ///< in small letters; of a mark its number
    std::optional<DottedPattern> dotted_;   ///< the same pattern, where it can be one
    std::optional<std::uint32_t> number_;   ///< of a mark or a pattern that is a number
    std::optional<Family> mark_family_;     ///< of a mark
};

/// Whether any of them names it; all do when there is none.
template <class... Named>
bool any_names(std::span<const Target> targets, const Named&... named) {
    if (targets.empty()) return true;
    for (const Target& target : targets) {
        if (target.names(named...)) return true;
    }
    return false;
}

/// Targets of which it is to be known which have named anything: a word that names nothing is a mistake.
class NamingTargets {
public:
    explicit NamingTargets(std::span<const Target> targets) : targets_(targets), has_named_(targets.size(), false) {}

    /// Whether any of them names it, and remembers which do.
    template <class Key>
    bool name(const Key& key) {
        bool any = false;
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            if (!targets_[i].names(key)) continue;
            has_named_[i] = true;
            any = true;
        }
        return any;
    }
    /// The place of the first that has named nothing.
    [[nodiscard]] std::optional<std::size_t> first_in_vain() const {
        const auto found = std::ranges::find(has_named_, false);
        if (found == has_named_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - has_named_.begin());
    }

private:
    std::span<const Target> targets_;
    std::vector<bool> has_named_;
};

/// All words, or why the first wrong one names nothing.
Result<std::vector<Target>> parse_targets(std::span<const std::string> words);

}  // namespace lbctl::listing
