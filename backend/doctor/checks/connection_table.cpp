#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

/// So many entries in one place of the table are still found quickly.
constexpr std::uint64_t good_load = 2;
constexpr std::uint32_t least_bits = 8;
constexpr std::uint32_t most_bits = 20;

void check_load(const Look& look, Report& report, std::uint64_t connections) {
    const IpvsState& ipvs = look.machine.ipvs;
    // A table that grows by itself may become as large as one of the other kind is.
    if (!ipvs.table_bits || *ipvs.table_bits >= most_bits) return;
    const std::uint64_t largest = std::uint64_t{1} << *ipvs.table_bits;
    if (connections <= good_load * largest) return;
    const std::uint64_t buckets = ipvs.buckets.value_or(largest);
    const auto wanted = std::clamp(static_cast<std::uint32_t>(std::bit_width(connections)), least_bits, most_bits);
    Finding& finding = report.add(fmt::format("{} connections are in a table of {} entries", connections, buckets));
    finding.evidence.push_back(
        {ipvs.buckets ? "/proc/net/ip_vs_status" : "/proc/net/ip_vs", "", fmt::format("{} connections", connections)});
    finding.evidence.push_back({"/sys/module/ip_vs/parameters/conn_tab_bits", fmt::format("{}", *ipvs.table_bits),
                                fmt::format("it is {}: at most {} entries", *ipvs.table_bits, largest)});
    // The table is made when the module is loaded, and all connections go with it.
    finding.command = fmt::format("echo options ip_vs conn_tab_bits={} >/etc/modprobe.d/ip_vs.conf", wanted);
    finding.what_to_do = "it acts when the module is loaded again: restart the machine while the other director serves";
}

/// Kernels that have it refuse connections beyond it.
void check_limit(const Look& look, Report& report, std::uint64_t connections) {
    constexpr std::string_view path = "net/ipv4/vs/conn_max";
    const auto most = look.machine.number(path);
    if (!most || *most <= 0 || connections < static_cast<std::uint64_t>(*most) / 10 * 9) return;
    Finding& finding = report.add(fmt::format("there are {} connections, and {} are the most", connections, *most));
    finding.severity = Severity::error;
    finding.why = "beyond conn_max the kernel makes no entry for a connection, and drops its packets";
    finding.evidence.push_back(look.setting(path));
    finding.evidence.push_back({"/proc/net/ip_vs_status", "", fmt::format("{} connections", connections)});
    finding.command = sysctl_command(path, std::to_string(std::max<std::uint64_t>(connections, 1) * 4));
}

void run(const Look& look, Report& report) {
    if (look.services().empty()) return;
    // The number is in /proc/net/ip_vs, too; only how large a table that grows has become is not.
    if (!look.machine.ipvs.connections) return;
    check_load(look, report, *look.machine.ipvs.connections);
    check_limit(look, report, *look.machine.ipvs.connections);
}

}  // namespace

extern const Check connection_table_check{
    .page = {.id = "connection-table-small",
             .family = "doctor",
             .severity = Severity::warning,
             .summary = "The table of connections is small for the connections in it",
             .detail = "for every packet the kernel walks a list in the table; its time grows with each connection",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "Linux: Documentation/networking/ipvs-sysctl.rst, conn_lfactor and conn_max; Kconfig, IP_VS_TAB_BITS",
    .director = run};

}  // namespace lbctl::doctor
