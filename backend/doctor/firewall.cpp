#include "backend/doctor/firewall.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/doctor/firewall_rule.h"
#include "grammar/base/ascii.h"

namespace lbctl::doctor {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return base::trimmed(line, blanks);
}

/// Open braces of a line of nft less those that it closes, outside of quotes.
int depth_of(std::string_view line) {
    int depth = 0;
    bool quoted = false;
    for (const char character : line) {
        if (character == '"') quoted = !quoted;
        if (quoted) continue;
        if (character == '{') ++depth;
        if (character == '}') --depth;
    }
    return depth;
}

/// What becomes of a packet in a chain.
enum class Fate { passes, dropped, returns };

/// Walks the packet through chains, and notes where it cannot be told.
class Walk {
public:
    Walk(std::span<const Chain> chains, const Packet& packet) : chains_(chains), packet_(packet) {}

    /// The drop, if it is one for sure.
    std::optional<Drop> through(const Chain& chain) {
        could_pass_ = false;
        steps_ = 0;
        Fate fate = walk(chain, 0);
        if (fate == Fate::returns) {
            fate = chain.policy == "drop" ? Fate::dropped : Fate::passes;
            if (fate == Fate::dropped) drop_ = {&chain, {}};
        }
        if (fate != Fate::dropped || could_pass_) return std::nullopt;
        return drop_;
    }

private:
    static constexpr int deepest = 16;  // of the kernel: NFT_JUMP_STACK_SIZE
    static constexpr int most_steps = 100'000;

    Fate walk(const Chain& chain, int depth) {
        for (const std::string& text : chain.rules) {
            if (++steps_ > most_steps) {
                could_pass_ = true;
                return Fate::passes;
            }
            const Rule rule = read_rule(chain, text, packet_);
            if (rule.matches == Matches::no || rule.verdict == Verdict::none) continue;
            const bool sure = rule.matches == Matches::yes;
            if (rule.verdict == Verdict::unknown) {
                could_pass_ = true;
            } else if (rule.verdict == Verdict::accept) {
                if (sure) return Fate::passes;
                could_pass_ = true;
            } else if (rule.verdict == Verdict::drop) {
                if (!sure) continue;
                drop_ = {&chain, text};
                return Fate::dropped;
            } else if (rule.verdict == Verdict::leave) {
                if (sure) return Fate::returns;
                could_pass_ = true;
            } else if (const Chain* next = find(chain, rule.target); next != nullptr && depth < deepest) {
                const Fate fate = walk(*next, depth + 1);
                if (sure && fate != Fate::returns) return fate;
                if (sure && rule.verdict == Verdict::go) return Fate::returns;
                if (!sure && fate == Fate::passes) could_pass_ = true;
            } else if (chain.tool == FirewallTool::nft || depth >= deepest) {
                could_pass_ = true;
            }
        }
        return Fate::returns;
    }

    [[nodiscard]] const Chain* find(const Chain& from, std::string_view name) const {
        const auto found = std::ranges::find_if(chains_, [&](const Chain& each) {
            return each.tool == from.tool && each.family == from.family && each.table == from.table &&
                   each.name == name;
        });
        return found == chains_.end() ? nullptr : &*found;
    }

    std::span<const Chain> chains_;
    const Packet& packet_;
    Drop drop_;
    bool could_pass_ = false;
    int steps_ = 0;
};

bool sees(const Chain& chain, Family family) {
    return chain.family == "inet" || chain.family == (family == Family::inet ? "ip" : "ip6");
}

}  // namespace

std::string_view to_string(FirewallTool tool) {
    switch (tool) {
        case FirewallTool::iptables:
            return "iptables";
        case FirewallTool::ip6tables:
            return "ip6tables";
        default:
            return "nft";
    }
}

std::vector<Chain> chains_of_nft(std::string_view text) {
    std::vector<Chain> chains;
    std::string family;
    std::string table;
    bool in_chain = false;
    int depth = 0;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const int change = depth_of(line);
        const auto words = words_of(line);
        if (depth == 0 && words.size() >= 3 && words[0] == "table") {
            family = words[1];
            table = words[2];
        } else if (depth == 1 && words.size() >= 2 && words[0] == "chain") {
            chains.push_back({FirewallTool::nft, family, table, words[1], {}, {}, {}});
            in_chain = change > 0;
        } else if (depth == 2 && in_chain && !line.empty() && line != "}") {
            Chain& chain = chains.back();
            if (words.front() == "type") {
                for (std::size_t i = 0; i + 1 < words.size(); ++i) {
                    if (words[i] == "hook") chain.hook = words[i + 1];
                    if (words[i] == "policy") chain.policy = words[i + 1].substr(0, words[i + 1].find(';'));
                }
                if (!chain.hook.empty() && chain.policy.empty()) chain.policy = "accept";
            } else if (words.front() != "comment" && words.front() != "policy") {
                chain.rules.emplace_back(line);
            }
        } else if (depth > 2 && in_chain && !chains.back().rules.empty() && line != "}") {
            // The elements of a set without a name, on lines of their own.
            chains.back().rules.back() += ' ' + std::string(line);
        }
        depth += change;
        if (depth <= 1) in_chain = false;
        if (depth < 0) depth = 0;
    }
    return chains;
}

std::vector<Chain> chains_of_iptables(std::string_view text, FirewallTool tool) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> hooks{{{"PREROUTING", "prerouting"},
                                                                                  {"INPUT", "input"},
                                                                                  {"FORWARD", "forward"},
                                                                                  {"OUTPUT", "output"},
                                                                                  {"POSTROUTING", "postrouting"}}};
    std::vector<Chain> chains;
    std::size_t first_of_table = 0;
    std::string table;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.starts_with('*')) {
            table = line.substr(1);
            first_of_table = chains.size();
        } else if (line.starts_with(':')) {
            const auto words = words_of(line.substr(1));
            if (words.size() < 2) continue;
            Chain chain{tool, tool == FirewallTool::ip6tables ? "ip6" : "ip", table, words[0], {}, {}, {}};
            for (const auto& [builtin, hook] : hooks) {
                if (chain.name == builtin && words[1] != "-") chain.hook = hook;
            }
            if (!chain.hook.empty()) chain.policy = words[1] == "DROP" ? "drop" : "accept";
            chains.push_back(std::move(chain));
        } else if (line.starts_with("-A ")) {
            std::string_view rest = base::trimmed(line.substr(3), blanks);
            const std::string_view name = rest.substr(0, rest.find(' '));
            const auto found = std::find_if(chains.begin() + static_cast<std::ptrdiff_t>(first_of_table), chains.end(),
                                            [&](const Chain& each) { return each.name == name; });
            rest.remove_prefix(std::min(name.size() + 1, rest.size()));
            if (found != chains.end()) found->rules.emplace_back(rest);
        }
    }
    return chains;
}

std::optional<Drop> certain_drop(std::span<const Chain> chains, std::string_view hook, const Packet& packet) {
    for (const Chain& chain : chains) {
        if (chain.hook != hook || !sees(chain, packet.destination.family())) continue;
        if (auto drop = Walk(chains, packet).through(chain)) return drop;
    }
    return std::nullopt;
}

Marks sets_mark(std::span<const Chain> chains, std::uint32_t mark) {
    Marks marks = Marks::no;
    for (const Chain& chain : chains) {
        for (const std::string& rule : chain.rules) {
            const Marks its = mark_of_rule(chain.tool, rule, mark);
            if (its == Marks::yes) return its;
            marks = std::max(marks, its);
        }
    }
    return marks;
}

bool lowers_segment_size(std::span<const Chain> chains, const IpAddress& from) {
    const std::string own = from.to_string();
    return std::ranges::any_of(chains, [&](const Chain& chain) {
        return sees(chain, from.family()) && std::ranges::any_of(chain.rules, [&](const std::string& rule) {
                   if (rule.find("maxseg size set") == std::string::npos && rule.find("TCPMSS") == std::string::npos)
                       return false;
                   const bool for_source =
                       rule.find("saddr") != std::string::npos || rule.find("-s ") != std::string::npos;
                   return !for_source || std::ranges::any_of(words_of(rule), [&](const std::string& word) {
                       return word.substr(0, word.find('/')) == own;
                   });
               });
    });
}

bool needs_tracking(std::span<const Chain> chains) {
    return std::ranges::any_of(chains, [](const Chain& chain) {
        return chain.table == "nat" || std::ranges::any_of(chain.rules, [](const std::string& rule) {
                   constexpr std::array<std::string_view, 9> words{
                       "ct ", "conntrack", "--state", "CONNMARK", "masquerade", "dnat", "snat", "DNAT", "SNAT"};
                   return std::ranges::any_of(
                       words, [&](std::string_view word) { return rule.find(word) != std::string::npos; });
               });
    });
}

}  // namespace lbctl::doctor
