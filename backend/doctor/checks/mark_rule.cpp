#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/table/names.h"

namespace lbctl::doctor {

namespace {

/// What marks packets to the service. The file does not say which ports they have, unless NAT changes them.
void add_marking(Finding& finding, const Look& look, const table::WantedService& wanted, std::uint32_t mark) {
    const auto addresses = emit::virtual_addresses_of(look.configuration, look.choices, wanted);
    if (!addresses) {
        finding.what_to_do = "mark packets to the virtual address, which --vip tells";
        return;
    }
    const bool inet = table::family_of(wanted.service.key) == Family::inet;
    std::string nft;
    std::string iptables;
    for (const IpAddress& each : *addresses) {
        const std::string address = each.to_string();
        nft += fmt::format(" && nft add rule inet lbctl_marks prerouting {} daddr {} meta mark set {}",
                           inet ? "ip" : "ip6", address, mark);
        iptables += fmt::format("{}{} -t mangle -A PREROUTING -d {} -j MARK --set-mark {}",
                                iptables.empty() ? "" : " && ", inet ? "iptables" : "ip6tables", address, mark);
    }
    finding.command =
        look.machine.prefers_nft
            ? "nft add table inet lbctl_marks && nft add chain inet lbctl_marks prerouting '{ type filter "
              "hook prerouting priority mangle; }'" +
                  nft
            : iptables;
    finding.what_to_do = fmt::format(
        "where only some ports are meant, name them; `lbctl emit director --marks {}:tcp/80' "
        "writes it for a script",
        mark);
}

void run(const Look& look, Report& report) {
    for (const table::WantedService& wanted : look.services()) {
        const auto* key = std::get_if<table::FwmarkKey>(&wanted.service.key);
        // Those of nftables_ipvs keepalived marks itself.
        if (key == nullptr || !wanted.marked.empty()) continue;
        if (!report.can_read("firewall", "whether packets get the marks of services")) return;
        if (sets_mark(look.machine.firewall, key->mark) != Marks::no) continue;
        Finding& finding = report.add(fmt::format("no rule gives packets the mark {}", key->mark), wanted.place);
        finding.evidence.push_back({"nft list ruleset", "", "no rule sets the mark"});
        finding.evidence.push_back({"iptables-save, ip6tables-save", "", "no rule sets the mark"});
        add_marking(finding, look, wanted, key->mark);
    }
}

}  // namespace

extern const Check mark_rule_check{
    .page = {.id = "mark-rule-missing",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "A service by mark, and no rule that marks packets",
             .detail = "the service gets no packet: it finds its own by their mark alone",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "ipvsadm(8), --fwmark-service; nft(8), meta mark set",
    .director = run};

}  // namespace lbctl::doctor
