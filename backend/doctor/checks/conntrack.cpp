#include <fmt/format.h>

#include "backend/doctor/check.h"
#include "backend/doctor/kernel_release.h"

namespace lbctl::doctor {

namespace {

constexpr std::string_view conntrack = "net/ipv4/vs/conntrack";
constexpr std::string_view reuse = "net/ipv4/vs/conn_reuse_mode";

void check_full(const Look& look, Report& report) {
    const auto count = look.machine.number("net/netfilter/nf_conntrack_count");
    const auto most = look.machine.number("net/netfilter/nf_conntrack_max");
    if (!count || !most || *most <= 0 || *count < *most / 10 * 9) return;
    Finding& finding = report.add(fmt::format("netfilter tracks {} connections, and {} are the most", *count, *most));
    finding.severity = Severity::error;
    finding.why = "once its table is full, netfilter drops the packets of new connections, also of those to services";
    finding.evidence.push_back(look.setting("net/netfilter/nf_conntrack_count"));
    finding.evidence.push_back(look.setting("net/netfilter/nf_conntrack_max"));
    finding.command = sysctl_command("net/netfilter/nf_conntrack_max", std::to_string(*most * 4));
    finding.source = "Linux: Documentation/networking/nf_conntrack-sysctl.rst";
}

void check_stalls(const Look& look, Report& report) {
    constexpr KernelRelease mended{5, 9};
    const auto release = release_of(look.machine.kernel);
    const std::string* mode = look.machine.setting(reuse);
    if (!release || *release >= mended || mode == nullptr || *mode == "0") return;
    Finding& finding = report.add(fmt::format(
        "with conntrack and conn_reuse_mode {} Linux {} lets clients wait a second", *mode, look.machine.kernel));
    finding.why = "a client that uses a port again has its first packet dropped, and sends it again a second later";
    finding.evidence.push_back(look.setting(conntrack));
    finding.evidence.push_back(look.setting(reuse));
    finding.evidence.push_back({"uname -r", look.machine.kernel, fmt::format("it is {}", look.machine.kernel)});
    finding.command = sysctl_command(conntrack, "0");
}

void run(const Look& look, Report& report) {
    check_full(look, report);
    if (look.machine.number(conntrack).value_or(0) == 0) return;
    check_stalls(look, report);
    if (!report.can_read("firewall", "whether a rule needs the tracking of connections")) return;
    if (needs_tracking(look.machine.firewall)) return;
    Finding& finding = report.add("IPVS has netfilter track every connection, and no rule asks for it");
    finding.severity = Severity::info;
    finding.evidence.push_back(look.setting(conntrack));
    finding.evidence.push_back({"nft list ruleset, iptables-save", "", "no rule asks for connections"});
    finding.command = sysctl_command(conntrack, "0");
}

}  // namespace

extern const Check conntrack_check{
    .page = {.id = "connection-tracking",
             .family = "doctor",
             .severity = Severity::warning,
             .summary = "netfilter tracks connections in a way that hurts",
             .detail = "it costs time and memory for every connection, and its table can be full",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source =
        "Linux: Documentation/networking/ipvs-sysctl.rst, conntrack and conn_reuse_mode; "
        "kubernetes/kubernetes#81775",
    .director = run};

}  // namespace lbctl::doctor
