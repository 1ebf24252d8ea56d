#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/address.h"

/// Rules of nftables and iptables, as far as one has to know them to tell what becomes of a packet.
namespace lbctl::doctor {

enum class FirewallTool { nft, iptables, ip6tables };

/// "nft", "iptables", "ip6tables"
std::string_view to_string(FirewallTool tool);

/// A chain with its rules as the tool writes them.
struct Chain {
    FirewallTool tool = FirewallTool::nft;
    std::string family;  ///< of nft: "inet", "ip", "ip6", ...; else "ip" or "ip6"
    std::string table;
    std::string name;
    std::string hook;    ///< "input"; empty for a chain that others jump to
    std::string policy;  ///< "accept" or "drop"; empty with no hook
    std::vector<std::string> rules;
};

/// The chains of what `nft list ruleset` prints. What is no chain is passed over.
std::vector<Chain> chains_of_nft(std::string_view text);

/// The chains of what iptables-save or ip6tables-save print.
std::vector<Chain> chains_of_iptables(std::string_view text, FirewallTool tool);

struct Packet {
    std::uint8_t protocol = 0;
    std::optional<IpAddress> source;  ///< nothing: not known
    IpAddress destination;
    std::string device;  ///< by which it comes in or goes out; empty: not known
    bool multicast = false;
    bool established = false;  ///< packets go both ways, so that they may count as a connection
};

/// Where a packet ends.
struct Drop {
    const Chain* chain = nullptr;
    std::string rule;  ///< that drops it; empty: the policy does
};

/// The chain of that hook that drops the packet for sure; nothing where it passes, and where it cannot be told, because
/// a rule before asks for what is not known here.
std::optional<Drop> certain_drop(std::span<const Chain> chains, std::string_view hook, const Packet& packet);

enum class Marks { no, maybe, yes };

/// Whether a rule gives packets that mark. `maybe` where one sets a mark that cannot be told.
Marks sets_mark(std::span<const Chain> chains, std::uint32_t mark);

/// Whether a rule lowers the segment size of TCP for packets from that address.
bool lowers_segment_size(std::span<const Chain> chains, const IpAddress& from);

/// Whether a rule asks for connections or changes addresses, so that connections are tracked for it.
bool needs_tracking(std::span<const Chain> chains);

}  // namespace lbctl::doctor
