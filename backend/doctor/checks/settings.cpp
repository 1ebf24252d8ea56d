#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

void director(const Look& look, Report& report) {
    if (look.services().empty()) return;
    for (const emit::HostSetting& setting : emit::director_settings(look.configuration, look.needs))
        report.add_setting(setting, look.services().front().place);
}

}  // namespace

extern const Check settings_check{.page = {.id = "kernel-setting",
                                           .family = "doctor",
                                           .severity = Severity::warning,
                                           .summary = "A setting of the kernel is not as the services need it",
                                           .detail = "each setting has its own reason",
                                           .example = "",
                                           .origin = validate::Origin::lbctl},
                                  .source = "Linux: Documentation/networking/ipvs-sysctl.rst",
                                  .director = director};

}  // namespace lbctl::doctor
