#include <fmt/format.h>
#include <linux/capability.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "backend/doctor/read_parts.h"
#include "backend/process/program.h"
#include "grammar/source/sources.h"

namespace lbctl::doctor {

namespace {

constexpr std::string_view topic = "firewall";

/// The rules that a program prints.
class Rules {
public:
    explicit Rules(Machine& machine) : machine_(machine) {}

    /// Of the first of these programs that there is. False where it could not tell.
    template <class Read>
    bool add(const std::vector<std::vector<std::string>>& programs, Read chains_of) {
        for (const auto& words : programs) {
            if (!process::has_program(words.front())) continue;
            std::string line;
            for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
            if (!machine_.has_capability(CAP_NET_ADMIN)) return not_read(line, "only root may read it");
            const auto run = process::run_program(words);
            if (!run) return not_read(line, run.error().message);
            if (run->status != 0) return not_read(line, first_line(run->err));
            std::vector<Chain> chains = chains_of(run->out);
            std::ranges::move(chains, std::back_inserter(machine_.firewall));
            return true;
        }
        return not_read(programs.front().front(), "the program is not installed, and the kernel has rules");
    }

private:
    static std::string first_line(std::string_view text) {
        const std::string_view line = source::take_line(text);
        return line.empty() ? "it failed without a word" : std::string(line);
    }

    bool not_read(std::string what, std::string why) {
        machine_.unread.push_back({std::string(topic), std::move(what), std::move(why)});
        return false;
    }

    Machine& machine_;
};

/// Whether the old kind of iptables has tables in this network namespace. Nothing is known where only root may look.
bool may_have_tables(const char* names) {
    const auto text = text_of(names);
    return text ? !text->empty() : errno != ENOENT;
}

}  // namespace

void read_firewall(Machine& machine) {
    Rules rules(machine);
    bool has_nft = false;
    // A program that asks for rules loads the modules for them where they are not there yet; then there are no rules.
    if (machine.modules.contains("nf_tables")) {
        has_nft = rules.add({{"nft", "list", "ruleset"}}, chains_of_nft);
        // What iptables has put there nft prints only in part.
        for (const auto& [program, tool] : {std::pair("iptables-nft-save", FirewallTool::iptables),
                                            std::pair("ip6tables-nft-save", FirewallTool::ip6tables)}) {
            if (has_nft && process::has_program(program))
                rules.add({{program}}, [kind = tool](std::string_view text) { return chains_of_iptables(text, kind); });
        }
    }
    const bool nft_has_none = machine.firewall.empty();
    bool has_old_kind = false;
    if (may_have_tables("/proc/thread-self/net/ip_tables_names")) {
        has_old_kind = rules.add({{"iptables-legacy-save"}, {"iptables-save"}}, [](std::string_view text) {
            return chains_of_iptables(text, FirewallTool::iptables);
        });
    }
    if (may_have_tables("/proc/thread-self/net/ip6_tables_names")) {
        has_old_kind = rules.add({{"ip6tables-legacy-save"}, {"ip6tables-save"}}, [](std::string_view text) {
            return chains_of_iptables(text, FirewallTool::ip6tables);
        }) || has_old_kind;
    }
    machine.prefers_nft = has_nft && !(has_old_kind && nft_has_none);
}

}  // namespace lbctl::doctor
