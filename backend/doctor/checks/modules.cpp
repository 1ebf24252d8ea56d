#include <fmt/format.h>

#include "backend/doctor/check.h"
#include "backend/emit/add_new.h"

namespace lbctl::doctor {

namespace {

struct NeededModule {
    std::string name;
    std::string what;
    table::SourcePlace place;
};

std::vector<NeededModule> needed_modules(const Look& look) {
    std::vector<NeededModule> modules;
    const auto add = [&](std::string name, std::string what, const table::SourcePlace& place) {
        if (std::ranges::find(modules, name, &NeededModule::name) == modules.end())
            modules.push_back({std::move(name), std::move(what), place});
    };
    for (const table::WantedService& wanted : look.services()) {
        add("ip_vs", "IPVS", wanted.place);
        const std::string& scheduler = wanted.service.scheduler;
        add("ip_vs_" + scheduler, fmt::format("the scheduler {}", scheduler), wanted.place);
        if (wanted.service.persistence && !wanted.service.persistence->engine.empty()) {
            const std::string& engine = wanted.service.persistence->engine;
            add("ip_vs_pe_" + engine, fmt::format("the persistence engine {}", engine), wanted.place);
        }
    }
    return modules;
}

void run(const Look& look, Report& report) {
    const Machine& machine = look.machine;
    for (const NeededModule& module : needed_modules(look)) {
        if (machine.modules.contains(module.name)) continue;
        // A scheduler may be built into a kernel of which a container has no list.
        const bool nowhere = machine.knows_installed_modules && !machine.installed_modules.contains(module.name);
        const bool in_doubt = !machine.knows_installed_modules && machine.modules.contains("ip_vs");
        if (in_doubt) continue;
        const bool forbidden = machine.number("kernel/modules_disabled") == 1;
        Finding& finding = report.add(nowhere ? fmt::format("this kernel has no module {}", module.name)
                                              : fmt::format("the module {} is not loaded", module.name),
                                      module.place);
        finding.evidence.push_back({"/proc/modules", "", fmt::format("it is not there: {}", module.name)});
        finding.command = fmt::format("modprobe {}", shell_word(module.name));
        if (nowhere || forbidden) {
            finding.severity = Severity::error;
            const std::string list = fmt::format("/lib/modules/{}/modules.dep", machine.kernel);
            finding.evidence.push_back(
                nowhere ? Evidence{list, "", "nor is it installed"}
                        : Evidence{"/proc/sys/kernel/modules_disabled", "1", "no module is loaded any more"});
            finding.why = fmt::format("the kernel refuses every service that asks for {}", module.what);
            finding.command.clear();
            finding.what_to_do = nowhere ? "install a kernel that has it, or the package with the rest of its modules"
                                         : "have it loaded when the machine starts (modules-load.d(5)), and restart it";
        }
    }
}

}  // namespace

extern const Check modules_check{
    .page = {.id = "module-missing",
             .family = "doctor",
             .severity = Severity::warning,
             .summary = "A module of the kernel that the services need is not loaded",
             .detail = "settings of net.ipv4.vs are not there before the module is, so that sysctl.d sets nothing when "
                       "the machine starts; and where modules cannot be loaded later, the kernel refuses the service",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "ipvsadm(8); Linux: net/netfilter/ipvs/ip_vs_sched.c, ip_vs_scheduler_get()",
    .director = run};

}  // namespace lbctl::doctor
