#include <fmt/format.h>
#include <linux/capability.h>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

void run(const Look& look, Report& report) {
    const Machine& machine = look.machine;
    if (!machine.initial_user_namespace) {
        Finding& finding =
            report.add("this is a user namespace of its own, where the kernel does not let IPVS be changed");
        finding.evidence.push_back({"/proc/self/uid_map", "", "ids are not those of the machine"});
        finding.what_to_do =
            "run keepalived and lbctl on the machine, or in a container that shares its user namespace";
        return;
    }
    if (machine.user != 0 || machine.has_capability(CAP_NET_ADMIN)) return;
    Finding& finding = report.add("root is without CAP_NET_ADMIN here");
    finding.evidence.push_back({"/proc/self/status", fmt::format("CapEff:\t{:016x}", machine.capabilities),
                                fmt::format("the effective capabilities are {:016x}", machine.capabilities)});
    finding.what_to_do = "add CAP_NET_ADMIN to the container or unit, as `docker run --cap-add NET_ADMIN'";
}

}  // namespace

extern const Check privilege_check{
    .page = {.id = "privilege-missing",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "The table cannot be changed from here",
             .detail = "keepalived and lbctl need CAP_NET_ADMIN in the first user namespace to change the table",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "capabilities(7); Linux: net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_genl_ops: GENL_ADMIN_PERM",
    .director = run};

}  // namespace lbctl::doctor
