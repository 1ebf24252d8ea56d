#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/doctor/firewall.h"

/// One rule of nftables or iptables, read for one packet.
namespace lbctl::doctor {

enum class Matches { no, maybe, yes };

enum class Verdict {
    none,    ///< the next rule follows
    accept,  ///< for this hook
    drop,
    leave,  ///< back to the chain before, or the policy
    jump,   ///< to Rule::target, and back
    go,     ///< to Rule::target, and not back
    unknown
};

struct Rule {
    Matches matches = Matches::yes;
    Verdict verdict = Verdict::none;
    std::string target;
};

/// What the rule of a chain does with the packet. A condition that is not understood is Matches::maybe.
Rule read_rule(const Chain& chain, std::string_view text, const Packet& packet);

/// Whether the rule gives packets that mark.
Marks mark_of_rule(FirewallTool tool, std::string_view text, std::uint32_t mark);

/// The words of a line, without quotes; braces and commas of nft are words of their own.
std::vector<std::string> words_of(std::string_view line);

}  // namespace lbctl::doctor
