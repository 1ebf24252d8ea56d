#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backend/doctor/check.h"
#include "backend/emit/configuration.h"
#include "grammar/validate/analysis.h"
#include "tests/fuzz/property.h"

namespace {

using namespace lbctl;

/// Services of every method, so that each check has something to ask of the machine.
constexpr std::string_view text = R"(
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.0.8.9
        2001:db8::9
    }
}
virtual_server 10.0.8.9 80 {
    lb_algo rr
    lb_kind DR
    persistence_timeout 50
    protocol TCP
    real_server 10.0.8.12 80 {
    }
}
virtual_server 10.0.8.9 81 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.8.13 80 {
    }
}
virtual_server 2001:db8::9 80 {
    lb_algo wrr
    lb_kind TUN
    protocol TCP
    real_server 2001:db8::12 80 {
    }
}
virtual_server fwmark 5 {
    lb_algo rr
    lb_kind DR
    real_server 10.0.8.12 80 {
    }
}
)";

struct Configured {
    Configured()
        : analysis(validate::analyse("fuzz.conf", std::string(text), {})),
          configuration(emit::configuration_of(analysis.root, analysis.sources, "fuzz.conf")) {
        fuzz::hold(configuration.has_value(), "the configuration can be used");
    }

    validate::Analysis analysis;
    Result<emit::Configuration> configuration;
};

}  // namespace

/// What somebody says that a machine has is refused or examined; what was read is written so that it reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Configured configured;
    const fuzz::Stopwatch stopwatch;
    const auto machine = doctor::machine_from_json({reinterpret_cast<const char*>(data), size});
    if (!machine) {
        fuzz::hold(!machine.error().message.empty(), "a refusal says why");
        return 0;
    }
    const std::string written = doctor::machine_json(*machine);
    const auto again = doctor::machine_from_json(written);
    fuzz::hold(again.has_value(), "what is written can be read");
    fuzz::hold(doctor::machine_json(*again) == written, "what is written is read as the same");
    const emit::Choices choices;
    for (const doctor::Role role : {doctor::Role::director, doctor::Role::real_server}) {
        const auto found = doctor::examine(*machine, *configured.configuration, choices, role);
        if (!found) continue;
        for (const doctor::Finding& finding : *found) fuzz::hold(!finding.message.empty(), "a finding says what it is");
    }
    return 0;
}
